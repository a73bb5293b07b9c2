"""Loads SQLite by inserts of many rows each."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from ...columns import ColumnKind
from ...errors import DataRefused
from ...keys import KeyRange
from ...plan import PlanColumn, TablePlan
from ...rows import Counted, LoadFormat, Row
from .. import base
from .attached import copy_attached
from .moments import check

if TYPE_CHECKING:
    from .session import SQLiteSession

# Converts a column's values of some rows.
Conversion = Callable[[list[Any]], list[Any]]

# A row of a statement of its own costs twice as much; more rows bring nothing.
INSERT_ROWS = 50
LARGEST = (1 << 63) - 1


class Loader(base.Loader):
    """Loads into the open transaction, foreign keys unchecked."""

    load_format = LoadFormat.ROWS

    def __init__(self, session: SQLiteSession) -> None:
        self._session = session

    def load_rows(self, plan: TablePlan, batches: Iterable[list[Row]]) -> int:
        found = [(i, _conversion(c)) for i, c in enumerate(plan.written)]
        conversions = [(index, convert) for index, convert in found if convert]
        return self._load(plan, batches, conversions)

    def load_objects(
        self, plan: TablePlan, batches: Iterable[list[tuple[Any, ...]]]
    ) -> int:
        return self._load(plan, batches, ())

    def _load(
        self,
        plan: TablePlan,
        batches: Iterable[list[tuple[Any, ...]]],
        conversions: Sequence[tuple[int, Conversion]],
    ) -> int:
        width = len(plan.written)
        rows = 0
        with self._session.errors():
            for batch in batches:
                values = list(chain.from_iterable(batch))
                for index, convert in conversions:
                    try:
                        values[index::width] = convert(values[index::width])
                    except ValueError:
                        raise _refused(plan, plan.written[index]) from None
                rows += self._insert(plan, values)
        return rows

    def _insert(self, plan: TablePlan, values: list[Any]) -> int:
        """Insert rows whose values lie one behind the other."""
        connection, width = self._session.connection, len(plan.written)
        most = connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER) // width
        step = max(min(most, INSERT_ROWS), 1) * width
        rows = 0
        for start in range(0, len(values), step):
            group = values[start : start + step]
            try:
                sql = self._insertion(plan, len(group) // width)
                rows += connection.execute(sql, group).rowcount
            except OverflowError:
                raise _too_large(plan, group) from None
        return rows

    def _insertion(self, plan: TablePlan, rows: int) -> str:
        quote = self._session.quote
        names = ", ".join(quote(column.name) for column in plan.written)
        row = f"({', '.join('?' * len(plan.written))})"
        # With ABORT, the default, a statement of many rows keeps a journal of
        # its own; here the whole transaction is rolled back anyway.
        return (
            f"INSERT OR FAIL INTO {self._session.quote_table(plan.table)} ({names}) "  # noqa: S608
            f"VALUES {', '.join([row] * rows)}"
        )

    def load_from(
        self, source: base.Session, plan: TablePlan, key_range: KeyRange
    ) -> Counted | None:
        return copy_attached(source, self._session, plan, key_range)

    def empty(self, table: str) -> None:
        self._session.execute(f"DELETE FROM {self._session.quote_table(table)}")  # noqa: S608


def _conversion(column: PlanColumn) -> Conversion | None:
    match column.kind:
        case ColumnKind.INTEGER | ColumnKind.BOOLEAN | ColumnKind.DURATION:
            return _each(int)
        case ColumnKind.FLOAT:
            return _each(float)
        case ColumnKind.UUID if column.destination.name == "blob":
            return _each(_octets)
        case ColumnKind.UUID if column.destination.length == 32:
            return _each(_uuid)
        case ColumnKind.TIMESTAMP:
            return _moments("moment", 19)
        case ColumnKind.TIME:
            return _moments("clock", 8)
        case ColumnKind.DATE:
            return _days
        case _:
            return None


def _each(convert: Callable[[str], Any]) -> Conversion:
    return lambda values: [None if v is None else convert(v) for v in values]


def _uuid(value: str) -> str:
    return value.replace("-", "").lower()


def _octets(value: str) -> bytes:
    return bytes.fromhex(value.replace("-", ""))


def _days(values: list[str | None]) -> list[str | None]:
    check("day", [value for value in values if value is not None])
    return values


def _moments(name: str, whole: int) -> Conversion:
    """Spell fractions as Django does: six digits, or none where it is zero.

    Django compares these columns as text, so the spelling is part of the value.
    ``whole`` is the length of a moment without a fraction, ``name`` what it is.
    """
    zero, length = ".000000", whole + 7

    def convert(values: list[str | None]) -> list[str | None]:
        check(name, [value for value in values if value is not None])
        return [
            value
            if value is None
            or (len(value) == length and value[whole:] != zero)
            or len(value) == whole
            else _moment(value)
            for value in values
        ]

    return convert


def _moment(value: str) -> str:
    whole, point, fraction = value.partition(".")
    if not point or not fraction.strip("0"):
        return whole
    return f"{whole}.{fraction:0<6}"


def _too_large(plan: TablePlan, values: list[Any]) -> DataRefused:
    wide = (
        plan.written[place % len(plan.written)].name
        for place, value in enumerate(values)
        if isinstance(value, int) and not -LARGEST - 1 <= value <= LARGEST
    )
    return DataRefused(
        _(
            "Column '%(column)s' of table '%(table)s' holds a number that does not fit "
            "into SQLite's 64 bits."
        )
        % {"table": plan.table, "column": next(wide, "")},
        _("Correct the row in the source, then retry."),
    )


def _refused(plan: TablePlan, column: PlanColumn) -> DataRefused:
    return DataRefused(
        _(
            "Column '%(column)s' of table '%(table)s' holds a value that is not of "
            "its type, %(kind)s."
        )
        % {"table": plan.table, "column": column.name, "kind": column.kind.value},
        _("Correct the row in the source, then retry."),
    )
