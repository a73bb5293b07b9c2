"""Reads SQLite as the text that its values stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ...batches import BatchSize
from ...columns import Kind
from ...keys import Key, KeyRange, KeyValue, row_comparison
from ...lines import copy_lines, csv_lines, decoded, joined
from ...plan import PlanColumn, TablePlan
from ...stream import BlockStream, TextStream
from .. import base
from ..base import Form

if TYPE_CHECKING:
    from .session import SQLiteSession

BATCH_ROWS = 2_000
LONG_BATCH_ROWS = 64

Raw = tuple[Any, ...]
Conversion = Callable[[Any], bytes | None]

LINES = {Form.COPY: copy_lines, Form.CSV: csv_lines}

# Whole days, possibly negative, and a rest of seconds that never is.
DAY = 86_400_000_000
INTERVAL = (
    "(({name} - (({name} % {day}) + {day}) % {day}) / {day}) || ' days ' || "
    "printf('%d.%06d', ((({name} % {day}) + {day}) % {day}) / 1000000, "
    "((({name} % {day}) + {day}) % {day}) % 1000000) || ' seconds'"
)


class Reader(base.Reader):
    """Reads ranges of a table in the key's own collation."""

    def __init__(self, session: SQLiteSession) -> None:
        self._session = session

    def upper_bound(self, plan: TablePlan, lower: Key | None, rows: int) -> Key | None:
        sql, values = self.selection(plan, KeyRange(lower), "?")
        keys = ", ".join(self._session.quote(name) for name in plan.key)
        found = self._session.query(
            f"SELECT {keys} {sql} LIMIT 1 OFFSET ?", (*values, rows - 1)
        )
        return tuple(found[0]) if found else None

    def selection(
        self, plan: TablePlan, chosen: KeyRange, place: str
    ) -> tuple[str, list[KeyValue]]:
        return self.selection_of("", plan, chosen, place)

    def selection_of(
        self, schema: str, plan: TablePlan, chosen: KeyRange, place: str = "?"
    ) -> tuple[str, list[KeyValue]]:
        """Return ``selection`` in a schema, given with its dot, or in none."""
        quote = self._session.quote
        names = [quote(name) for name in plan.key]
        where, values = row_comparison(names, [place] * len(names), chosen)
        return (
            f"FROM {schema}{quote(plan.table)} WHERE {where} "
            f"ORDER BY {', '.join(names)}",
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
            yield lines(joined(batch, width)), len(batch)

    def rows(self, plan: TablePlan, chosen: KeyRange) -> Iterator[list[base.Row]]:
        binary = {i for i, c in enumerate(plan.written) if c.kind is Kind.BINARY}
        for batch in self._raw(plan, chosen, Form.ROWS):
            yield decoded(batch, binary)

    def _raw(
        self, plan: TablePlan, chosen: KeyRange, form: Form
    ) -> Iterator[list[Raw]]:
        source, values = self.selection(plan, chosen, "?")
        columns = ", ".join(self._expression(c, form) for c in plan.written)
        conversions = _conversions(plan, form)
        size = BatchSize(plan, BATCH_ROWS, LONG_BATCH_ROWS)
        with self._session.errors():
            cursor = self._session.connection.execute(
                f"SELECT {columns} {source}", values
            )
            while batch := cursor.fetchmany(size.rows):
                size.follow(batch)
                yield _converted(batch, conversions) if conversions else batch

    def _expression(self, column: PlanColumn, form: Form) -> str:
        name = self._session.quote(column.name)
        match column.kind:
            case Kind.FLOAT | Kind.DECIMAL | Kind.BINARY:
                return name
            case Kind.DURATION if form is Form.COPY:
                return INTERVAL.format(name=name, day=DAY)
            case _:
                return f"CAST({name} AS TEXT)"


def _conversions(plan: TablePlan, form: Form) -> dict[int, Conversion]:
    found: dict[int, Conversion] = {}
    for index, column in enumerate(plan.written):
        match column.kind:
            case Kind.FLOAT:
                found[index] = _float
            case Kind.DECIMAL:
                found[index] = _decimal
            case Kind.BINARY if form is Form.COPY:
                found[index] = _copy_hex
            case Kind.BINARY if form is Form.CSV:
                found[index] = _csv_hex
    return found


def _float(value: Any) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    return repr(value).encode()


def _decimal(value: Any) -> bytes | None:
    if isinstance(value, float):
        # A decimal that SQLite keeps as a double has 15 digits that mean
        # something, which is also what Django reads.
        return format(Decimal(f"{value:.15g}"), "f").encode()
    return _float(value)


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _copy_hex(value: Any) -> bytes | None:
    return None if value is None else b"\\x" + _bytes(value).hex().encode()


def _csv_hex(value: Any) -> bytes | None:
    return None if value is None else _bytes(value).hex().encode()


def _converted(batch: list[Raw], conversions: dict[int, Conversion]) -> list[Raw]:
    rows = []
    for row in batch:
        values = list(row)
        for index, convert in conversions.items():
            values[index] = convert(values[index])
        rows.append(tuple(values))
    return rows
