"""MySQL and MariaDB by mysqlclient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from MySQLdb import _mysql
from MySQLdb.connections import Connection

from .driver import Driver, RawRow, Stream

# Whatever converters the connection has for the project stay out of our results.
CONVERTERS: dict[int, Any] = {}


class MySQLClient(Driver):
    """A connection of mysqlclient."""

    kind = Connection
    # MySQL checks whether a literal is UTF-8, unless it says that it is bytes.
    parameters = {"binary_prefix": True}

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        # The rows of the last statement, for as long as they may be unread. Held,
        # and not referred to weakly: the garbage collector clears weak references
        # before it frees what they lead to, and in whatever thread it runs.
        self._unread: _Rows | None = None

    def _run(self, sql: bytes) -> None:
        """Run a statement, also where an error keeps a reader alive.

        A server takes none before all rows of the last one have been read.
        """
        if self._unread is not None:
            left, self._unread = self._unread, None
            left.drop()
        self.connection.query(sql)

    def literal(self, value: Any) -> bytes:
        literal: bytes = self.connection.literal(value)
        return literal

    def query(self, sql: bytes) -> tuple[Sequence[RawRow], list[int]]:
        self._run(sql)
        result = self._stored()
        if result is None:
            return [], []
        try:
            return result.fetch_row(0, 0), [column[1] for column in result.describe()]
        finally:
            # An error's frames would keep it; see _Rows.drop.
            del result

    def execute(self, sql: bytes) -> int:
        self._run(sql)
        self._stored()
        return int(self.connection.affected_rows())

    def _stored(self) -> Any:
        if not self.connection.field_count():
            return None
        return _mysql.result(self.connection, 0, CONVERTERS)

    def stream(self, sql: bytes) -> Stream:
        self._run(sql)
        self._unread = _Rows(_mysql.result(self.connection, 1, CONVERTERS))
        return self._unread

    def warnings(self) -> int:
        return int(self.connection.warning_count())

    def information(self) -> str:
        said = self.connection.info()
        return said.decode() if isinstance(said, bytes) else str(said)

    def descriptor(self) -> int:
        return int(self.connection.fileno())


class _Rows(Stream):
    def __init__(self, result: Any) -> None:
        self._result = result

    def drop(self) -> None:
        """Read what is left, for nobody, and free the result.

        Freed later, by a collection of garbage in another thread, it would hold the
        connection's lock for a moment, and whatever the session asks then is refused.
        """
        result, self._result = self._result, None
        # What is wrong with those rows has been told, or nobody asks.
        with suppress(_mysql.MySQLError):
            self.is_cut = True
            self.is_cut = bool(result.fetch_row(1, 0))
            result.discard()

    def fetch(self, rows: int) -> Sequence[RawRow]:
        if self._result is None:
            return ()
        found: Sequence[RawRow] = self._result.fetch_row(rows, 0)
        return found

    @property
    def one(self) -> Callable[[], Sequence[RawRow]]:
        # Not the result's own method, which would keep it.
        return partial(self.fetch, 1)


DRIVER = MySQLClient
