"""What the comparers of the three engines have in common: their statements.

An engine says how it spells a column, how it joins texts and hashes them,
and how it sends rows. See canonical.py for what is hashed.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..canonical import is_always_hashed, is_comma_ended
from ..checksums import Checksum, ComparedRow, HashedColumn, Layout, Selection
from ..keys import KeyRange, KeyValue
from ..plan import TablePlan
from ..rows import closed
from .base import Session
from .changed_rows import count_changed, count_rows, rows_as_read
from .comparer import Comparer
from .hashing import Row, RowMaker, Sums, batch_rows, gathered, raw_fields
from .projection import NAME, rows_as

# A statement's part and the values for its placeholders.
Part = tuple[str, list[KeyValue]]


class SQLComparer(Comparer):
    """Makes the statements of an engine that hashes in SQL."""

    # How a range of keys is selected.
    selector: Callable[..., Part]

    def __init__(self, session: Session) -> None:
        self._session = session

    # --- the engine's dialect ---------------------------------------------

    @abstractmethod
    def text(self, column: HashedColumn, zone: str) -> str:
        """Return the column in its canonical form; NULL only where the column is."""

    def spelled(self, column: HashedColumn, zone: str) -> str:
        """Return ``text``, of a renumbered column that of the other side's number."""
        if column.numbers is None:
            return self.text(column, zone)
        name = self._session.quote(column.name)
        return self._session.renumbered(name, column.numbers)

    def shown(self, column: HashedColumn, zone: str) -> str:
        """Return a column of the key as people are told of it."""
        return self.spelled(column, zone)

    @abstractmethod
    def raw(self, column: HashedColumn) -> str:
        """Return what is sent of a column that is hashed in Python."""

    @abstractmethod
    def join(self, texts: Sequence[str]) -> str:
        """Return the texts, one behind the other."""

    @abstractmethod
    def comma_ended(self, text: str) -> str:
        """Return the field of a text without commas."""

    @abstractmethod
    def prefixed(self, column: HashedColumn, text: str) -> str:
        """Return the field of a text that is to be in the row itself."""

    @abstractmethod
    def hashed(self, column: HashedColumn, text: str) -> str:
        """Return the field of a text that is in the row as its digest."""

    @abstractmethod
    def digest(self, text: str) -> str:
        """Return the SHA-256 of a text, in hexadecimal."""

    @abstractmethod
    def beginning(self, text: str, length: int) -> str:
        """Return the first characters."""

    def sums(self, row: str) -> str:
        """Return the columns that ``checksum`` understands."""
        raise NotImplementedError

    def checksum(self, columns: Sequence[Any]) -> Checksum:
        """Return what the columns of ``sums`` hold."""
        raise NotImplementedError

    @abstractmethod
    def stream(
        self, sql: str, values: Sequence[KeyValue], batch_rows: int
    ) -> Iterator[list[Row]]:
        """Yield the result, bytes for every text, a batch at a time.

        Closing the iterator early ends the statement.
        """

    # --- statements -------------------------------------------------------

    def field(self, column: HashedColumn, zone: str) -> str:
        """Return the column's field of the canonical row."""
        text = self.spelled(column, zone)
        if is_comma_ended(column.canonical_form):
            return self.comma_ended(text)
        if is_always_hashed(column.canonical_form):
            return self.hashed(column, text)
        return self.prefixed(column, text)

    def row(self, layout: Layout) -> str:
        """Return the canonical row of what the server hashes."""
        return self._joined(layout.server_hashed, layout.zone)

    def key_hash(self, layout: Layout) -> str:
        """Return the hash of what rows are found by."""
        return self.digest(self._joined(layout.found_by, layout.zone))

    def _joined(self, columns: Sequence[HashedColumn], zone: str) -> str:
        fields = [self.field(column, zone) for column in columns]
        # Nothing, where Python hashes all that there is.
        return self.join(fields) if fields else "''"

    def source(self, layout: Layout, selection: Selection) -> Part:
        """Return the FROM and WHERE of the selected rows."""
        where, values = self.condition(layout, selection)
        return f"FROM {self.rows_of(layout)} WHERE {where}", values

    def rows_of(self, layout: Layout) -> str:
        """Return what stands in FROM."""
        session, name = self._session, layout.table
        if layout.rows:
            return f"{layout.rows} {session.quote(NAME)}"
        if not layout.changed:
            table, rows = session.quote_table(name), session.rows_of(name)
            renamed = layout.source_columns
            return rows_as(session, table, rows, renamed, where=layout.where)[1]
        columns = (*layout.key, *layout.server_hashed, *layout.python_hashed)
        names = [column.name for column in columns]
        own = self.own_columns(layout)
        seen = layout.source_columns, layout.where
        return rows_as_read(session, name, names, layout.changed, own, *seen)

    def own_columns(self, layout: Layout) -> Sequence[str]:
        """Return what the engine itself has beside a row's columns and is asked for."""
        return ()

    def condition(self, layout: Layout, selection: Selection) -> Part:
        """Return what the selected rows fulfil."""
        quote, placeholder = self._session.quote, self._session.placeholder
        names = [quote(column.name) for column in layout.key]
        where, values = self.selector(
            names, [placeholder] * len(names), selection.key_range
        )
        if selection.prefixes:
            beginning = self.beginning(
                self.key_hash(layout), len(selection.prefixes[0])
            )
            placeholders = ", ".join([placeholder] * len(selection.prefixes))
            where = f"{where} AND {beginning} IN ({placeholders})"
            values = [*values, *selection.prefixes]
        return where, values

    def count(self, plan: TablePlan, side: int) -> int:
        if side:
            return self._session.catalog.count(plan.table)
        return count_rows(self._session, plan)

    def count_changed(self, plan: TablePlan, key_range: KeyRange) -> dict[str, int]:
        if not plan.changed:
            return {}
        names = [self._session.quote(name) for name in plan.key]
        condition = self.selector(
            names, [self._session.placeholder] * len(names), key_range
        )
        return count_changed(self._session, plan, condition)

    # --- checksums --------------------------------------------------------

    def checksums(
        self, layout: Layout, key_range: KeyRange, digits: int = 0
    ) -> dict[str, Checksum]:
        if layout.python_hashed:
            row = self.digest(self.row(layout))
            return self.sums_in_python(layout, key_range, digits, row)
        source, values = self.source(layout, Selection(key_range))
        sums = self.sums(self.row(layout))
        if not digits:
            rows = self._session.query(f"SELECT {sums} {source}", values)
            return {"": self.checksum(rows[0])}
        beginning = self.beginning(self.key_hash(layout), digits)
        sql = f"SELECT {beginning} AS b, {sums} {source} GROUP BY 1"
        found = self._session.query(sql, values)
        return {row[0]: self.checksum(row[1:]) for row in found}

    def sums_in_python(
        self, layout: Layout, key_range: KeyRange, digits: int, row: str
    ) -> dict[str, Checksum]:
        """Hash the text ``row`` and the raw columns of every row here."""
        columns = [
            self.beginning(self.key_hash(layout), digits) if digits else "NULL",
            row,
            *map(self.raw, layout.python_hashed),
        ]
        sums = Sums(raw_fields(layout), divided=bool(digits))
        limit = batch_rows(layout)
        for batch in gathered(self.unsorted(columns, layout, key_range), limit):
            sums.add(batch)
        return sums.result()

    # --- rows -------------------------------------------------------------

    def rows(self, layout: Layout, selection: Selection) -> Iterator[list[ComparedRow]]:
        zone = layout.zone
        columns = [
            self.sortable(self.key_hash(layout)),
            *[self.shown(column, zone) for column in layout.key],
            *[self.short(column, zone) for column in layout.server_hashed],
            *map(self.raw, layout.python_hashed),
        ]
        make_row = RowMaker(layout)
        with closed(self.sorted(columns, layout, selection)) as batches:
            for batch in batches:
                if batch:
                    yield [make_row(row) for row in batch]

    def unsorted(
        self, columns: Sequence[str], layout: Layout, key_range: KeyRange
    ) -> Iterator[list[Row]]:
        """Yield columns of the rows of a range, in any order."""
        source, values = self.source(layout, Selection(key_range))
        sql = f"SELECT {', '.join(columns)} {source}"
        return self.stream(sql, values, batch_rows(layout))

    def sorted(
        self, columns: Sequence[str], layout: Layout, selection: Selection
    ) -> Iterator[list[Row]]:
        """Yield columns of the selected rows, in the order of the first one."""
        source, values = self.source(layout, selection)
        sql = f"SELECT {', '.join(columns)} {source} ORDER BY 1"
        return self.stream(sql, values, batch_rows(layout))

    def sortable(self, text: str) -> str:
        """Return a hexadecimal text that sorts as its bytes do."""
        return text

    def short(self, column: HashedColumn, zone: str) -> str:
        """Return a short text that is equal where the column's values are."""
        if is_comma_ended(column.canonical_form):
            return self.spelled(column, zone)
        return self.digest(self.join([self.field(column, zone)]))
