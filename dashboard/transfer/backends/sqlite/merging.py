"""Gives rows of a table the values of others, in SQLite's SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from ...columns import ColumnType

if TYPE_CHECKING:
    from .session import SQLiteSession


# The first to know UPDATE … FROM.
UPDATES_FROM = (3, 33)


def hindrance(version: Sequence[int]) -> tuple[str, str]:
    """Say why this SQLite updates no rows by others, and what helps, or ("", "")."""
    if tuple(version) >= UPDATES_FROM:
        return "", ""
    numbers = ".".join(map(str, version)), ".".join(map(str, UPDATES_FROM))
    said = _("SQLite %(version)s cannot merge by key: it takes %(first)s.")
    remedy = _("Install a newer SQLite, or take --mode missing.")
    return said % {"version": numbers[0], "first": numbers[1]}, remedy


def differs(one: str, other: str, column_type: ColumnType) -> str:
    """Return the condition that two values are not the very same."""
    # A number and a text, or 1 and 1.0, are kept apart by their type alone.
    return f"({one} IS NOT {other} COLLATE BINARY OR typeof({one}) <> typeof({other}))"


def updating_sql(
    session: SQLiteSession,
    table: str,
    rows: str,
    key: Sequence[str],
    written: Sequence[str],
) -> str:
    """Return the statement of the contract, see ``hindrance``."""
    quote = session.quote
    values = ", ".join(f"{quote(name)} = s.{quote(name)}" for name in written)
    same = " AND ".join(f"d.{quote(name)} = s.{quote(name)}" for name in key)
    # As in the loader: whatever fails ends the whole transaction.
    return (
        f"UPDATE OR FAIL {session.quote_table(table)} AS d SET {values} "  # noqa: S608
        f"FROM {session.quote_table(rows)} s WHERE {same}"
    )
