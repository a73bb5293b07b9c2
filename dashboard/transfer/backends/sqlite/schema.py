"""What SQLite needs before and after a load: the autoincrement marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...columns import ForeignKey, Table
from ...keys import Key
from .. import base
from ..base import SchemaItem

if TYPE_CHECKING:
    from .session import SQLiteSession


class Schema(base.Schema):
    """Foreign keys are unchecked for the session; nothing comes off."""

    checks_are_off_in_session = True
    keys_wait_for_readers = False
    indexes_go_back_together = False
    one_loader_per_table = True
    one_writer = True

    def __init__(self, session: SQLiteSession) -> None:
        self._session = session

    def foreign_keys(self, tables: Sequence[str]) -> list[SchemaItem]:
        return []

    def indexes(self, table: str, source: Table | None) -> list[SchemaItem]:
        return []

    def is_there(self, item: SchemaItem) -> bool:
        return True

    def remove(self, item: SchemaItem) -> None:
        raise NotImplementedError

    def restore(self, item: SchemaItem, *, validated: bool = True) -> None:
        raise NotImplementedError

    def sequences(self, table: str) -> dict[str, int]:
        found = self._session.catalog.table(table)
        automatic = (
            next((c.name for c in found.columns if c.automatic), "") if found else ""
        )
        if not automatic:
            return {}
        rows = self._session.query(
            "SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)
        )
        return {automatic: int(rows[0][0]) if rows else 0}

    def advance(self, table: str, column: str, least: int) -> None:
        quote = self._session.quote
        sql = f"SELECT coalesce(max({quote(column)}), 0) FROM {quote(table)}"  # noqa: S608
        with self._session.transaction():
            top = max(least, int(self._session.query(sql)[0][0]))
            changed = self._session.execute(
                "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?",
                (top, table),
            )
            if not changed and top:
                self._session.execute(
                    "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)",
                    (table, top),
                )

    def analyze(self, table: str) -> None:
        # Without an ANALYZE before, the planner's defaults are what the
        # project runs on; statistics of one table alone change its plans.
        return

    def orphans(self, key: ForeignKey, most: int) -> tuple[int, list[Key]]:
        return base.count_orphans(self._session, key, most)
