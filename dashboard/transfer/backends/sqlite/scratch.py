"""Rows that are in no database, compared as SQLite compares its own.

They go into a table in memory, some thousands at a time. What is asked of them is
spelled, hashed and sorted by the comparer of a file; so a comparison knows no
difference, and its memory stays flat.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ... import canonical
from ...checksums import HashedColumn, Layout, Selection
from ...columns import ColumnKind, ColumnType
from ...keys import EVERYTHING, KeyRange
from ...plan import PlanColumn, TablePlan
from ...rows import Row
from .comparer import BY_KIND, Comparer
from .pages import Part

if TYPE_CHECKING:
    from .session import SQLiteSession

ROWS = "mc_given"
GATHERED_ROWS = 5_000
GATHERED_OCTETS = 8 << 20

MOMENTS = {canonical.INSTANT, canonical.LOCAL, canonical.DATE, canonical.TIME}

Batches = Callable[[KeyRange], Iterator[list[Row]]]


class ScratchComparer(Comparer):
    """Compares what ``batches`` gives of a range, in the texts of ``LoadFormat.ROWS``.

    In a session of its own, in memory, which is closed with it.

    ``vendor`` is that of the engine whose own texts there are among them.
    """

    def __init__(
        self, session: SQLiteSession, batches: Batches, plan: TablePlan, vendor: str
    ) -> None:
        super().__init__(session)
        self._batches = batches
        self._vendor = vendor
        names = ", ".join(session.quote(column.name) for column in plan.written)
        # Without types: every value stays as it is.
        session.execute(f"CREATE TABLE {ROWS} ({names})")
        marks = ", ".join("?" * len(plan.written))
        self._insertion = f"INSERT INTO {ROWS} VALUES ({marks})"  # noqa: S608

    def close(self) -> None:
        """Forget everything."""
        self._session.close()

    def canonical_forms(
        self, column: PlanColumn, column_type: ColumnType, zone: str
    ) -> list[str]:
        if column.kind is ColumnKind.OTHER:
            return [f"{canonical.OTHER}{self._vendor}"]
        if column.kind is ColumnKind.TIMESTAMP:
            is_instant = column.destination.instant
            return [canonical.INSTANT if is_instant else canonical.LOCAL]
        return BY_KIND[column.kind]

    def text(self, column: HashedColumn, zone: str) -> str:
        if column.canonical_form.startswith(canonical.OTHER):
            return self._session.quote(column.name)
        if column.canonical_form in MOMENTS:
            # It has the digits that go to the destination, an instant's those of UTC;
            # what is no moment for Python, infinity or a year B.C., as it is.
            name = self._session.quote(column.name)
            cut = f"rtrim(rtrim({name}, '0'), '.')"
            return f"CASE WHEN instr({name}, '.') THEN {cut} ELSE {name} END"
        return super().text(column, zone)

    def rows_of(self, layout: Layout) -> str:
        return ROWS

    def _parts(self, layout: Layout, selection: Selection) -> Iterator[Part]:
        session = self._session
        session.was_ended = False
        source, values = self.source(layout, Selection(EVERYTHING, selection.prefixes))
        execute = session.connection.execute
        for rows in _gathered(self._batches(selection.key_range)):
            if session.was_ended:
                raise session.translate(sqlite3.OperationalError("interrupted"))
            with session.errors():
                execute(f"DELETE FROM {ROWS}")  # noqa: S608
                session.connection.executemany(self._insertion, rows)
            yield source, values

    def end(self) -> None:
        """End what another thread compares."""
        with suppress(sqlite3.Error):
            self._session.end_statement()


def _gathered(batches: Iterator[list[Row]]) -> Iterator[list[Row]]:
    found: list[Row] = []
    octets = 0
    for batch in batches:
        found += batch
        octets += sum(_octets(row) for row in batch)
        if len(found) >= GATHERED_ROWS or octets >= GATHERED_OCTETS:
            yield found
            found, octets = [], 0
    if found:
        yield found


def _octets(row: Sequence[Any]) -> int:
    return sum(map(len, filter(None, row)))
