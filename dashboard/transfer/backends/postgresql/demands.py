"""What PostgreSQL's tables demand of their rows, and a table to try them in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ...demands import Check, Demands, Entry, Exclusion, Unique
from ...errors import DataRefused, TransferError
from ...keys import Key
from ..schema import SHADOW
from ..sql import plain
from .exclusions import exclusions
from .temporary import as_privilege

if TYPE_CHECKING:
    from .session import PostgreSQLSession

# Of every B-tree, with its columns: its own, and those that its expressions and its
# predicate are made of.
INDEXES = """
    SELECT t.name, x.relname::text, i.indisunique,
           i.indexprs IS NULL AND i.indpred IS NULL,
           coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false),
           coalesce(pg_get_expr(i.indpred, i.indrelid), ''),
           ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, false)
                 FROM generate_series(1, i.indnkeyatts) n ORDER BY n),
           ARRAY(SELECT coalesce(quote_ident(s.nspname) || '.'
                                 || quote_ident(l.collname), '')
                 FROM unnest(i.indcollation::oid[]) WITH ORDINALITY k(number, place)
                 LEFT JOIN pg_collation l ON l.oid = k.number
                 LEFT JOIN pg_namespace s ON s.oid = l.collnamespace
                 WHERE k.place <= i.indnkeyatts ORDER BY k.place),
           coalesce((SELECT bool_and(l.collisdeterministic) FROM pg_collation l
                     WHERE l.oid = ANY(i.indcollation::oid[])), true),
           ARRAY(SELECT a.attname::text FROM pg_attribute a
                 WHERE a.attrelid = i.indrelid AND a.attnum > 0
                   AND (a.attnum = ANY((i.indkey::int2[])[0:i.indnkeyatts - 1])
                        OR EXISTS (
                        SELECT FROM pg_depend d
                        WHERE d.classid = 'pg_class'::regclass
                          AND d.objid = i.indexrelid
                          AND d.refclassid = 'pg_class'::regclass
                          AND d.refobjid = i.indrelid AND d.refobjsubid = a.attnum))
                 ORDER BY array_position(i.indkey::int2[], a.attnum), a.attnum),
           i.indisvalid
    FROM unnest(%s::text[], %s::text[]) t(name, class)
    JOIN pg_index i ON i.indrelid = to_regclass(t.class)
    JOIN pg_class x ON x.oid = i.indexrelid
    JOIN pg_am m ON m.oid = x.relam AND m.amname = 'btree'
    WHERE i.indislive
    ORDER BY t.name, x.relname
"""

# Those of the table, whoever has to obey them, and then its columns with domains.
CHECKS = """
    SELECT t.name, c.conname::text, pg_get_expr(c.conbin, c.conrelid),
           ARRAY(SELECT a.attname::text FROM pg_attribute a
                 WHERE a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)),
           c.convalidated
    FROM unnest(%s::text[], %s::text[]) t(name, class)
    JOIN pg_constraint c ON c.conrelid = to_regclass(t.class) AND c.contype = 'c'
    WHERE coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true)
    ORDER BY t.name, c.conname
"""

DOMAINS = """
    WITH RECURSIVE domains AS (
        SELECT t.name, a.attname::text AS column, y.oid, y.typbasetype, y.typnotnull,
               y.typname::text AS domain
        FROM unnest(%s::text[], %s::text[]) t(name, class)
        JOIN pg_attribute a ON a.attrelid = to_regclass(t.class) AND a.attnum > 0
             AND NOT a.attisdropped
        JOIN pg_type y ON y.oid = a.atttypid AND y.typtype = 'd'
        UNION ALL
        SELECT d.name, d.column, y.oid, y.typbasetype, y.typnotnull, y.typname::text
        FROM domains d JOIN pg_type y ON y.oid = d.typbasetype AND y.typtype = 'd'
    )
    SELECT d.name, d.column, coalesce(c.conname::text, ''),
           coalesce(pg_get_expr(c.conbin, 0), ''), d.domain, d.typnotnull
    FROM domains d LEFT JOIN pg_constraint c ON c.contypid = d.oid AND c.contype = 'c'
    ORDER BY d.name, d.column, c.conname
"""

# Of divided tables, and of a part by itself, the bounds of each leaf; of hashes there
# is one for every row. Of what its key is made of, where that is no column, all.
PARTITIONS = """
    SELECT t.name,
           CASE WHEN p.relid IS NULL THEN 'false'
                ELSE coalesce(pg_get_partition_constraintdef(p.relid), 'true') END,
           ARRAY(SELECT a.attname::text FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                   AND EXISTS (
                       SELECT FROM pg_partitioned_table k
                       JOIN pg_attribute o ON o.attrelid = k.partrelid
                            AND o.attname = a.attname
                       WHERE k.partrelid IN (
                               SELECT relid FROM pg_partition_tree(c.oid) UNION ALL
                               SELECT relid FROM pg_partition_ancestors(c.oid))
                         AND (k.partexprs IS NOT NULL
                              OR o.attnum = ANY(k.partattrs::int2[])))
                 ORDER BY a.attnum)
    FROM unnest(%s::text[], %s::text[]) t(name, class)
    JOIN pg_class c ON c.oid = to_regclass(t.class)
         AND (c.relkind = 'p' OR c.relispartition)
    LEFT JOIN pg_partition_tree(c.oid) p ON p.isleaf
    WHERE NOT EXISTS (SELECT FROM pg_partitioned_table h
                      WHERE h.partrelid = c.oid AND h.partstrat = 'h')
    ORDER BY t.name, p.relid::regclass::text
"""

# Types without their domains, whose CHECKs are asked for afterwards.
COLUMNS = """
    SELECT a.attname::text, format_type(b.number, b.modifier),
           CASE WHEN a.attcollation <> 0 AND b.number <> 'name'::regtype
                THEN quote_ident(n.nspname) || '.' || quote_ident(l.collname)
                ELSE '' END,
           CASE WHEN a.attgenerated <> '' THEN pg_get_expr(g.adbin, g.adrelid)
                ELSE '' END
    FROM pg_attribute a
    CROSS JOIN LATERAL (
        WITH RECURSIVE below AS (
            SELECT t.oid AS number, t.typbasetype, t.typtypmod, a.atttypmod AS modifier
            FROM pg_type t WHERE t.oid = a.atttypid
            UNION ALL
            SELECT t.oid, t.typbasetype, t.typtypmod, d.typtypmod
            FROM below d JOIN pg_type t ON t.oid = d.typbasetype
        ) SELECT number, modifier FROM below WHERE typbasetype = 0
    ) b
    LEFT JOIN pg_attrdef g ON g.adrelid = a.attrelid AND g.adnum = a.attnum
    LEFT JOIN pg_collation l ON l.oid = a.attcollation
    LEFT JOIN pg_namespace n ON n.oid = l.collnamespace
    WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
"""

# What an entry of a B-tree has room for on a page of 8 kB (nbtree.h, BTMaxItemSize).
MOST_OCTETS = 2704
# What of it may be taken by its head, the bitmap of NULLs and alignment.
HEAD_OCTETS = 200

# The value of a domain's CHECK, outside of texts and quoted names.
VALUE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\bVALUE\b")


def demands(session: PostgreSQLSession, tables: Sequence[str]) -> dict[str, Demands]:
    """Return what these tables demand, by their names; see the contract."""
    names = list(tables)
    place = names, [session.regclass(name) for name in names]
    uniques: dict[str, list[Unique]] = defaultdict(list)
    entries: dict[str, list[Entry]] = defaultdict(list)
    checks: dict[str, list[Check]] = defaultdict(list)
    for name, index, is_unique, *row in session.query(INDEXES, place):
        if is_unique:
            uniques[name].append(_unique(index, *row))
        entries[name].append(_entry(index, *row))
    for name, constraint, condition, columns, valid in session.query(CHECKS, place):
        check = Check(constraint, tuple(columns), _escaped(condition), is_proved=valid)
        checks[name].append(check)
    for name, *row in session.query(DOMAINS, place):
        checks[name] += _of_domain(session, *row)
    for name, check in _partitions(session, place):
        checks[name].append(check)
    excluding: dict[str, list[Exclusion]] = defaultdict(list)
    for name, exclusion in exclusions(session, place):
        excluding[name].append(exclusion)
    return {
        name: Demands(
            tuple(uniques[name]),
            tuple(checks[name]),
            tuple(entries[name]),
            tuple(excluding[name]),
        )
        for name in names
    }


def _partitions(session: PostgreSQLSession, place: Any) -> Iterator[tuple[str, Check]]:
    found: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
    for name, bounds, columns in session.query(PARTITIONS, place):
        found[name].append((_escaped(bounds), columns))
    for name, leaves in found.items():
        condition = " OR ".join(f"({bounds})" for bounds, _ in leaves)
        yield name, Check(name, tuple(leaves[0][1]), condition, is_partition=True)


def _unique(
    name: str,
    plain: bool,
    nulls_are_equal: bool,
    where: str,
    parts: list[str],
    collations: list[str],
    exact: bool,
    columns: list[str],
    valid: bool,
) -> Unique:
    return Unique(
        name,
        tuple(columns),
        _collated(parts, collations),
        _escaped(where),
        nulls_are_equal,
        is_plain=plain,
        is_exact=exact,
        is_proved=valid,
    )


def _entry(name: str, *row: Any) -> Entry:
    _, _, where, parts, collations, _, columns, _ = row
    collated = _collated(parts, collations)
    return Entry(name, tuple(columns), collated, MOST_OCTETS, _escaped(where))


def _collated(parts: list[str], collations: list[str]) -> tuple[str, ...]:
    return tuple(
        _escaped(f"({part}) COLLATE {collation}" if collation else f"({part})")
        for part, collation in zip(parts, collations, strict=True)
    )


def _escaped(sql: str) -> str:
    # It goes through the driver as part of a format string.
    return sql.replace("%", "%%")


def _of_domain(
    session: PostgreSQLSession,
    column: str,
    name: str,
    condition: str,
    domain: str,
    not_null: bool,
) -> Iterator[Check]:
    quoted = session.quote(column)
    if not_null:
        yield Check(domain, (column,), f"{quoted} IS NOT NULL")
    if name:

        def value(found: re.Match[str]) -> str:
            return quoted if found[0] == "VALUE" else found[0]

        yield Check(name, (column,), VALUE.sub(value, _escaped(condition)))


def make_shadow(
    session: PostgreSQLSession, table: str, columns: Collection[str], called: str
) -> str:
    """Make the table, see ``make_shadow`` of the contract, and return its name."""
    name = f"pg_temp{session.separator}{called}"
    session.execute(f"DROP TABLE IF EXISTS {session.quote_table(name)}")
    made = [
        _definition(session, *row)
        for row in session.query(COLUMNS, (session.regclass(table),))
        if row[0] in columns
    ]
    try:
        session.execute(
            f"CREATE TEMPORARY TABLE {session.quote(called)} ({', '.join(made)})"
        )
    except TransferError as error:
        raise as_privilege(session, error) from error
    return name


def without_room(
    session: PostgreSQLSession, shadow: str, entry: Entry, key: Sequence[str], most: int
) -> tuple[int, list[Key]]:
    """Try the longest entries in an index of their own; see the contract."""
    place, name = session.quote_table(shadow), session.quote(f"{SHADOW}_entries")
    suspects = _longest(session, place, entry, key, most)
    found: list[Key] = []
    if not suspects:
        return 0, found
    with suppress(_Undone), session.transaction():
        session.execute(f"CREATE TEMPORARY TABLE {name} (LIKE {place})")
        session.execute(f"CREATE INDEX ON {name} ({', '.join(entry.parts)})")
        for number, *values in suspects:
            sql = f"INSERT INTO {name} SELECT * FROM {place} WHERE ctid = %s::tid"  # noqa: S608
            try:
                with session.savepoint():
                    session.execute(sql, (number,))
            except DataRefused:
                found.append(tuple(map(plain, values)))
        raise _Undone
    return len(found), found


def _longest(
    session: PostgreSQLSession, place: str, entry: Entry, key: Sequence[str], most: int
) -> list[tuple[Any, ...]]:
    """Return the rows of the longest entries that may have no room, by their places.

    A row keeps its values compressed, or short enough for their index to do so.
    """
    octets = " + ".join(f"pg_column_size({part})" for part in entry.parts)
    held = f"({entry.where}) AND " if entry.where else ""
    names = "".join(f", {session.quote(column)}" for column in key)
    return session.query(
        f"SELECT ctid::text{names} FROM {place} WHERE {held}{octets} > %s "  # noqa: S608
        f"ORDER BY {octets} DESC LIMIT %s",
        (entry.most_octets - HEAD_OCTETS, most),
    )


class _Undone(Exception):
    """Raised so that a transaction is rolled back."""


def _definition(
    session: PostgreSQLSession, name: str, kind: str, collation: str, expression: str
) -> str:
    collated = f" COLLATE {_escaped(collation)}" if collation else ""
    made = f" GENERATED ALWAYS AS ({_escaped(expression)}) STORED" if expression else ""
    return f"{session.quote(name)} {_escaped(kind)}{collated}{made}"
