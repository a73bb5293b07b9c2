"""The output of PostgreSQL's COPY, which is never in memory as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from ...keys import KeyValue
from ...stream import TextStream

if TYPE_CHECKING:
    from .session import PostgreSQLSession


class CopyOut(TextStream):
    """The output of one COPY; the driver pushes it row by row into the sink."""

    def __init__(
        self, session: PostgreSQLSession, sql: str, values: Sequence[KeyValue]
    ) -> None:
        self._session = session
        self._sql = sql
        self._values = values

    def write_to(self, sink: BinaryIO) -> None:
        with self._session.errors():
            self.rows = self._session.driver.copy_out(self._sql, self._values, sink)
