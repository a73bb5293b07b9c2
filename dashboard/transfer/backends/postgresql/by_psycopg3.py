"""PostgreSQL by psycopg, the third."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, BinaryIO

import psycopg
from psycopg.rows import tuple_row
from psycopg.types.string import TextLoader

from ...stream import Readable
from .driver import AS_TEXT, Driver


class Psycopg3(Driver):
    """A connection of psycopg, with values bound by the client."""

    kind = psycopg.Connection
    error = psycopg.Error

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        # How Django sends values stays as it is.
        for number in AS_TEXT:
            connection.adapters.register_loader(number, TextLoader)

    def cursor(self) -> Any:
        return psycopg.ClientCursor(self.connection, row_factory=tuple_row)

    def copy_out(self, sql: str, values: Sequence[Any], sink: BinaryIO) -> int:
        with self.cursor() as cursor:
            with cursor.copy(_formatted(sql, values), tuple(values)) as output:
                for row in output:
                    sink.write(row)
            return int(cursor.rowcount)

    def copy_in(self, sql: str, file: Readable, block: int) -> int:
        with self.cursor() as cursor:
            with cursor.copy(_formatted(sql)) as sent:
                while data := file.read(block):
                    sent.write(data)
            return int(cursor.rowcount)

    def insert(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        row = f"({', '.join(['%s'] * len(rows[0]))})"
        values = [value for one in rows for value in one]
        with self.cursor() as cursor:
            cursor.execute(f"{sql} {', '.join([row] * len(rows))}", values)

    @staticmethod
    def name_of(code: str) -> str:
        try:
            name = psycopg.errors.lookup(code).__name__
        except KeyError:
            return ""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


def _formatted(sql: str, values: Sequence[Any] = ()) -> str:
    # A COPY without values is not formatted, so a doubled % goes back.
    return sql if values else sql.replace("%%", "%")


DRIVER = Psycopg3
