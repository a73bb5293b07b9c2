"""What MySQL needs before and after a load: very little.

Foreign keys stay in place and unchecked for the loading session; no engine
checks them afterwards by itself, so they are proved by anti-join.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...columns import ForeignKey
from ...keys import Key
from .. import base
from ..base import SchemaItem

if TYPE_CHECKING:
    from .session import MySQLSession

AUTO_INCREMENT = """
    SELECT c.column_name, t.auto_increment
    FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = DATABASE() AND c.table_name = %s
      AND c.extra LIKE '%%auto_increment%%'
"""

INTERLEAVED = 2


class Schema(base.Schema):
    """Nothing comes off; the auto-increment and the statistics are set."""

    checks_are_off_in_session = True
    one_writer = False

    def __init__(self, session: MySQLSession) -> None:
        self._session = session

    @property
    def one_loader_per_table(self) -> bool:  # type: ignore[override]
        """Whether the auto-increment lock lets one bulk load in at a time.

        In InnoDB's "interleaved" mode, MySQL 8's default, there is none.
        """
        mode = self._session.query("SELECT @@GLOBAL.innodb_autoinc_lock_mode")[0][0]
        return int(mode) != INTERLEAVED

    def foreign_keys(self, tables: Sequence[str]) -> list[SchemaItem]:
        return []

    def indexes(
        self, table: str, unique_elsewhere: Sequence[tuple[str, ...]]
    ) -> list[SchemaItem]:
        return []

    def is_there(self, item: SchemaItem) -> bool:
        return True

    def remove(self, item: SchemaItem) -> None:
        raise NotImplementedError

    def restore(self, item: SchemaItem, *, validated: bool = True) -> None:
        raise NotImplementedError

    def sequences(self, table: str) -> dict[str, int]:
        rows = self._session.query(AUTO_INCREMENT, (table,))
        return {column: int(following or 1) - 1 for column, following in rows}

    def advance(self, table: str, column: str, least: int) -> None:
        quote = self._session.quote
        sql = f"SELECT coalesce(max({quote(column)}), 0) FROM {quote(table)}"  # noqa: S608
        top = max(least, int(self._session.query(sql)[0][0]))
        if top > self.sequences(table).get(column, 0):
            # InnoDB never lets it fall to a number that is in use.
            self._session.execute(
                f"ALTER TABLE {quote(table)} AUTO_INCREMENT = {top + 1}"
            )

    def analyze(self, table: str) -> None:
        self._session.query(f"ANALYZE TABLE {self._session.quote(table)}")

    def orphans(self, key: ForeignKey, most: int) -> tuple[int, list[Key]]:
        return base.count_orphans(self._session, key, most)
