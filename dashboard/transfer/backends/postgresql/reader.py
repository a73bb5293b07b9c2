"""Reads PostgreSQL: COPY out as text, a server-side cursor for tuples."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, BinaryIO

import psycopg2

from ...batches import BatchSize
from ...columns import Kind
from ...keys import Key, KeyRange, KeyValue, row_comparison
from ...plan import PlanColumn, TablePlan
from ...stream import TextStream
from .. import base
from ..base import Form

if TYPE_CHECKING:
    from .session import PostgreSQLSession

BATCH_ROWS = 2_000
LONG_BATCH_ROWS = 1_000

FORMATS = {
    Form.COPY: "",
    # FORCE_QUOTE keeps the empty string apart from NULL.
    Form.CSV: " (FORMAT csv, FORCE_QUOTE *, NULL 'NULL')",
}


class Reader(base.Reader):
    """Reads ranges of a table in the primary key's own order."""

    def __init__(self, session: PostgreSQLSession) -> None:
        self._session = session

    def upper_bound(self, plan: TablePlan, lower: Key | None, rows: int) -> Key | None:
        sql, values = self.selection(plan, KeyRange(lower), "%s")
        keys = ", ".join(_key_text(self._session, c) for c in plan.key_columns)
        found = self._session.query(
            f"SELECT {keys} {sql} LIMIT 1 OFFSET %s", (*values, rows - 1)
        )
        return tuple(found[0]) if found else None

    def selection(
        self, plan: TablePlan, chosen: KeyRange, place: str
    ) -> tuple[str, list[KeyValue]]:
        quote = self._session.quote
        table = quote(plan.table)
        # With the table: "id" alone would be the output's "id"::text, and the
        # rows would be sorted by that text instead of read along the index.
        names = [f"{table}.{quote(name)}" for name in plan.key]
        where, values = row_comparison(names, [place] * len(names), chosen)
        return f"FROM {table} WHERE {where} ORDER BY {', '.join(names)}", values

    def text(self, plan: TablePlan, chosen: KeyRange, form: Form) -> TextStream:
        select, values = self._select(plan, chosen, form)
        sql = f"COPY ({select}) TO STDOUT{FORMATS[form]}"
        return CopyOut(self._session, sql, values)

    def rows(self, plan: TablePlan, chosen: KeyRange) -> Iterator[list[base.Row]]:
        sql, values = self._select(plan, chosen, Form.ROWS)
        binary = [i for i, c in enumerate(plan.written) if c.kind is Kind.BINARY]
        session = self._session
        # Declared by hand: psycopg2 has named cursors only outside of
        # autocommit, where it would begin transactions by itself.
        with (
            session.transaction(),
            session.errors(),
            session.connection.cursor() as cursor,
        ):
            declare = f"DECLARE migration_console_rows NO SCROLL CURSOR FOR {sql}"
            cursor.execute(declare, tuple(values))
            size = BatchSize(plan, BATCH_ROWS, LONG_BATCH_ROWS)
            for batch in _fetched(cursor, size):
                yield _with_bytes(batch, binary) if binary else batch

    def _select(
        self, plan: TablePlan, chosen: KeyRange, form: Form
    ) -> tuple[str, list[KeyValue]]:
        source, values = self.selection(plan, chosen, "%s")
        texts = ", ".join(self._text(plan, c, form) for c in plan.written)
        return f"SELECT {texts} {source}", values

    def _text(self, plan: TablePlan, column: PlanColumn, form: Form) -> str:
        name = self._session.quote(column.name)
        if form is Form.COPY:
            # To PostgreSQL: its own output is its own input.
            return name
        return _foreign_text(plan, column, name, form)


def _foreign_text(plan: TablePlan, column: PlanColumn, name: str, form: Form) -> str:
    """Return the text of a column for another engine, by its kind."""
    match column.kind:
        case Kind.BOOLEAN:
            return f"{name}::int::text"
        case Kind.BINARY:
            return name if form is Form.ROWS else f"encode({name}, 'hex')"
        case Kind.TIMESTAMP if column.source.name == "timestamptz":
            zone = plan.zone.replace("'", "''")
            return f"({name} AT TIME ZONE '{zone}')::text"
        case Kind.DURATION if column.source.name == "interval":
            return f"(extract(epoch FROM {name}) * 1000000)::bigint::text"
        case Kind.FLOAT if column.source.name == "float4":
            # The shortest text of a float4 is not that of the same double.
            return f"{name}::float8::text"
        case Kind.ADDRESS if column.source.name == "inet":
            # The cast to text would add /32, which the output does not.
            return f"CASE WHEN masklen({name}) = CASE family({name}) WHEN 4 THEN 32 ELSE 128 END THEN host({name}) ELSE {name}::text END"  # noqa: E501
        case _:
            return f"{name}::text"


def _key_text(session: PostgreSQLSession, column: PlanColumn) -> str:
    name = session.quote(column.name)
    return name if column.kind is Kind.INTEGER else f"{name}::text"


def _fetched(cursor: Any, size: BatchSize) -> Iterator[list[Any]]:
    """Yield batches; the server makes the next one while one is being used."""
    # The thread waits in libpq, without the interpreter's lock.
    with ThreadPoolExecutor(1, "migration-console-fetch") as ahead:

        def fetch() -> Future[None]:
            sql = f"FETCH {size.rows} FROM migration_console_rows"
            return ahead.submit(cursor.execute, sql)

        fetching = fetch()
        while True:
            fetching.result()
            batch = cursor.fetchall()
            if not batch:
                return
            size.follow(batch)
            fetching = fetch()
            yield batch


def _with_bytes(
    batch: list[tuple[str | memoryview | None, ...]], binary: list[int]
) -> list[base.Row]:
    rows: list[base.Row] = []
    for row in batch:
        values: list[Any] = list(row)
        for index in binary:
            value = values[index]
            values[index] = None if value is None else bytes(value)
        rows.append(tuple(values))
    return rows


class CopyOut(TextStream):
    """The output of one COPY; psycopg2 pushes it row by row into the sink."""

    def __init__(
        self, session: PostgreSQLSession, sql: str, values: list[KeyValue]
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
