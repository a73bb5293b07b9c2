"""Asks a table that holds rows already what they break of another table's demands."""

from __future__ import annotations

from collections.abc import Sequence

from ..demands import Check, Unique
from ..keys import Key
from .base import Session
from .sql import plain


def collisions(
    session: Session, table: str, unique: Unique, key: Sequence[str], most: int
) -> tuple[int, list[list[Key]]]:
    """Count the groups of rows that share a key; return the rows of the first ones.

    By the names of the columns ``key``; up to ``most`` rows.
    """
    rows = f"FROM {session.quote_table(table)} WHERE {held(unique)}"
    parts = ", ".join(unique.parts)
    groups = _groups(session, rows, unique.parts)
    if not groups or not key:
        return groups, []
    names = ", ".join(map(session.quote, key))
    # Read once: MySQL opens a temporary table no second time in a statement.
    sql = (
        f"SELECT place, {names} FROM (SELECT {names}, "  # noqa: S608
        f"count(*) OVER (PARTITION BY {parts}) AS equal, "
        f"dense_rank() OVER (ORDER BY {parts}) AS place {rows}) numbered "
        f"WHERE equal > 1 ORDER BY place, {names} LIMIT {int(most)}"
    )
    found: dict[int, list[Key]] = {}
    for place, *values in session.query(sql):
        found.setdefault(int(place), []).append(tuple(map(plain, values)))
    return groups, list(found.values())


def _groups(session: Session, rows: str, parts: Sequence[str]) -> int:
    """Count the groups of more than one row."""
    hint, octets = session.schema.sorted_groups

    def counted(hint: str) -> int:
        sql = (
            f"SELECT count(*) FROM (SELECT {hint} 1 AS one {rows} "  # noqa: S608
            f"GROUP BY {', '.join(parts)} HAVING count(*) > 1) shared"
        )
        return int(session.query(sql)[0][0])

    groups = counted(hint)
    if not groups or not hint:
        return groups
    # A sort that sees a value's begin alone takes some for equal that are not.
    most = ", ".join(f"coalesce(max(octet_length({part})), 0)" for part in parts)
    is_seen = max(map(int, session.query(f"SELECT {most} {rows}")[0])) <= octets
    return groups if is_seen else counted("")


def held(unique: Unique) -> str:
    """Return which rows a key is about."""
    conditions = [f"({unique.where})"] if unique.where else []
    if not unique.nulls_are_equal:
        conditions += [f"{part} IS NOT NULL" for part in unique.parts]
    return " AND ".join(conditions) or "1 = 1"


def violations(
    session: Session, table: str, check: Check, key: Sequence[str], most: int
) -> tuple[int, list[Key]]:
    """Count the rows that break a CHECK, and return the keys of the first ones."""
    return _counted(session, table, f"NOT ({check.condition})", key, most)


def _counted(
    session: Session, table: str, condition: str, key: Sequence[str], most: int
) -> tuple[int, list[Key]]:
    rows = f"FROM {session.quote_table(table)} WHERE {condition}"
    count = int(session.query(f"SELECT count(*) {rows}")[0][0])
    if not count or not key:
        return count, []
    names = ", ".join(map(session.quote, key))
    sql = f"SELECT {names} {rows} ORDER BY {names} LIMIT {int(most)}"
    return count, [tuple(map(plain, row)) for row in session.query(sql)]
