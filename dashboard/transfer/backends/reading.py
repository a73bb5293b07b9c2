"""What the readers of the three engines have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..columns import ColumnKind
from ..errors import DataRefused
from ..keys import Condition, Key, KeyRange, KeyValue
from ..lines import copy_lines, csv_lines, decoded, is_utf8, joined
from ..plan import VALUES, PlanColumn, TablePlan
from ..rows import LoadFormat, Row
from ..stream import BlockStream, TextStream
from . import faults
from .base import Reader, Session

RawRow = tuple[Any, ...]

LINES = {LoadFormat.COPY: copy_lines, LoadFormat.CSV: csv_lines}


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

    def upper_bound(self, plan: TablePlan, lower: Key | None, rows: int) -> Key | None:
        placeholder = self._session.placeholder
        source, values = self.selection(plan, KeyRange(lower), placeholder)
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
        table = self._session.quote_table(plan.source_table)
        rows = self._session.rows_of(plan.source_table)
        return self.selection_from(table, rows, plan, key_range, placeholder)

    def selection_from(
        self,
        table: str,
        rows: str,
        plan: TablePlan,
        key_range: KeyRange,
        placeholder: str,
    ) -> tuple[str, list[KeyValue]]:
        """Return ``selection`` from a table and its rows as SQL names them."""
        names = [self.key_name(table, name) for name in plan.key]
        where, values = self.selector(names, [placeholder] * len(names), key_range)
        source = f"FROM {rows} WHERE {where}"
        order = f" ORDER BY {', '.join(names)}" if self.is_sorted(plan) else ""
        return source + order, values

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
    def raw(
        self, plan: TablePlan, key_range: KeyRange, load_format: LoadFormat
    ) -> Iterator[list[RawRow]]:
        """Yield batches of rows in bytes, or of what stands for several values."""

    def text(
        self, plan: TablePlan, key_range: KeyRange, load_format: LoadFormat
    ) -> TextStream:
        return BlockStream(self._blocks(plan, key_range, load_format))

    def _blocks(
        self, plan: TablePlan, key_range: KeyRange, load_format: LoadFormat
    ) -> Iterator[tuple[bytes, int]]:
        lines = LINES[load_format]
        width, checked = len(plan.written), self.sends_only_utf8(plan)
        takes_nul = load_format is not LoadFormat.COPY
        for batch in self.raw(plan, key_range, load_format):
            try:
                block = joined(batch, width, checked=checked)
                text = lines(block)
                is_sound = (checked or is_utf8(text)) and (
                    takes_nul or b"\0" not in text
                )
            except UnicodeError:
                is_sound = False
            if not is_sound:
                raise refused_text(plan, batch)
            yield text, len(batch)

    def rows(self, plan: TablePlan, key_range: KeyRange) -> Iterator[list[Row]]:
        written = enumerate(plan.written)
        binary = {i for i, c in written if c.kind is ColumnKind.BINARY}
        for batch in self.raw(plan, key_range, LoadFormat.ROWS):
            try:
                yield decoded(batch, binary)
            except UnicodeDecodeError:
                raise refused_text(plan, batch) from None


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
