"""Loads PostgreSQL through COPY."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ...plan import TablePlan
from ...rows import LoadFormat
from ...stream import TextStream
from .. import base

if TYPE_CHECKING:
    from .session import PostgreSQLSession

READ_BYTES = 1 << 18


class Loader(base.Loader):
    """Loads into the open transaction; the rows of a failed COPY vanish."""

    load_format = LoadFormat.COPY

    def __init__(self, session: PostgreSQLSession) -> None:
        self._session = session

    def load_text(self, plan: TablePlan, stream: TextStream) -> int:
        sql = f"COPY {self._target(plan)} FROM STDIN"
        with stream.reader() as file, self._session.errors():
            return self._session.driver.copy_in(sql, file, READ_BYTES)

    def load_objects(
        self, plan: TablePlan, batches: Iterable[list[tuple[Any, ...]]]
    ) -> int:
        # An identity column that is always generated takes values only so.
        sql = f"INSERT INTO {self._target(plan)} OVERRIDING SYSTEM VALUE VALUES"
        rows = 0
        with self._session.errors():
            for batch in batches:
                self._session.driver.insert(sql, batch)
                rows += len(batch)
        return rows

    def empty(self, table: str) -> None:
        rows = self._session.rows_of(table)
        keys = self._session.catalog.foreign_keys()
        if any(key.to_table == table for key in keys):
            # TRUNCATE refuses a table that is referred to, even from nowhere.
            self._session.execute(f"DELETE FROM {rows}")  # noqa: S608
        else:
            self._session.execute(f"TRUNCATE TABLE {rows}")

    def _target(self, plan: TablePlan) -> str:
        quote = self._session.quote
        names = ", ".join(quote(column.name) for column in plan.written)
        return f"{self._session.quote_table(plan.table)} ({names})"
