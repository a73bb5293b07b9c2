"""What the comparers of the three engines have in common.

An engine says how it spells a column, how it joins texts and hashes them,
and how it sends rows; the statements are made here. See canonical.py for
what is hashed.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ..canonical import (
    INLINE_CHARACTERS,
    UUID_HEX,
    Field,
    Raw,
    digest,
    field,
    is_always_hashed,
    is_comma_ended,
    number,
)
from ..columns import Kind
from ..keys import KeyRange, KeyValue
from .base import Cell, Checksum, ComparedRow, Comparer, Layout, Selection, Session

MODULUS = 1 << 64

BATCH_ROWS = 2_000
# Documents have no limit: memory holds a few of them at a time.
WIDE_BATCH_ROWS = 4
BATCH_OCTETS = 1 << 17
WIDE = {Kind.JSON, Kind.TEXT}

Row = tuple[Raw, ...]
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
    def text(self, cell: Cell, zone: str) -> str:
        """Return the column in its rendering; NULL only where the column is."""

    @abstractmethod
    def raw(self, cell: Cell) -> str:
        """Return what is sent of a column that is hashed in Python."""

    @abstractmethod
    def join(self, texts: Sequence[str]) -> str:
        """Return the texts, one behind the other."""

    @abstractmethod
    def comma_ended(self, text: str) -> str:
        """Return the field of a text without commas."""

    @abstractmethod
    def prefixed(self, cell: Cell, text: str) -> str:
        """Return the field of a text that is to be in the row itself."""

    @abstractmethod
    def hashed(self, cell: Cell, text: str) -> str:
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

    def count(self, table: str) -> int:
        sql = f"SELECT count(*) FROM {self._session.quote(table)}"  # noqa: S608
        return int(self._session.query(sql)[0][0])

    def field(self, cell: Cell, zone: str) -> str:
        """Return the column's field of the canonical row."""
        text = self.text(cell, zone)
        if is_comma_ended(cell.rendering):
            return self.comma_ended(text)
        if is_always_hashed(cell.rendering):
            return self.hashed(cell, text)
        return self.prefixed(cell, text)

    def row(self, layout: Layout) -> str:
        """Return the canonical row of what the server hashes."""
        return self.join([self.field(cell, layout.zone) for cell in layout.cells])

    def place(self, layout: Layout) -> str:
        """Return the key's hash."""
        fields = [self.field(cell, layout.zone) for cell in layout.key]
        return self.digest(self.join(fields))

    def source(self, layout: Layout, selection: Selection) -> Part:
        """Return the FROM and WHERE of the selected rows."""
        quote, place = self._session.quote, self._session.place
        names = [quote(cell.name) for cell in layout.key]
        where, values = self.selector(names, [place] * len(names), selection.chosen)
        if selection.prefixes:
            beginning = self.beginning(self.place(layout), len(selection.prefixes[0]))
            places = ", ".join([place] * len(selection.prefixes))
            where = f"{where} AND {beginning} IN ({places})"
            values = [*values, *selection.prefixes]
        return f"FROM {quote(layout.table)} WHERE {where}", values

    # --- checksums --------------------------------------------------------

    def checksums(
        self, layout: Layout, chosen: KeyRange, digits: int = 0
    ) -> dict[str, Checksum]:
        if layout.raws:
            row = self.digest(self.row(layout))
            return self.sums_in_python(layout, chosen, digits, row)
        source, values = self.source(layout, Selection(chosen))
        sums = self.sums(self.row(layout))
        if not digits:
            rows = self._session.query(f"SELECT {sums} {source}", values)
            return {"": self.checksum(rows[0])}
        beginning = self.beginning(self.place(layout), digits)
        sql = f"SELECT {beginning} AS b, {sums} {source} GROUP BY 1"
        found = self._session.query(sql, values)
        return {row[0]: self.checksum(row[1:]) for row in found}

    def sums_in_python(
        self, layout: Layout, chosen: KeyRange, digits: int, row: str
    ) -> dict[str, Checksum]:
        """Hash the text ``row`` and the raw columns of every row here."""
        source, values = self.source(layout, Selection(chosen))
        columns = [
            self.beginning(self.place(layout), digits) if digits else "NULL",
            row,
            *map(self.raw, layout.raws),
        ]
        sums = _Sums(raw_fields(layout), divided=bool(digits))
        sql = f"SELECT {', '.join(columns)} {source}"
        limit = batch_rows(layout)
        for batch in gathered(self.stream(sql, values, limit), limit):
            sums.add(batch)
        return sums.result()

    # --- rows -------------------------------------------------------------

    def rows(self, layout: Layout, selection: Selection) -> Iterator[list[ComparedRow]]:
        source, values = self.source(layout, selection)
        zone = layout.zone
        columns = [
            self.sortable(self.place(layout)),
            *[self.text(cell, zone) for cell in layout.key],
            *[self.short(cell, zone) for cell in layout.cells],
            *map(self.raw, layout.raws),
        ]
        sql = f"SELECT {', '.join(columns)} {source} ORDER BY 1"
        shorten = _Shortener(layout)
        for batch in self.stream(sql, values, batch_rows(layout)):
            if batch:
                yield [shorten(row) for row in batch]

    def sortable(self, text: str) -> str:
        """Return a hexadecimal text that sorts as its bytes do."""
        return text

    def short(self, cell: Cell, zone: str) -> str:
        """Return a short text that is equal where the column's values are."""
        if is_comma_ended(cell.rendering):
            return self.text(cell, zone)
        return self.digest(self.join([self.field(cell, zone)]))


def raw_fields(layout: Layout) -> list[Field]:
    """Return what makes fields of the columns that are hashed in Python."""
    return [field(cell.kind, signed_zero=layout.signed_zero) for cell in layout.raws]


def batch_rows(layout: Layout) -> int:
    """Return how many rows of the layout are held at a time."""
    wide = any(cell.kind in WIDE for cell in layout.raws)
    long = any(_is_long(cell) for cell in layout.key)
    return WIDE_BATCH_ROWS if wide or long else BATCH_ROWS


def gathered(batches: Iterable[list[Row]], batch_rows: int) -> Iterator[list[Row]]:
    """Yield fuller batches of rows that were read a few at a time."""
    if batch_rows > WIDE_BATCH_ROWS:
        yield from batches
        return
    found: list[Row] = []
    octets = 0
    for batch in batches:
        found += batch
        for row in batch:
            octets += sum(len(value) for value in row if type(value) is bytes)
        if octets > BATCH_OCTETS or len(found) >= BATCH_ROWS:
            yield found
            found, octets = [], 0
    yield found


def _is_long(cell: Cell) -> bool:
    return cell.kind in WIDE and (cell.type.length or 1 << 30) > INLINE_CHARACTERS


class _Sums:
    """Adds up rows of prefix, text and raw values."""

    def __init__(self, fields: Sequence[Field], *, divided: bool) -> None:
        self._fields = list(enumerate(fields, 2))
        self._divided = divided
        self._found: dict[str, Checksum] = {} if divided else {"": NOTHING}

    def add(self, batch: list[Row]) -> None:
        texts = self._texts(batch)
        if not self._divided:
            self._add("", texts)
            return
        by_prefix: defaultdict[str, list[bytes | None]] = defaultdict(list)
        for row, text in zip(batch, texts, strict=True):
            by_prefix[row[0].decode()].append(text)  # type: ignore[union-attr]
        for prefix, found in by_prefix.items():
            self._add(prefix, found)

    def _add(self, prefix: str, texts: list[bytes | None]) -> None:
        hashed = [text for text in texts if text is not None]
        before = self._found.get(prefix, NOTHING)
        self._found[prefix] = Checksum(
            before.rows + len(texts),
            before.hashed + len(hashed),
            (before.total + number(hashed)) % MODULUS,
        )

    def _texts(self, batch: list[Row]) -> list[Any]:
        fields = self._fields
        if not fields:
            return [row[1] for row in batch]
        return [
            None
            if row[1] is None
            else b"".join([row[1], *[make(row[index]) for index, make in fields]])  # type: ignore[list-item]
            for row in batch
        ]

    def result(self) -> dict[str, Checksum]:
        return self._found


NOTHING = Checksum(0, 0, 0)


class _Shortener:
    """Makes a ComparedRow of place, key, fields and raw values."""

    def __init__(self, layout: Layout) -> None:
        self._key = layout.key
        self._fields = raw_fields(layout)
        self._first_value = 1 + len(layout.key)
        self._first_raw = self._first_value + len(layout.cells)

    def __call__(self, row: Row) -> ComparedRow:
        raws = zip(self._fields, row[self._first_raw :], strict=True)
        return ComparedRow(
            row[0],  # type: ignore[arg-type]
            tuple(map(_readable, self._key, row[1 : self._first_value])),
            (
                *row[self._first_value : self._first_raw],  # type: ignore[arg-type]
                *[digest(make(value)).digest() for make, value in raws],
            ),
        )


def _readable(cell: Cell, value: Raw) -> str:
    if value is None:
        return "NULL"
    if cell.kind is Kind.BINARY and isinstance(value, bytes):
        return value.hex()
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    if cell.rendering == UUID_HEX and len(text) == 32:
        parts = text[:8], text[8:12], text[12:16], text[16:20], text[20:]
        return "-".join(parts)
    return text
