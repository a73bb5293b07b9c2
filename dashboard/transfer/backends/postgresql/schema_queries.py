"""What PostgreSQL's catalogue is asked about keys, indexes and settings."""

from __future__ import annotations

from .names import named

FOREIGN_KEYS = """
    SELECT {table}, c.conname, {to_table}, pg_get_constraintdef(c.oid),
           c.convalidated, r.relkind = 'p',
           ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k(n, p)
                 JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.n
                 ORDER BY k.p)
    FROM pg_constraint c
    JOIN pg_class r ON r.oid = c.conrelid
    JOIN pg_class f ON f.oid = c.confrelid
    WHERE c.contype = 'f' AND c.conparentid = 0
      AND r.relkind IN ('r', 'p')
      AND r.oid = ANY(SELECT to_regclass(unnest(%s::text[]))::oid)
      AND obj_description(c.oid, 'pg_constraint') IS NULL
    ORDER BY r.relname, c.conname
""".format(table=named("r"), to_table=named("f"))  # noqa: S608

# Left alone: primary keys, invalid, clustered, replica identity, partitioned,
# with a comment, statistics or tablespace of their own (which
# pg_get_indexdef does not write down), or with something depending on them.
INDEXES = """
    SELECT x.relname, i.indisunique, pg_get_indexdef(x.oid), k.conname,
           pg_get_constraintdef(k.oid),
           i.indpred IS NULL AND i.indexprs IS NULL,
           ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[])
                      WITH ORDINALITY AS n(attnum, place)
                 JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = n.attnum
                 WHERE n.place <= i.indnkeyatts
                 ORDER BY n.place)
    FROM pg_index i
    JOIN pg_class x ON x.oid = i.indexrelid
    JOIN pg_class t ON t.oid = i.indrelid
    LEFT JOIN pg_constraint k ON k.conindid = x.oid AND k.contype IN ('u', 'x', 'p')
    WHERE t.oid = to_regclass(%s) AND t.relkind = 'r'
      AND NOT i.indisprimary AND i.indisvalid AND NOT i.indisclustered
      AND NOT i.indisreplident AND NOT i.indisexclusion AND x.reltablespace = 0
      AND x.relkind = 'i' AND NOT x.relispartition
      AND obj_description(x.oid, 'pg_class') IS NULL
      AND (k.oid IS NULL OR obj_description(k.oid, 'pg_constraint') IS NULL)
      AND NOT EXISTS (SELECT FROM pg_attribute s
                      WHERE s.attrelid = x.oid AND s.attstattarget > 0)
      AND NOT EXISTS (SELECT FROM pg_constraint f
                      WHERE f.contype = 'f' AND f.conindid = x.oid)
    ORDER BY pg_relation_size(x.oid) DESC, x.relname
"""

# NULL where the table says nothing of its own.
AUTOVACUUM = """
    SELECT o.option_value, o.option_value::boolean
    FROM pg_class t
    LEFT JOIN LATERAL pg_options_to_table(t.reloptions) o
        ON o.option_name = 'autovacuum_enabled'
    WHERE t.oid = to_regclass(%s) AND t.relkind = 'r'
"""

IS_INDEX = "SELECT to_regclass(%s) IS NOT NULL"

# Of each table and name: NULL where there is no such constraint.
ARE_VALID = """
    SELECT bool_and(c.convalidated)
    FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS p(place, name, n)
    LEFT JOIN pg_constraint c
        ON c.conrelid = to_regclass(p.place) AND c.conname = p.name
    GROUP BY p.n ORDER BY p.n
"""

PARTITIONS = """
    SELECT {name} FROM pg_partition_tree(to_regclass(%s)) t
    JOIN pg_class c ON c.oid = t.relid WHERE t.isleaf AND c.relkind = 'r'
""".format(name=named("c"))  # noqa: S608

# From this version on a collation may take different texts for one.
DETERMINISTIC = 120_000
BLURRED = """
    SELECT 1 FROM pg_attribute a JOIN pg_collation l ON l.oid = a.attcollation
    WHERE a.attrelid = to_regclass(%s) AND a.attname = %s
      AND NOT l.collisdeterministic
"""
