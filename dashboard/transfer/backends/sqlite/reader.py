"""Reads SQLite as the text that its values stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ...batches import BatchSize
from ...columns import ColumnKind
from ...keys import KeyRange, row_comparison
from ...plan import PlanColumn, TablePlan
from ...rows import LoadFormat
from ..reading import BlockReader, RawRow

if TYPE_CHECKING:
    from .session import SQLiteSession

NUMBERS = {ColumnKind.FLOAT, ColumnKind.DECIMAL}

BATCH_ROWS = 2_000
LONG_BATCH_ROWS = 64

Conversion = Callable[[Any], bytes | None]


# Whole days, possibly negative, and a rest of seconds that never is.
DAY = 86_400_000_000
INTERVAL = (
    "(({name} - (({name} % {day}) + {day}) % {day}) / {day}) || ' days ' || "
    "printf('%d.%06d', ((({name} % {day}) + {day}) % {day}) / 1000000, "
    "((({name} % {day}) + {day}) % {day}) % 1000000) || ' seconds'"
)


class Reader(BlockReader):
    """Reads ranges of a table in the key's own collation."""

    selector = staticmethod(row_comparison)
    _session: SQLiteSession

    def raw(
        self, plan: TablePlan, key_range: KeyRange, load_format: LoadFormat
    ) -> Iterator[list[RawRow]]:
        source, values = self.selection(plan, key_range, "?")
        columns = ", ".join(self._expression(c, load_format) for c in plan.written)
        conversions = _conversions(plan, load_format)
        size = BatchSize(plan, BATCH_ROWS, LONG_BATCH_ROWS)
        with self._session.errors():
            cursor = self._session.connection.execute(
                f"SELECT {columns} {source}", values
            )
            while batch := cursor.fetchmany(size.rows):
                size.follow(batch)
                yield _converted(batch, conversions) if conversions else batch

    def _expression(self, column: PlanColumn, load_format: LoadFormat) -> str:
        name = self._session.quote(column.name)
        if column.numbers is not None:
            return self._session.renumbered(name, column.numbers)
        match column.kind:
            case ColumnKind.BINARY:
                return name
            case ColumnKind.FLOAT | ColumnKind.DECIMAL:
                # Octets are greater than any other value; typeof() would cost more.
                return f"iif({name} >= x'', '?', {name})"
            case ColumnKind.INTEGER | ColumnKind.BOOLEAN:
                # Octets that happen to be digits are no number.
                return f"iif({name} >= x'', '?', CAST({name} AS TEXT))"
            case ColumnKind.UUID:
                return (
                    f"iif(typeof({name}) = 'blob' AND length({name}) = 16, "
                    f"lower(hex({name})), CAST({name} AS TEXT))"
                )
            case ColumnKind.DURATION if load_format is LoadFormat.COPY:
                return INTERVAL.format(name=name, day=DAY)
            case _:
                return f"CAST({name} AS TEXT)"


def _conversions(plan: TablePlan, load_format: LoadFormat) -> dict[int, Conversion]:
    found: dict[int, Conversion] = {}
    for index, column in enumerate(plan.written):
        if column.kind in NUMBERS:
            found[index] = _number
        elif column.is_octets_there and load_format is LoadFormat.COPY:
            found[index] = _copy_hex
        elif column.is_octets_there and load_format is LoadFormat.CSV:
            found[index] = _csv_hex
        elif _is_uuid_in_bytea(column) and load_format is LoadFormat.COPY:
            found[index] = _copy_uuid
    return found


def _is_uuid_in_bytea(column: PlanColumn) -> bool:
    return column.kind is ColumnKind.UUID and column.destination.holds_octets


def _number(value: Any) -> bytes | None:
    """Spell a number in the fewest digits that are that double again.

    A text that stands where a number should is passed on for the destination to
    read or refuse.
    """
    if value is None or isinstance(value, bytes):
        return value
    return repr(value).encode()


def _copy_uuid(value: Any) -> bytes | None:
    return None if value is None else b"\\x" + _bytes(value).replace(b"-", b"")


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _copy_hex(value: Any) -> bytes | None:
    return None if value is None else b"\\x" + _bytes(value).hex().encode()


def _csv_hex(value: Any) -> bytes | None:
    return None if value is None else _bytes(value).hex().encode()


def _converted(batch: list[RawRow], conversions: dict[int, Conversion]) -> list[RawRow]:
    rows = []
    for row in batch:
        values = list(row)
        for index, convert in conversions.items():
            values[index] = convert(values[index])
        rows.append(tuple(values))
    return rows
