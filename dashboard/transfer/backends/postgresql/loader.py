"""Loads PostgreSQL through COPY."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from psycopg2.extras import execute_values

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
        with (
            stream.reader() as file,
            self._session.errors(),
            self._session.connection.cursor() as cursor,
        ):
            # Not formatted by psycopg2, so a doubled % goes back. The stubs
            # ask for a readline, which COPY never calls.
            source = cast("BinaryIO", file)
            cursor.copy_expert(sql.replace("%%", "%"), source, READ_BYTES)
            return cursor.rowcount

    def load_objects(
        self, plan: TablePlan, batches: Iterable[list[tuple[Any, ...]]]
    ) -> int:
        # An identity column that is always generated takes values only so.
        sql = f"INSERT INTO {self._target(plan)} OVERRIDING SYSTEM VALUE VALUES %s"  # noqa: S608
        rows = 0
        with self._session.errors(), self._session.connection.cursor() as cursor:
            for batch in batches:
                execute_values(cursor, sql, batch, page_size=len(batch))
                rows += len(batch)
        return rows

    def empty(self, table: str) -> None:
        name = self._session.quote(table)
        keys = self._session.catalog.foreign_keys()
        if any(key.to_table == table for key in keys):
            # TRUNCATE refuses a table that is referred to, even from nowhere.
            self._session.execute(f"DELETE FROM {name}")  # noqa: S608
        else:
            self._session.execute(f"TRUNCATE TABLE {name}")

    def _target(self, plan: TablePlan) -> str:
        quote = self._session.quote
        names = ", ".join(quote(column.name) for column in plan.written)
        return f"{quote(plan.table)} ({names})"
