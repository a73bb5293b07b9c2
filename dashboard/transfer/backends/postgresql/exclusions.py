"""PostgreSQL's exclusion constraints: what they demand, and which rows break it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ...demands import Exclusion
from ...keys import Key
from ..schema import SHADOW
from ..sql import plain

if TYPE_CHECKING:
    from .session import PostgreSQLSession

# With its columns, those of expressions and predicates too; what follows the name of
# the index's table is how it is made elsewhere.
EXCLUSIONS = """
    SELECT t.name, c.conname::text,
           ARRAY(SELECT a.attname::text FROM pg_attribute a
                 WHERE a.attrelid = c.conrelid AND a.attnum > 0
                   AND (a.attnum = ANY(c.conkey) OR EXISTS (
                        SELECT FROM pg_depend d
                        WHERE d.classid = 'pg_class'::regclass
                          AND d.objid = c.conindid
                          AND d.refclassid = 'pg_class'::regclass
                          AND d.refobjid = c.conrelid AND d.refobjsubid = a.attnum))
                 ORDER BY array_position(c.conkey, a.attnum), a.attnum),
           ARRAY(SELECT pg_get_indexdef(c.conindid, n, false)
                 FROM generate_series(1, i.indnkeyatts) n ORDER BY n),
           ARRAY(SELECT 'OPERATOR(' || quote_ident(s.nspname) || '.' || o.oprname || ')'
                 FROM unnest(c.conexclop) WITH ORDINALITY k(number, place)
                 JOIN pg_operator o ON o.oid = k.number
                 JOIN pg_namespace s ON s.oid = o.oprnamespace ORDER BY k.place),
           coalesce(pg_get_expr(i.indpred, i.indrelid), ''),
           substr(pg_get_indexdef(c.conindid),
                  strpos(pg_get_indexdef(c.conindid), ' USING ' || m.amname || ' ('))
    FROM unnest(%s::text[], %s::text[]) t(name, class)
    JOIN pg_constraint c ON c.conrelid = to_regclass(t.class) AND c.contype = 'x'
    JOIN pg_index i ON i.indexrelid = c.conindid
    JOIN pg_class x ON x.oid = c.conindid
    JOIN pg_am m ON m.oid = x.relam
    ORDER BY t.name, c.conname
"""


def exclusions(
    session: PostgreSQLSession, place: tuple[list[str], list[str]]
) -> Iterator[tuple[str, Exclusion]]:
    """Yield those of tables by their names; ``place`` is names and classes."""
    for name, constraint, columns, parts, operators, where, made in session.query(
        EXCLUSIONS, place
    ):
        yield (
            name,
            Exclusion(
                constraint,
                tuple(columns),
                tuple(_escaped(f"({part})") for part in parts),
                tuple(map(_escaped, operators)),
                _escaped(where),
                _escaped(made),
            ),
        )


def excluded(
    session: PostgreSQLSession,
    shadow: str,
    exclusion: Exclusion,
    key: Sequence[str],
    most: int,
) -> tuple[int, list[list[Key]]]:
    """Find the pairs of rows that exclude each other; see the contract."""
    place, name = session.quote_table(shadow), session.quote(f"{SHADOW}_excluding")
    names = ", ".join(map(session.quote, key))
    parts = "".join(
        f", {part} AS part{number}" for number, part in enumerate(exclusion.parts)
    )
    held = f" WHERE {exclusion.where}" if exclusion.where else ""
    rows = f"(SELECT ctid AS place{parts} FROM {place}{held})"  # noqa: S608
    conditions = "".join(
        f" AND one.part{number} {operator} other.part{number}"
        for number, operator in enumerate(exclusion.operators)
    )
    both = f"FROM {rows} one JOIN {rows} other ON one.place < other.place{conditions}"
    # Without the index every row would be held against every other.
    session.execute(f"CREATE INDEX {name} ON {place}{exclusion.made}")
    session.execute(f"ANALYZE {place}")
    pairs: list[tuple[Any, ...]] = session.query(
        f"SELECT one.place::text, other.place::text {both} LIMIT {int(most)}"
    )
    return len(pairs), [_keys(session, place, names, pair) for pair in pairs if key]


def _keys(
    session: PostgreSQLSession, place: str, names: str, pair: tuple[Any, ...]
) -> list[Key]:
    sql = f"SELECT {names} FROM {place} WHERE ctid = ANY(%s::tid[]) ORDER BY {names}"  # noqa: S608
    return [tuple(map(plain, row)) for row in session.query(sql, (list(pair),))]


def _escaped(sql: str) -> str:
    # It goes through the driver as part of a format string.
    return sql.replace("%", "%%")
