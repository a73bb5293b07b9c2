"""What the readers of the three engines have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any

from ..batches import LARGE_OCTETS, is_large
from ..columns import ColumnKind
from ..errors import DataRefused
from ..keys import Condition, Key, KeyRange, KeyValue
from ..lines import (
    FORMATS,
    checked,
    decoded,
    hexadecimal,
    is_utf8,
    joined,
    pieces,
    slices,
)
from ..plan import VALUES, PlanColumn, TablePlan
from ..rows import LargeText, LoadFormat, Row
from ..stream import BlockStream, TextStream
from . import faults
from .base import Session
from .changed_rows import ROWS, rows_as_read, rows_kept
from .projection import of_source, rows_read
from .reader import Raw, RawRow, Reader


def copies_octets(column: PlanColumn, load_format: LoadFormat) -> bool:
    """Whether a UUID goes into a column that COPY gives octets to."""
    return load_format is LoadFormat.COPY and column.destination.name == "bytea"


def copies_digits(column: PlanColumn, load_format: LoadFormat) -> bool:
    """Whether a UUID goes into a column that COPY gives 32 digits to."""
    return load_format is LoadFormat.COPY and column.destination.length == 32


class SQLReader(Reader):
    """Finds ranges of a table in the key's own order."""

    # How a range of keys is selected: a function of keys.py.
    selector: Callable[..., Condition]

    def __init__(self, session: Session) -> None:
        self._session = session

    def upper_bound(
        self,
        plan: TablePlan,
        lower: Key | None,
        rows: int,
        within: Key | None = None,
    ) -> Key | None:
        placeholder, key_range = self._session.placeholder, KeyRange(lower, within)
        source, values = self.selection_from(
            *self._keys(plan), plan, key_range, placeholder
        )
        key = ", ".join(self.key_text(column) for column in plan.key_columns)
        sql = f"SELECT {key} {source} LIMIT 1 OFFSET {placeholder}"
        found = self._session.query(sql, (*values, rows - 1))
        return self.found_key(plan, found[0]) if found else None

    def found_key(self, plan: TablePlan, row: tuple[Any, ...]) -> Key:
        """Return the key of a row of ``key_text``."""
        return row

    def selection(
        self, plan: TablePlan, key_range: KeyRange, placeholder: str
    ) -> tuple[str, list[KeyValue]]:
        table, rows = self.table_and_rows(plan)
        return self.selection_from(table, rows, plan, key_range, placeholder)

    def table_and_rows(self, plan: TablePlan) -> tuple[str, str]:
        """Return the source's table as conditions name it, and what stands in FROM."""
        session, table = self._session, plan.source_table
        if not plan.changed:
            return rows_read(session, plan)
        names = [*(column.name for column in plan.columns), *plan.key]
        own, columns = self.own_columns(plan), plan.source_columns
        return ROWS, rows_as_read(
            session, table, names, plan.changed, own, columns, of_source(plan)
        )

    def _keys(self, plan: TablePlan) -> tuple[str, str]:
        """Return ``table_and_rows`` for whoever asks for nothing but the key."""
        if not plan.changed:
            return self.table_and_rows(plan)
        return ROWS, rows_kept(self._session, plan)

    def own_columns(self, plan: TablePlan) -> Sequence[str]:
        """Return what the engine itself has beside a row's columns and is asked for."""
        return ()

    def selection_from(
        self,
        table: str,
        rows: str,
        plan: TablePlan,
        key_range: KeyRange,
        placeholder: str,
    ) -> tuple[str, list[KeyValue]]:
        """Return ``selection`` from a table and its rows as SQL names them."""
        where, values = self.condition(table, plan, key_range, placeholder)
        return f"FROM {rows} WHERE {where}{self.order(table, plan)}", values

    def condition(
        self, table: str, plan: TablePlan, key_range: KeyRange, placeholder: str
    ) -> Condition:
        """Return what the rows of a range fulfil."""
        names = [self.key_name(table, name) for name in plan.key]
        return self.selector(names, [placeholder] * len(names), key_range)

    def order(self, table: str, plan: TablePlan) -> str:
        """Return the ORDER BY of a range, or ""."""
        names = [self.key_name(table, name) for name in plan.key]
        return f" ORDER BY {', '.join(names)}" if self.is_sorted(plan) else ""

    def is_sorted(self, plan: TablePlan) -> bool:
        """Whether rows are read in the order of their key.

        What is read in one piece would only be sorted for nothing, unless it is
        read twice.
        """
        return plan.is_divisible or (plan.route == VALUES and bool(plan.key))

    def key_name(self, table: str, name: str) -> str:
        """Return a column of the key as conditions and the order name it."""
        return self._session.quote(name)

    def key_text(self, column: PlanColumn) -> str:
        """Return what a key is found as, exactly."""
        return self._session.quote(column.name)


class BlockReader(SQLReader):
    """Reads an engine that sends raw values, of which Python makes text."""

    def sends_only_utf8(self, plan: TablePlan) -> bool:
        """Whether the server has no text that is not UTF-8."""
        return False

    @abstractmethod
    def raw(self, plan: TablePlan, key_range: KeyRange, load_format: LoadFormat) -> Raw:
        """Return the rows as the engine sends them; large ones by themselves."""

    def apart(
        self, plan: TablePlan, key_range: KeyRange, load_format: LoadFormat
    ) -> Raw:
        return self.raw(plan, key_range, load_format)

    def text(
        self, plan: TablePlan, key_range: KeyRange, load_format: LoadFormat
    ) -> TextStream:
        raw = self.raw(plan, key_range, load_format)
        blocks = Blocks(plan, load_format, raw, self.sends_only_utf8(plan))
        # No generator on the way, which would hold a row while the next is read.
        return BlockStream(chain.from_iterable(map(blocks, raw.batches)))

    def rows(self, plan: TablePlan, key_range: KeyRange) -> Iterator[list[Row]]:
        raw = self.raw(plan, key_range, LoadFormat.ROWS)
        # Closed, a generator drops the engine's statement.
        yield from map(partial(self._told, plan), raw.batches)

    def _told(self, plan: TablePlan, batch: list[RawRow]) -> list[Row]:
        written = enumerate(plan.written)
        binary = {i for i, c in written if c.kind is ColumnKind.BINARY}
        try:
            if is_large(batch):
                return [_large_row(batch[0], binary, self.sends_only_utf8(plan))]
            return decoded(batch, binary)
        except UnicodeDecodeError:
            raise refused_text(plan, batch) from None


def _large_row(row: RawRow, binary: Collection[int], is_sound: bool) -> Row:
    """Return a row of which the large texts stay as they are."""
    found: list[Any] = list(row)
    for index, value in enumerate(found):
        if value is None or index in binary:
            continue
        if len(value) < LARGE_OCTETS:
            found[index] = value.decode()
            continue
        if not (is_sound or is_utf8(value)):
            raise UnicodeDecodeError("utf-8", b"", 0, 0, "a large text")
        found[index] = LargeText(value)
    return tuple(found)


class Blocks:
    """Makes text of one batch after the other: blocks, and how many rows end there."""

    def __init__(
        self,
        plan: TablePlan,
        load_format: LoadFormat,
        raw: Raw,
        is_sound: bool,
    ) -> None:
        self._plan = plan
        self._format = FORMATS[load_format]
        self._octets = raw.octets
        self._several = raw.several
        self._is_sound = is_sound
        self._takes_nul = load_format is not LoadFormat.COPY

    def __call__(self, batch: list[RawRow]) -> Iterable[tuple[bytes, int]]:
        if is_large(batch):
            return self._large(batch)
        return ((self._block(batch), len(batch)),)

    def _block(self, batch: list[RawRow]) -> bytes:
        width = len(self._plan.written)
        rows = [self._spelled(row) for row in batch] if self._octets else batch
        try:
            is_checked = self._is_sound or self._are_texts(rows)
            text = self._format.lines(joined(rows, width, checked=is_checked))
            is_sound = self._is_sound or is_utf8(text)
        except UnicodeError:
            is_sound = False
        if is_sound and (self._takes_nul or b"\0" not in text):
            return text
        raise refused_text(self._plan, batch)

    def _are_texts(self, rows: Sequence[RawRow]) -> bool:
        """Whether it is known, value by value, that none is a separator.

        Where several are one, nobody can count how many NULLs there are.
        """
        if not self._several:
            return False
        for row in rows:
            for index, value in enumerate(row):
                if not (value is None or index in self._several or is_utf8(value)):
                    raise UnicodeError
        return True

    def _spelled(self, row: RawRow) -> RawRow:
        values = list(row)
        for index in self._octets:
            value = values[index]
            if value is not None:
                octets = value if isinstance(value, bytes) else str(value).encode()
                values[index] = hexadecimal(octets, self._format)
        return tuple(values)

    def _large(self, batch: list[RawRow]) -> Iterator[tuple[bytes, int]]:
        try:
            values = [self._value(i, value) for i, value in enumerate(batch[0])]
            for piece in pieces(values, self._octets, self._format):
                yield piece, 0
        except UnicodeError:
            raise refused_text(self._plan, batch) from None
        yield b"", 1

    def _value(self, index: int, value: Any) -> bytes | Iterator[bytes] | None:
        if value is None:
            return None
        if not isinstance(value, bytes):
            value = str(value).encode()
        if index in self._octets:
            return value if len(value) < LARGE_OCTETS else slices(value)
        parts: Iterator[bytes] = slices(value)
        # The octets between several values are in no text.
        if not (self._is_sound or index in self._several):
            parts = checked(parts)
        if not self._takes_nul:
            parts = map(_without_nul, parts)
        return b"".join(parts) if len(value) < LARGE_OCTETS else parts


def _without_nul(part: bytes) -> bytes:
    if b"\0" in part:
        raise UnicodeError
    return part


def refused_text(
    plan: TablePlan, batch: Sequence[Sequence[bytes | None]]
) -> DataRefused:
    """Return the error for the first text of a batch that cannot go on its way.

    It names the column, unless several columns came as one value.
    """
    for row in batch:
        if len(row) != len(plan.written):
            break
        for column, value in zip(plan.written, row, strict=True):
            if column.kind is ColumnKind.BINARY or value is None:
                continue
            if not is_utf8(value):
                return faults.not_utf8(plan, column)
            if b"\0" in value:
                return faults.holds_nul(plan, column)
    return faults.no_text(plan)
