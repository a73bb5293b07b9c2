"""SQLite's triggers: dropped, and made again by their own statements."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from ...schema_items import ObjectType, SchemaItem
from .catalog import BETWEEN, ON_INSERT, folded

if TYPE_CHECKING:
    from .session import SQLiteSession

ON_DELETE = re.compile(rf"\bDELETE{BETWEEN}ON\b", re.IGNORECASE | re.DOTALL)
ON_UPDATE = re.compile(rf"\bUPDATE{BETWEEN}O(N|F)\b", re.IGNORECASE | re.DOTALL)

# Those of one event fire in an order that follows from when they were made.
TRIGGERS = """
    SELECT rowid, tbl_name, name, sql FROM main.sqlite_master
    WHERE type = 'trigger' ORDER BY rowid
"""
STATEMENT = "SELECT sql FROM main.sqlite_master WHERE type = 'trigger' AND name = ?"


def triggers(
    session: SQLiteSession,
    tables: Sequence[str],
    emptied: Collection[str],
    updated: Collection[str] = (),
) -> list[SchemaItem]:
    """Return the triggers of a load; a table is emptied by DELETE."""
    wanted = {folded(name): name for name in tables}
    found = []
    for number, place, name, sql in session.query(TRIGGERS):
        table = wanted.get(folded(place))
        if table is None:
            continue
        fires = [
            ON_INSERT.search(sql),
            table in emptied and ON_DELETE.search(sql),
            table in updated and ON_UPDATE.search(sql),
        ]
        if any(fires):
            definition = {"sql": sql, "order": f"{number:012}"}
            found.append(SchemaItem(ObjectType.TRIGGER, table, name, (), definition))
    return found


def is_as_before(session: SQLiteSession, item: SchemaItem) -> bool:
    """Whether a trigger is there with the same statement."""
    return session.query(STATEMENT, (item.name,)) == [(item.definition["sql"],)]
