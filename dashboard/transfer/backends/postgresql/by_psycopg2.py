"""PostgreSQL by psycopg2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO, cast

import psycopg2
from psycopg2 import errorcodes, extensions
from psycopg2.extras import execute_values

from ...stream import Readable
from .driver import AS_TEXT, Driver
from .printed import keep_quiet

# Not what a project may have registered for every connection.
TEXT = extensions.new_type(AS_TEXT, "TEXT", extensions.UNICODE)


class Psycopg2(Driver):
    """A connection of psycopg2."""

    kind = extensions.connection
    error = psycopg2.Error

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        extensions.register_type(TEXT, connection)

    def cursor(self) -> Any:
        return self.connection.cursor(cursor_factory=extensions.cursor)

    def copy_out(self, sql: str, values: Sequence[Any], sink: BinaryIO) -> int:
        with self.cursor() as cursor:
            statement = cursor.mogrify(sql, tuple(values))
            try:
                cursor.copy_expert(statement, sink)
            except psycopg2.Error as error:
                if isinstance(error.__cause__ or error.__context__, BrokenPipeError):
                    raise BrokenPipeError from None
                raise
            return int(cursor.rowcount)

    def copy_in(self, sql: str, file: Readable, block: int) -> int:
        keep_quiet()
        with self.cursor() as cursor:
            # Not formatted by psycopg2, so a doubled % goes back. The stubs
            # ask for a readline, which COPY never calls.
            source = cast("BinaryIO", file)
            cursor.copy_expert(sql.replace("%%", "%"), source, block)
            return int(cursor.rowcount)

    def insert(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        with self.cursor() as cursor:
            execute_values(cursor, f"{sql} %s", rows, page_size=len(rows))

    @staticmethod
    def name_of(code: str) -> str:
        try:
            return str(errorcodes.lookup(code))
        except KeyError:
            return ""


DRIVER = Psycopg2
