"""Which rows of a refused range it is: halved until each one is alone.

Inside a transaction that is rolled back, so that nothing comes of the search; each
half is loaded at a savepoint. Only for tables whose keys can be cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from .backends.base import Session
from .backends.faults import without_place
from .columns import ColumnKind
from .errors import DataRefused, TransferError
from .keys import Key, KeyRange
from .locating import Move, named, probed
from .plan import PlanColumn, TablePlan
from .rows import LargeText, Value, closed

# Rows of one range whose column is looked for where the server does not say it: that
# takes a statement for every column.
PROBED = 25
# Of a value that is kept, in characters or octets.
MOST_KEPT = 2_000

Load = Callable[[KeyRange], object]


@dataclass(frozen=True)
class BadRow:
    """A row that the destination does not take, and why.

    ``key_range`` holds this row alone. ``values`` are those that can be shown, by
    their columns; they go into no message.
    """

    key_range: KeyRange
    error: TransferError
    column: str = ""
    values: tuple[tuple[str, str | None], ...] = ()

    @property
    def key(self) -> Key:
        """The row's key."""
        assert self.key_range.upper is not None  # as the search makes it
        return self.key_range.upper


class RowsRefused(DataRefused):
    """Rows that the destination does not take, each found by itself.

    Says what the first of them is refused for. There may be more than were found.
    """

    is_located = True

    def __init__(self, rows: Sequence[BadRow]) -> None:
        first = rows[0].error
        super().__init__(first.message, first.remedy, code=first.code)
        self.rows = tuple(rows)


class _Undone(Exception):
    """Raised so that a transaction is rolled back."""


class Search:
    """Looks for the rows of a range that ``load`` is refused for."""

    def __init__(
        self, source: Session, destination: Session, plan: TablePlan, load: Load
    ) -> None:
        self._source = source
        self._destination = destination
        self._plan = plan
        self._load = load
        self._found: list[BadRow] = []

    def bad_rows(
        self, parts: Sequence[KeyRange], most: int, move: Callable[[KeyRange], Move]
    ) -> list[BadRow]:
        """Return the first ``most`` rows that are refused; none where all are taken.

        ``move`` is what ``located`` takes, for a range. Raises TransferError for
        whatever else goes wrong.
        """
        try:
            with self._destination.transaction():
                for part in parts:
                    self._search(part, most)
                raise _Undone
        except _Undone:
            pass
        return [
            self._described(row, move(row.key_range), probes=number < PROBED)
            for number, row in enumerate(self._found)
        ]

    def _search(self, part: KeyRange, most: int) -> None:
        if len(self._found) >= most:
            return
        try:
            with self._destination.savepoint():
                self._load(part)
            return
        except DataRefused as error:
            refused = error
        rows = self._rows(part)
        middle = self._bound(part, max(rows // 2, 1)) if rows else None
        if middle is None:
            # Gone from the source meanwhile.
            return
        if rows > 1:
            if middle == part.upper:
                raise refused
            self._search(KeyRange(part.lower, middle), most)
            self._search(KeyRange(middle, part.upper), most)
        else:
            # Up to its own key: the last range of a table has no end.
            self._found.append(BadRow(KeyRange(part.lower, middle), refused))

    def _rows(self, part: KeyRange) -> int:
        source = self._source
        selection, values = source.reader.selection(
            self._plan, part, source.placeholder
        )
        sql = f"SELECT count(*) FROM (SELECT 1 {selection}) c"  # noqa: S608
        return int(source.query(sql, values)[0][0])

    def _bound(self, part: KeyRange, rows: int) -> Key | None:
        reader = self._source.reader
        return reader.upper_bound(self._plan, part.lower, rows, part.upper)

    def _described(self, row: BadRow, move: Move, *, probes: bool) -> BadRow:
        """Name the table, and the column if it can be found; read the values."""
        error = without_place(row.error)
        column = self._column(error)
        # A row that has no value of any column to show is known for what it is.
        if not column and probes and not row.error.is_located:
            found = probed(self._destination, self._plan, move)
            error, column = (
                (without_place(found[0]), found[1]) if found else (error, "")
            )
        values = tuple(self._values(row.key_range))
        return replace(
            row, error=named(self._plan.table, error), column=column, values=values
        )

    def _column(self, error: TransferError) -> str:
        for column in self._plan.columns:
            if f"'{column.name}'" in error.message.replace(f"'{self._plan.table}'", ""):
                return column.name
        return ""

    # --- values ---------------------------------------------------------------

    def _values(self, alone: KeyRange) -> Iterator[tuple[str, str | None]]:
        """Yield what can be shown of a row; a value that cannot be read is left out."""
        columns = [c for c in self._plan.written if c.kind is not ColumnKind.OTHER]
        try:
            yield from self._read(columns, alone)
        except TransferError:
            for column in columns:
                try:
                    yield from self._read([column], alone)
                except TransferError:
                    continue

    def _read(
        self, columns: Sequence[PlanColumn], alone: KeyRange
    ) -> list[tuple[str, str | None]]:
        part = replace(self._plan, columns=tuple(columns))
        names = [column.name for column in columns]
        with closed(self._source.reader.rows(part, alone)) as batches:
            rows = [row for batch in batches for row in batch]
        return list(zip(names, map(_shown, rows[0]), strict=True)) if rows else []


def parts_without(key_range: KeyRange, bad: Sequence[KeyRange]) -> list[KeyRange]:
    """Cut ranges of one row each, in their order, out of a range."""
    found, lower = [], key_range.lower
    for one in bad:
        if one.lower != lower:
            found.append(KeyRange(lower, one.lower))
        lower = one.upper
    if lower is None or lower != key_range.upper:
        found.append(KeyRange(lower, key_range.upper))
    return found


def _shown(value: Value) -> str | None:
    """Return a value as a text that every control database keeps."""
    if value is None:
        return None
    if isinstance(value, bytes):
        text = value[:MOST_KEPT].hex()
    elif isinstance(value, LargeText):
        text = value.octets[:MOST_KEPT].decode(errors="ignore")
    else:
        text = value[:MOST_KEPT]
    if "\0" in text or not _is_unicode(text):
        text = text.encode("unicode_escape").decode()
    return f"{text}…" if len(value) > MOST_KEPT else text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
