"""MySQL and MariaDB by PyMySQL, which stands in for MySQLdb."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import pymysql
from pymysql.cursors import Cursor, SSCursor

from .driver import Driver, RawRow, Stream

LONG_OCTETS = 1 << 22


class PyMySQL(Driver):
    """A connection of PyMySQL, from now on without converters."""

    kind = pymysql.connections.Connection

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        connection.decoders = {}
        connection.use_unicode = False
        self._unread: _Rows | None = None

    def _drop(self) -> None:
        """Read what is left of the last rows, which the driver would do unseen."""
        if self._unread is not None:
            left, self._unread = self._unread, None
            left.drop()

    def literal(self, value: Any) -> bytes:
        text: str = self.connection.escape(value, self.connection.encoders)
        # Older versions write octets that are no ASCII as surrogates.
        return text.encode("utf-8", "surrogateescape")

    def query(self, sql: bytes) -> tuple[Sequence[RawRow], list[int]]:
        self._drop()
        with Cursor(self.connection) as cursor:
            cursor.execute(sql)
            kinds = [column[1] for column in cursor.description or ()]
            return cursor.fetchall() if kinds else [], kinds

    def execute(self, sql: bytes) -> int:
        self._drop()
        if len(sql) > LONG_OCTETS:
            # It cuts a statement up, and would make copies of what is left.
            return int(self.connection.query(memoryview(sql)))
        with Cursor(self.connection) as cursor:
            cursor.execute(sql)
            return int(cursor.rowcount)

    def stream(self, sql: bytes) -> Stream:
        self._drop()
        cursor = SSCursor(self.connection)
        cursor.execute(sql)
        self._unread = _Rows(cursor)
        return self._unread

    def warnings(self) -> int:
        return int(self.connection._result.warning_count or 0)

    def information(self) -> str:
        said = self.connection._result.message
        return said.decode() if isinstance(said, bytes) else str(said)

    def descriptor(self) -> int:
        return int(self.connection._sock.fileno())


class _Rows(Stream):
    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def drop(self) -> None:
        """Read what is left, for nobody."""
        # What is wrong with those rows has been told, or nobody asks.
        with suppress(pymysql.MySQLError):
            self.is_cut = True
            self.is_cut = self._cursor.fetchone() is not None
            self._cursor.close()

    def fetch(self, rows: int) -> Sequence[RawRow]:
        found: Sequence[RawRow] = self._cursor.fetchmany(rows)
        return found

    @property
    def one(self) -> Callable[[], Sequence[RawRow]]:
        return self._alone

    def _alone(self) -> Sequence[RawRow]:
        found: RawRow | None = self._cursor.fetchone()
        return () if found is None else (found,)


DRIVER = PyMySQL
