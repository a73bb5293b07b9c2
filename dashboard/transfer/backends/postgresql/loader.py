"""Loads PostgreSQL through COPY."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ...columns import ColumnKind
from ...confirmed import check_confirmed
from ...octets import uuid_octets
from ...plan import PlanColumn, TablePlan
from ...rows import LoadFormat
from ...stream import TextStream
from .. import base
from ..faults import holds_nul, not_of_its_type

if TYPE_CHECKING:
    from .session import PostgreSQLSession

READ_BYTES = 1 << 18
FORMATS = {None: "", LoadFormat.CSV: " (FORMAT csv, NULL 'NULL')"}


class Loader(base.Loader):
    """Loads into the open transaction; the rows of a failed COPY vanish."""

    load_format = LoadFormat.COPY
    also_loads = (LoadFormat.CSV,)

    def __init__(self, session: PostgreSQLSession) -> None:
        self._session = session

    def load_text(self, plan: TablePlan, stream: TextStream) -> int:
        form = FORMATS[stream.load_format]
        sql = f"COPY {self._target(plan)} FROM STDIN{form}"
        with stream.reader() as file, self._session.errors():
            return self._session.driver.copy_in(sql, file, READ_BYTES)

    def load_objects(
        self, plan: TablePlan, batches: Iterable[list[tuple[Any, ...]]]
    ) -> int:
        # An identity column that is always generated takes values only so.
        sql = f"INSERT INTO {self._target(plan)} OVERRIDING SYSTEM VALUE VALUES"
        rows = 0
        with self._session.errors():
            for batch in batches:
                values = [_given(plan, row) for row in batch]
                self._session.driver.insert(sql, values)
                rows += len(batch)
        return rows

    def empty(self, table: str, confirmed: int) -> None:
        session, rows = self._session, self._session.rows_of(table)
        if any(key.to_table == table for key in session.catalog.foreign_keys()):
            # TRUNCATE refuses a table that is referred to, even from nowhere.
            deleted = session.execute(f"DELETE FROM {rows}")  # noqa: S608
            check_confirmed(table, deleted, confirmed)
            return
        # Nobody writes between the count and the deletion; others may read.
        session.execute(f"LOCK TABLE {rows} IN SHARE ROW EXCLUSIVE MODE")
        check_confirmed(table, session.catalog.count(table), confirmed)
        session.execute(f"TRUNCATE TABLE {rows}")

    def _target(self, plan: TablePlan) -> str:
        quote = self._session.quote
        names = ", ".join(quote(column.name) for column in plan.written)
        return f"{self._session.quote_table(plan.table)} ({names})"


def _given(plan: TablePlan, row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a row of texts as the columns take them; objects stay as they are."""
    return tuple(
        value if value is None else _value(plan, column, value)
        for column, value in zip(plan.written, row, strict=True)
    )


def _value(plan: TablePlan, column: PlanColumn, value: Any) -> Any:
    if isinstance(value, str) and column.is_octets_there:
        return value.encode()
    if isinstance(value, str) and "\0" in value:
        raise holds_nul(plan, column)
    match column.kind:
        case ColumnKind.DURATION if column.destination.name == "interval":
            return f"{value} microseconds"
        case ColumnKind.UUID if column.destination.holds_octets:
            try:
                return uuid_octets(value)
            except ValueError:
                raise not_of_its_type(plan, column) from None
        case _:
            return value
