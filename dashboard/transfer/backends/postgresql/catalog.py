"""What a PostgreSQL database holds, from its own catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ...columns import Column, ColumnKind, ColumnType, ForeignKey, Table
from ...relations import Relation, RelationKind
from ..catalog import Size
from ..sql import SQLCatalog, grouped, rows_by
from .names import named

if TYPE_CHECKING:
    from .session import PostgreSQLSession

KINDS = {
    "int2": ColumnKind.INTEGER,
    "int4": ColumnKind.INTEGER,
    "int8": ColumnKind.INTEGER,
    "bool": ColumnKind.BOOLEAN,
    "numeric": ColumnKind.DECIMAL,
    "float4": ColumnKind.FLOAT,
    "float8": ColumnKind.FLOAT,
    "text": ColumnKind.TEXT,
    "varchar": ColumnKind.TEXT,
    "bpchar": ColumnKind.TEXT,
    "name": ColumnKind.TEXT,
    "xml": ColumnKind.TEXT,
    "citext": ColumnKind.TEXT,
    "enum": ColumnKind.TEXT,
    "bytea": ColumnKind.BINARY,
    "uuid": ColumnKind.UUID,
    "timestamptz": ColumnKind.TIMESTAMP,
    "timestamp": ColumnKind.TIMESTAMP,
    "date": ColumnKind.DATE,
    "time": ColumnKind.TIME,
    "interval": ColumnKind.DURATION,
    "json": ColumnKind.JSON,
    "jsonb": ColumnKind.JSON,
    "inet": ColumnKind.ADDRESS,
}

TEXTS = {"text", "varchar", "bpchar", "citext"}

# Kinds that a column of another natural kind may hold as the same text.
ALSO = {
    ColumnKind.UUID: {*TEXTS, "bytea"},
    ColumnKind.ADDRESS: TEXTS,
    ColumnKind.JSON: TEXTS,
    ColumnKind.TEXT: {"bytea"},
    ColumnKind.BOOLEAN: {"int2", "int4", "int8", "bit"},
    ColumnKind.DURATION: {"int8"},
    ColumnKind.DECIMAL: {"int2", "int4", "int8", "float4", "float8"},
}

# Below 16384 are the server's own (transam.h, FirstNormalObjectId).
TABLES = """
    SELECT t.wanted, c.oid, c.relkind, {name}
    FROM unnest(%s::text[], %s::text[]) t(wanted, class)
    JOIN pg_class c ON c.oid = to_regclass(t.class)
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.oid >= 16384
""".format(name=named("c"))  # noqa: S608

COLUMNS = """
    SELECT a.attrelid, a.attname,
           CASE b.typtype WHEN 'e' THEN 'enum' ELSE b.typname END,
           b.modifier, NOT a.attnotnull,
           a.attgenerated <> '', a.attidentity <> '',
           pg_get_expr(d.adbin, d.adrelid), coalesce(l.collname, ''),
           format_type(a.atttypid, a.atttypmod)
    FROM pg_attribute a
    CROSS JOIN LATERAL (
        -- What is under a domain, and under a domain over it.
        WITH RECURSIVE below AS (
            SELECT t.typname, t.typtype, t.typbasetype, t.typtypmod,
                   a.atttypmod AS modifier
            FROM pg_type t WHERE t.oid = a.atttypid
            UNION ALL
            SELECT t.typname, t.typtype, t.typbasetype, t.typtypmod, d.typtypmod
            FROM below d JOIN pg_type t ON t.oid = d.typbasetype
        ) SELECT typname, typtype, modifier FROM below WHERE typbasetype = 0
    ) b
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_collation l ON l.oid = a.attcollation
    WHERE a.attrelid = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attrelid, a.attnum
"""

UNIQUES = """
    SELECT i.indrelid, i.indisprimary, ARRAY(
        SELECT a.attname::text FROM unnest(i.indkey::int2[])
             WITH ORDINALITY AS k(attnum, place)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
        WHERE k.place <= i.indnkeyatts
        ORDER BY k.place)
    FROM pg_index i
    WHERE i.indrelid = ANY(%s) AND i.indisunique AND i.indisvalid
      AND i.indpred IS NULL AND i.indexprs IS NULL
    ORDER BY i.indexrelid
"""

FOREIGN_KEYS = """
    SELECT c.conname, {table},
           ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k(n, p)
                 JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.n
                 ORDER BY k.p),
           {to_table},
           ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY k(n, p)
                 JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.n
                 ORDER BY k.p)
    FROM pg_constraint c
    JOIN pg_class r ON r.oid = c.conrelid
    JOIN pg_class f ON f.oid = c.confrelid
    WHERE c.contype = 'f' AND c.conparentid = 0
      AND (pg_table_is_visible(r.oid) OR pg_table_is_visible(f.oid))
    ORDER BY r.relname, c.conname
""".format(table=named("r"), to_table=named("f"))  # noqa: S608

# Rows below zero: never analyzed. Rows of a page of 8 kB then tell little, so a
# small table is counted and a large one guessed. Of a partitioned table both
# numbers are its partitions'.
SIZES = """
    SELECT {name}, c.relkind, s.rows, s.bytes, coalesce(e.extname::text, '')
    FROM pg_class c
    CROSS JOIN LATERAL (
        SELECT sum(CASE WHEN p.reltuples < 0 THEN pg_table_size(p.oid) / 100
                        ELSE p.reltuples END)::bigint AS rows,
               sum(pg_table_size(p.oid))::bigint AS bytes
        FROM pg_class p
        WHERE p.oid = ANY(CASE WHEN c.relkind <> 'p' THEN ARRAY[c.oid] ELSE ARRAY(
            SELECT t.relid FROM pg_partition_tree(c.oid) t WHERE t.isleaf) END)
    ) s
    LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
        AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
    LEFT JOIN pg_extension e ON e.oid = d.refobjid
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
""".format(name=named("c"))  # noqa: S608

SIZE = f"{SIZES} AND c.oid = to_regclass(%s)"

# What the search path leads to.
VISIBLE = f"""{SIZES}
      AND c.relnamespace = ANY(SELECT n.oid FROM pg_namespace n
                               WHERE n.nspname = ANY(current_schemas(false)))
      AND pg_table_is_visible(c.oid)
    ORDER BY c.relname
"""  # noqa: S608

ELSEWHERE = """
    SELECT n.nspname, count(*)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND n.nspname !~ '^pg_(toast|temp)'
      AND NOT n.nspname = ANY(current_schemas(false))
    GROUP BY 1 ORDER BY 1
"""

RELATIONS = {
    "r": RelationKind.TABLE,
    "p": RelationKind.TABLE,
    "v": RelationKind.VIEW,
    "m": RelationKind.MATERIALIZED_VIEW,
    "f": RelationKind.FOREIGN_TABLE,
}

TRIGGERS = """
    SELECT t.name, g.tgname
    FROM unnest(%s::text[], %s::text[]) t(name, class)
    JOIN pg_trigger g ON g.tgrelid = to_regclass(t.class)
    WHERE NOT g.tgisinternal AND g.tgenabled IN ('O', 'A')
      AND g.tgtype & 4 > 0 -- for INSERT
    ORDER BY g.tgname
"""


class Catalog(SQLCatalog):
    """Reads pg_catalog."""

    KINDS = KINDS
    ALSO = ALSO
    _session: PostgreSQLSession

    def tables(self, names: Iterable[str]) -> dict[str, Table]:
        session = self._session
        wanted = list(dict.fromkeys(names))
        classes = [session.regclass(name) for name in wanted]
        found = session.query(TABLES, (wanted, classes)) if wanted else []
        numbers = [number for _, number, _, _ in found]
        if not numbers:
            return {}
        columns = rows_by(session.query(COLUMNS, (numbers,)))
        uniques = rows_by(session.query(UNIQUES, (numbers,)))
        return {
            name: _table(real_name, relation, columns[number], uniques[number])
            for name, number, relation, real_name in found
        }

    def triggers(self, tables: Sequence[str]) -> dict[str, list[str]]:
        names = list(tables)
        classes = [self._session.regclass(name) for name in names]
        return grouped(self._session.query(TRIGGERS, (names, classes)))

    def foreign_keys(self) -> list[ForeignKey]:
        return [
            ForeignKey(name, table, tuple(columns), to_table, tuple(to_columns))
            for name, table, columns, to_table, to_columns in self._session.query(
                FOREIGN_KEYS
            )
        ]

    def size(self, name: str, exact_below: int = 100_000) -> Size:
        found = self._session.query(SIZE, (self._session.regclass(name),))
        _, _, rows, size, _ = found[0]
        if (rows or 0) < exact_below:
            return Size(self.count(name), True, size)
        return Size(rows, False, size)

    def relations(self) -> list[Relation]:
        return [
            Relation(name, RELATIONS[kind], rows or 0, size, extension)
            for name, kind, rows, size, extension in self._session.query(VISIBLE)
        ]

    def elsewhere(self) -> dict[str, int]:
        return dict(self._session.query(ELSEWHERE))


def _table(
    name: str,
    relation: str,
    columns: list[tuple[Any, ...]],
    uniques: list[tuple[Any, ...]],
) -> Table:
    return Table(
        name=name,
        columns=tuple(_column(*row) for row in columns),
        key=next((tuple(names) for primary, names in uniques if primary), ()),
        uniques=tuple(tuple(names) for _, names in uniques),
        is_view=relation not in ("r", "p"),
    )


def _column(
    name: str,
    type_name: str,
    modifier: int,
    nullable: bool,
    generated: bool,
    identity: bool,
    default: str | None,
    collation: str,
    declared: str,
) -> Column:
    automatic = identity or (default or "").startswith("nextval(")
    return Column(
        name=name,
        type=_type(type_name, modifier, collation),
        nullable=nullable,
        generated=generated,
        automatic=automatic,
        has_default=default is not None or identity,
        declared=declared,
    )


def _type(name: str, modifier: int, collation: str) -> ColumnType:
    instant = name == "timestamptz"
    if modifier < 0:
        return ColumnType(name, collation=collation, instant=instant)
    if name in ("varchar", "bpchar"):
        return ColumnType(name, length=modifier - 4, collation=collation)
    if name == "numeric":
        packed = modifier - 4
        # The lower eleven bits are a signed scale since PostgreSQL 15.
        scale = ((packed & 0x7FF) ^ 1024) - 1024
        return ColumnType(name, precision=(packed >> 16) & 0xFFFF, scale=scale)
    if name in ("timestamp", "timestamptz", "time"):
        return ColumnType(name, scale=modifier, instant=instant)
    return ColumnType(name, collation=collation)
