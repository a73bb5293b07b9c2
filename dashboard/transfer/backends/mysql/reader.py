"""Reads MySQL as the bytes that the server sends."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from MySQLdb import _mysql

from ...batches import BatchSize
from ...columns import Kind
from ...keys import Key, KeyRange, KeyValue, spelled_out
from ...lines import copy_lines, csv_lines, decoded, joined
from ...plan import PlanColumn, TablePlan
from ...stream import BlockStream, TextStream
from .. import base
from ..base import Form

if TYPE_CHECKING:
    from .session import MySQLSession

BATCH_ROWS = 5_000
LONG_BATCH_ROWS = 64

Raw = tuple[bytes | None, ...]

# MariaDB takes whatever stands beside such a value for one of its type, and for
# NULL where it is none (manual, "UUID Data Type" and "INET6").
OWN_LITERALS = {"uuid", "inet4", "inet6"}

LINES = {Form.COPY: copy_lines, Form.CSV: csv_lines}
HEX_PREFIX = {Form.COPY: b"\\x", Form.CSV: b""}


class Reader(base.Reader):
    """Reads ranges of a table in the key's own collation."""

    def __init__(self, session: MySQLSession) -> None:
        self._session = session

    def upper_bound(self, plan: TablePlan, lower: Key | None, rows: int) -> Key | None:
        sql, values = self.selection(plan, KeyRange(lower), "%s")
        keys = ", ".join(
            self._key_text(plan, column.name) for column in plan.key_columns
        )
        found = self._session.query(
            f"SELECT {keys} {sql} LIMIT 1 OFFSET %s", (*values, rows - 1)
        )
        return tuple(found[0]) if found else None

    def _key_text(self, plan: TablePlan, name: str) -> str:
        column = next(c for c in plan.key_columns if c.name == name)
        quoted = self._session.quote(name)
        return quoted if column.kind is Kind.INTEGER else f"CAST({quoted} AS CHAR)"

    def selection(
        self, plan: TablePlan, chosen: KeyRange, place: str
    ) -> tuple[str, list[KeyValue]]:
        quote = self._session.quote
        names = [quote(name) for name in plan.key]
        where, values = spelled_out(names, [place] * len(names), chosen)
        return (
            f"FROM {quote(plan.table)} WHERE {where} ORDER BY {', '.join(names)}",
            values,
        )

    def text(self, plan: TablePlan, chosen: KeyRange, form: Form) -> TextStream:
        return BlockStream(self._blocks(plan, chosen, form))

    def _blocks(
        self, plan: TablePlan, chosen: KeyRange, form: Form
    ) -> Iterator[tuple[bytes, int]]:
        lines = LINES[form]
        width = len(plan.written)
        for batch in self._raw(plan, chosen, form):
            yield lines(joined(batch, width, checked=True)), len(batch)

    def rows(self, plan: TablePlan, chosen: KeyRange) -> Iterator[list[base.Row]]:
        binary = {i for i, c in enumerate(plan.written) if c.kind is Kind.BINARY}
        for batch in self._raw(plan, chosen, Form.ROWS):
            yield decoded(batch, binary)

    def _raw(
        self, plan: TablePlan, chosen: KeyRange, form: Form
    ) -> Iterator[list[Raw]]:
        source, values = self.selection(plan, chosen, "%s")
        if form is Form.ROWS:
            columns = ", ".join(self._expression(c, form) for c in plan.written)
            binary: list[int] = []
        else:
            columns, binary = self._groups(plan, form)
        sql = self._session.format(f"SELECT {columns} {source}", values)
        size = BatchSize(plan, BATCH_ROWS, LONG_BATCH_ROWS)
        for batch in self._fetch(sql, size):
            if binary:
                yield [_with_hex(row, binary, HEX_PREFIX[form]) for row in batch]
            else:
                yield batch

    def _groups(self, plan: TablePlan, form: Form) -> tuple[str, list[int]]:
        """Return what to select for text, and which of it is binary.

        Neighbours that are short are set apart by the server, in the way of
        a block of lines, and arrive as one value: a value costs the client
        more than the server. Their lengths are bounded by InnoDB's row, so
        that the result never reaches max_allowed_packet, where it would be
        NULL.
        """
        selected: list[str] = []
        binary: list[int] = []
        for short, group in groupby(plan.written, _is_short):
            if short:
                parts = ", ".join(self._part(column, form) for column in group)
                selected.append(f"CONCAT_WS(X'FE', {parts})")
                continue
            for column in group:
                if column.kind is Kind.BINARY:
                    binary.append(len(selected))
                selected.append(self._expression(column, form))
        return ", ".join(selected), binary

    def _part(self, column: PlanColumn, form: Form) -> str:
        text = self._expression(column, form)
        collation = column.source.collation
        if collation and not collation.startswith(("utf8", "ascii")):
            text = f"CONVERT({text} USING utf8mb4)"
        if column.source.name in OWN_LITERALS:
            text = f"CAST({text} AS CHAR)"
        if collation or column.source.name in OWN_LITERALS:
            # Otherwise the server would make UTF-8 of the separators.
            text = f"CONVERT({text} USING binary)"
        return f"IFNULL({text}, X'FF')" if column.nullable else text

    def _fetch(self, sql: bytes, size: BatchSize) -> Iterator[list[Raw]]:
        connection = self._session.connection
        with self._session.errors():
            connection.query(sql)
            result: Any = _mysql.result(connection, 1, {})
            while batch := result.fetch_row(size.rows, 0):
                size.follow(batch)
                yield batch

    def _expression(self, column: PlanColumn, form: Form) -> str:
        name = self._session.quote(column.name)
        match column.kind:
            case Kind.FLOAT if column.source.name == "float":
                # FLOAT prints six digits; the arithmetic makes it a double,
                # also on a MySQL that has no CAST(… AS DOUBLE). A sum would
                # turn -0.0 into 0.0.
                return f"({name} * 1e0)"
            case Kind.BOOLEAN if column.source.name == "bit":
                return f"({name} + 0)"
            case Kind.DURATION if form is Form.COPY:
                return _interval(name)
            case Kind.TEXT if column.source.name == "enum":
                return f"CAST({name} AS CHAR)"
            case _:
                return name


SHORT = {
    Kind.INTEGER,
    Kind.BOOLEAN,
    Kind.DECIMAL,
    Kind.UUID,
    Kind.TIMESTAMP,
    Kind.DATE,
    Kind.TIME,
    Kind.DURATION,
    Kind.ADDRESS,
}
# Characters of a text that still counts as short.
SHORT_LENGTH = 1_000


def _is_short(column: PlanColumn) -> bool:
    if column.kind is Kind.TEXT:
        length = column.source.length
        return column.source.name in ("char", "varchar") and (
            length is not None and length <= SHORT_LENGTH
        )
    return column.kind in SHORT


def _interval(name: str) -> str:
    # As Python's timedelta has it: whole days, possibly negative, and a rest
    # of seconds that never is. In integers: a division here is a rounded
    # decimal.
    day = 86_400_000_000
    rest = f"((({name} %% {day}) + {day}) %% {day})"
    return (
        f"CONCAT(({name} - {rest}) DIV {day}, ' days ', {rest} DIV 1000000, '.', "
        f"LPAD({rest} %% 1000000, 6, '0'), ' seconds')"
    )


def _with_hex(row: Raw, binary: list[int], prefix: bytes) -> Raw:
    values = list(row)
    for index in binary:
        value = values[index]
        if value is not None:
            values[index] = prefix + value.hex().encode()
    return tuple(values)
