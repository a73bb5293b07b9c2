"""What Python hashes, and adds up, of the rows that a server sends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..canonical import (
    INLINE_CHARACTERS,
    UUID_HEX,
    Field,
    Raw,
    digest,
    field,
    sum_of_digests,
)
from ..checksums import Checksum, ComparedRow, HashedColumn, Layout
from ..columns import ColumnKind
from ..keys import readable

MODULUS = 1 << 64

BATCH_ROWS = 2_000
# Documents have no limit: memory holds a few of them at a time.
WIDE_BATCH_ROWS = 4
BATCH_OCTETS = 1 << 17
WIDE = {ColumnKind.JSON, ColumnKind.TEXT}

# Of a row's hash, where it stands for the key.
HASH_DIGITS = 16

Row = tuple[Raw, ...]


def raw_fields(layout: Layout) -> list[Field]:
    """Return what makes fields of the columns that are hashed in Python."""
    return [field(column.kind) for column in layout.python_hashed]


def batch_rows(layout: Layout) -> int:
    """Return how many rows of the layout are held at a time."""
    wide = any(column.kind in WIDE for column in layout.python_hashed)
    long = any(_is_long(column) for column in layout.key)
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


def _is_long(column: HashedColumn) -> bool:
    return column.kind in WIDE and (column.type.length or 1 << 30) > INLINE_CHARACTERS


class Sums:
    """Adds up rows of prefix, text and raw values."""

    def __init__(self, fields: Sequence[Field], *, divided: bool) -> None:
        self._fields = list(enumerate(fields, 2))
        self._divided = divided
        self._found: dict[str, Checksum] = {} if divided else {"": NOTHING}

    def add(self, batch: list[Row]) -> None:
        """Add the rows of a batch."""
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
            (before.total + sum_of_digests(hashed)) % MODULUS,
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
        """Return the checksums by prefix."""
        return self._found


NOTHING = Checksum(0, 0, 0)


class RowMaker:
    """Makes a ComparedRow of key hash, key, fields and raw values."""

    def __init__(self, layout: Layout) -> None:
        self._key = layout.key
        self._fields = raw_fields(layout)
        self._first_value = 1 + len(layout.key)
        self._first_raw = self._first_value + len(layout.server_hashed)

    def __call__(self, row: Row) -> ComparedRow:
        raws = zip(self._fields, row[self._first_raw :], strict=True)
        key_hash: bytes = row[0]  # type: ignore[assignment]
        return ComparedRow(
            key_hash,
            tuple(map(_readable, self._key, row[1 : self._first_value]))
            or _named_by(key_hash),
            (
                *row[self._first_value : self._first_raw],  # type: ignore[arg-type]
                *[digest(make(value)).digest() for make, value in raws],
            ),
        )


def _readable(column: HashedColumn, value: Raw) -> str:
    if value is None:
        return "NULL"
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    if column.canonical_form == UUID_HEX and len(text) == 32:
        parts = text[:8], text[8:12], text[12:16], text[16:20], text[20:]
        return "-".join(parts)
    return readable(text)


def _named_by(row_hash: bytes) -> tuple[str, ...]:
    # A row without a key has no other name.
    return (f"#{row_hash[:HASH_DIGITS].decode()}",)
