"""Loads SQLite through one prepared insert."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ...columns import Kind
from ...errors import DataRefused
from ...plan import PlanColumn, TablePlan
from .. import base
from ..base import Form, Row

if TYPE_CHECKING:
    from .session import SQLiteSession

Conversion = Callable[[str], Any]


class Loader(base.Loader):
    """Loads into the open transaction, foreign keys unchecked."""

    form = Form.ROWS

    def __init__(self, session: SQLiteSession) -> None:
        self._session = session

    def load_rows(self, plan: TablePlan, batches: Iterable[list[Row]]) -> int:
        found = [(i, _conversion(c)) for i, c in enumerate(plan.written)]
        conversions = [(index, convert) for index, convert in found if convert]
        return self._insert(
            plan, (_converted(plan, batch, conversions) for batch in batches)
        )

    def load_objects(
        self, plan: TablePlan, batches: Iterable[list[tuple[Any, ...]]]
    ) -> int:
        return self._insert(plan, batches)

    def _insert(self, plan: TablePlan, batches: Iterable[list[tuple[Any, ...]]]) -> int:
        quote = self._session.quote
        names = ", ".join(quote(column.name) for column in plan.written)
        places = ", ".join("?" for _ in plan.written)
        sql = f"INSERT INTO {quote(plan.table)} ({names}) VALUES ({places})"  # noqa: S608
        rows = 0
        with self._session.errors():
            for batch in batches:
                try:
                    rows += self._session.connection.executemany(sql, batch).rowcount
                except OverflowError:
                    raise DataRefused(
                        f"Table '{plan.table}' holds a number beyond 64 bits signed.",
                        "Correct the row in the source.",
                    ) from None
        return rows

    def empty(self, table: str) -> None:
        self._session.execute(f"DELETE FROM {self._session.quote(table)}")  # noqa: S608


def _conversion(column: PlanColumn) -> Conversion | None:
    match column.kind:
        case Kind.INTEGER | Kind.BOOLEAN | Kind.DURATION:
            return int
        case Kind.FLOAT:
            return float
        case Kind.UUID if column.destination.length == 32:
            return _uuid
        case Kind.TIMESTAMP | Kind.TIME:
            return _moment
        case _:
            return None


def _uuid(value: str) -> str:
    return value.replace("-", "").lower()


def _moment(value: str) -> str:
    """Spell a fraction as Django does: six digits, or none where it is zero.

    Django compares these columns as text, so the spelling is part of the value.
    """
    whole, point, fraction = value.partition(".")
    if not point or not fraction.strip("0"):
        return whole
    return f"{whole}.{fraction:0<6}"


def _converted(
    plan: TablePlan, batch: list[Row], conversions: list[tuple[int, Conversion]]
) -> list[tuple[Any, ...]]:
    if not conversions:
        return batch
    rows = []
    for row in batch:
        values: list[Any] = list(row)
        for index, convert in conversions:
            value = values[index]
            if value is not None:
                try:
                    values[index] = convert(value)
                except ValueError:
                    raise _refused(plan, plan.written[index]) from None
        rows.append(tuple(values))
    return rows


def _refused(plan: TablePlan, column: PlanColumn) -> DataRefused:
    return DataRefused(
        f"Table '{plan.table}', column '{column.name}' holds something that is "
        f"no {column.kind.value}.",
        "Correct the row in the source.",
    )
