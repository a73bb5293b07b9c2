"""Loads SQLite by inserts of many rows each."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import TYPE_CHECKING, Any

from ...batches import is_large
from ...columns import ColumnKind
from ...confirmed import check_confirmed
from ...keys import KeyRange
from ...octets import uuid_digits, uuid_octets
from ...plan import PlanColumn, TablePlan
from ...rows import Counted, LargeText, LoadFormat, Row
from .. import base
from ..faults import digits_lost, no_text, not_of_its_type, too_large
from .attached import copy_attached
from .moments import check

if TYPE_CHECKING:
    from .session import SQLiteSession

# Converts a column's values of some rows.
Conversion = Callable[[list[Any]], list[Any]]

# A row of a statement of its own costs twice as much; more rows bring nothing.
INSERT_ROWS = 50

# What is declared so keeps a text as it is.
TEXTS = {"text", "varchar", "char"}


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
        return self.load_rows(plan, batches)

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
                is_by_itself = is_large(batch)
                values = list(chain.from_iterable(batch))
                # A large value is to be held here alone.
                batch.clear()
                for index, convert in conversions:
                    try:
                        values[index::width] = convert(values[index::width])
                    except ValueError:
                        raise not_of_its_type(plan, plan.written[index]) from None
                    except ArithmeticError:
                        raise digits_lost(plan, plan.written[index]) from None
                rows += (
                    self._insert_large(plan, values)
                    if is_by_itself
                    else self._insert(plan, values)
                )
                values.clear()
        return rows

    def _insert_large(self, plan: TablePlan, values: list[Any]) -> int:
        """Insert one row, of which a large text is given as its octets."""
        marks = ["?"] * len(values)
        for index, value in enumerate(values):
            if not isinstance(value, LargeText):
                continue
            if self._session.file.encoding == "UTF-8":
                marks[index] = "CAST(? AS TEXT)"
                values[index] = value.octets
            else:
                values[index] = str(value)
        quote = self._session.quote
        names = ", ".join(quote(column.name) for column in plan.written)
        sql = (
            f"INSERT OR FAIL INTO {self._session.quote_table(plan.table)} ({names}) "
            f"SELECT {', '.join(marks)} WHERE ?"
        )
        execute = self._session.connection.execute
        try:
            rows = execute(sql, [*values, 1]).rowcount
        except OverflowError:
            raise too_large(plan, _overflowing(plan, values)) from None
        # The statement stays in the driver's cache, with what is bound to it.
        execute(sql, [None] * len(values) + [0])
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
                raise too_large(plan, _overflowing(plan, group)) from None
            except UnicodeEncodeError:
                raise no_text(plan) from None
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

    def empty(self, table: str, confirmed: int) -> None:
        quoted = self._session.quote_table(table)
        rows = self._session.execute(f"DELETE FROM {quoted}")  # noqa: S608
        check_confirmed(table, rows, confirmed)


def _conversion(column: PlanColumn) -> Conversion | None:
    match column.kind:
        case ColumnKind.INTEGER | ColumnKind.BOOLEAN | ColumnKind.DURATION:
            return _each(int)
        case ColumnKind.DECIMAL if column.destination.name not in TEXTS:
            return _each(kept_decimal)
        case ColumnKind.FLOAT:
            return _each(float)
        case ColumnKind.UUID if column.destination.holds_octets:
            return _each(uuid_octets)
        case ColumnKind.UUID if column.destination.length == 32:
            return _each(uuid_digits)
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


SURE_DIGITS = 15


def kept_decimal(value: str) -> str:
    """Return the text of a decimal, if SQLite keeps all of its digits.

    Raises InvalidOperation, which is an ArithmeticError, where it would not, and
    ValueError for what is no number.
    """
    if len(value) <= SURE_DIGITS and value.isdigit():
        return value
    if value.casefold().strip("+-") in ("inf", "infinity", "nan"):
        raise ValueError
    number = float(value)
    digits = len(value) - value.startswith("-") - ("." in value)
    if digits <= SURE_DIGITS or _is_kept(value, number):
        return value
    raise InvalidOperation


def _is_kept(value: str, number: float) -> bool:
    exact = Decimal(value)
    if exact == exact.to_integral_value() and -(1 << 63) <= exact < 1 << 63:
        return True
    return math.isfinite(number) and Decimal(repr(number)) == exact


def _overflowing(plan: TablePlan, values: list[Any]) -> PlanColumn:
    width = len(plan.written)
    return next(
        plan.written[index % width]
        for index, value in enumerate(values)
        if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63
    )


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
