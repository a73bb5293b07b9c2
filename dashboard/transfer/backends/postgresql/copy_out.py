"""The output of PostgreSQL's COPY, which is never in memory as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

import psycopg2

from ...keys import KeyValue
from ...stream import TextStream

if TYPE_CHECKING:
    from .session import PostgreSQLSession


class CopyOut(TextStream):
    """The output of one COPY; psycopg2 pushes it row by row into the sink."""

    def __init__(
        self, session: PostgreSQLSession, sql: str, values: Sequence[KeyValue]
    ) -> None:
        self._session = session
        self._sql = sql
        self._values = values

    def write_to(self, sink: BinaryIO) -> None:
        connection = self._session.connection
        with self._session.errors(), connection.cursor() as cursor:
            sql = cursor.mogrify(self._sql, tuple(self._values))
            try:
                cursor.copy_expert(sql, sink)
            except psycopg2.Error as error:
                if isinstance(error.__cause__ or error.__context__, BrokenPipeError):
                    raise BrokenPipeError from None
                raise
            self.rows = cursor.rowcount
