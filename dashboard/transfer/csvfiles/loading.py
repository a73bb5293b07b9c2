"""The rows of a file on their way into a table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from ..backends.base import Loader, Session
from ..errors import CountMismatch, DataRefused
from ..plan import TablePlan
from ..receipts import Receipts
from ..rows import LoadFormat
from ..stream import BlockStream
from .header import Opened
from .octets import Block
from .rows import Fault, Reading, RowRefused, numbered, parsed, unguarded

CHUNK_OCTETS = 32 << 20
"""What is loaded in one transaction where a file is loaded in several."""

MOST_FAULTS = 1_000
"""Lines that are named at most; looking for more ends."""


@dataclass(frozen=True)
class File:
    """A file as it is read, from its first line on."""

    name: str
    open: Callable[[], BinaryIO]
    # Of an open file: its first line, and the rows below.
    begin: Callable[[BinaryIO], Opened]


class Loading:
    """Loads the rows of one file, once or in several pieces."""

    def __init__(self, file: File, reading: Reading) -> None:
        self._file = file
        self._reading = reading

    @property
    def description(self) -> str:
        """What tells two ways to read the same file apart."""
        return self._reading.description

    # --- rows -------------------------------------------------------------

    def _rows(
        self, opened: Opened, block: Block, without: Collection[int] = ()
    ) -> list[Any]:
        """Return the rows of a block but for those of some lines.

        Raises Refused.
        """
        found, lines = self._numbered(opened, block, without)
        try:
            return self._reading.chosen(found)
        except RowRefused as error:
            raise self._refused(opened, block, error, lines) from None

    def _numbered(
        self, opened: Opened, block: Block, without: Collection[int]
    ) -> tuple[list[list[str]], list[int] | None]:
        if not without:
            rows = parsed(block, opened.dialect, self._file.name)
            if not any(map(self._reading.is_blank, rows)):
                return rows, None
        kept = [
            (row, line)
            for row, line in numbered(block, opened.dialect, self._file.name)
            if line not in without and not self._reading.is_blank(row)
        ]
        return [row for row, __ in kept], [line for __, line in kept]

    def _refused(
        self, opened: Opened, block: Block, error: RowRefused, lines: list[int] | None
    ) -> Refused:
        if lines is None:
            lines = self._numbered(opened, block, {0})[1] or []
        return Refused(self._fault(lines[error.index], error))

    def _fault(self, line: int, error: RowRefused) -> Fault:
        return Fault(self._file.name, line, error.column, error.reason)

    def _text(
        self,
        opened: Opened,
        block: Block,
        load_format: LoadFormat,
        without: Collection[int] = (),
    ) -> tuple[Any, int]:
        """Return a block as a loader takes it, and its number of rows."""
        rows = self._rows(opened, block, without)
        if not rows:
            return (b"" if load_format is not LoadFormat.ROWS else []), 0
        try:
            if load_format is LoadFormat.ROWS:
                return self._reading.rows(rows), len(rows)
            return self._reading.text(rows, load_format), len(rows)
        except RowRefused as error:
            __, lines = self._numbered(opened, block, without or {0})
            raise self._refused(opened, block, error, lines) from None

    # --- into a table -----------------------------------------------------

    def load(
        self,
        session: Session,
        without: Collection[int] = (),
        into: TablePlan | None = None,
    ) -> int:
        """Load all rows inside the session's open transaction; return their number.

        ``into`` is another table of the same columns.
        """
        with self._file.open() as file:
            opened = self._file.begin(file)
            return self._loaded(session, opened, opened.blocks, without, into)

    def _loaded(
        self,
        session: Session,
        opened: Opened,
        blocks: Iterator[Block],
        without: Collection[int] = (),
        into: TablePlan | None = None,
    ) -> int:
        loader, plan = session.loader, into or self._reading.plan
        if not without and (passed := self._passing(loader)):
            stream = BlockStream((unguarded(block.octets), 0) for block in blocks)
            stream.load_format = passed
            return loader.load_text(plan, stream)
        given = (
            self._text(opened, block, loader.load_format, without) for block in blocks
        )
        if loader.load_format is LoadFormat.ROWS:
            counted = _Counted(given)
            return _checked(plan, loader.load_rows(plan, counted), counted.rows)
        stream = BlockStream(given)
        return _checked(plan, loader.load_text(plan, stream), stream.rows)

    def _passing(self, loader: Loader) -> LoadFormat | None:
        """Return the format in which a loader takes the file's own text, or None."""
        usual = loader.load_format
        for one in (usual, *loader.also_loads):
            if self._reading.passes(one, usual):
                return one
        return None

    def load_in_chunks(
        self,
        session: Session,
        receipts: Receipts,
        name: str,
        without: Collection[int] = (),
        done: Callable[[int], None] = lambda rows: None,
    ) -> int:
        """Load all rows, each chunk and its receipt in a transaction.

        What a receipt is there for is passed over. ``name`` stands before those of
        this file; ``done`` is told how many rows are in the table by now.
        """
        rows, start = 0, 0
        with self._file.open() as file:
            opened = self._file.begin(file)
            blocks = opened.blocks
            for first in blocks:
                item = f"csv.{name}.{start}"
                if receipt := receipts.read(item):
                    end = start + receipt.bytes
                    _pass_over(blocks, first, end)
                    rows, start = rows + receipt.rows, end
                else:
                    chunk = _Chunk(first, blocks)
                    with session.transaction():
                        receipts.take(item, 0)
                        loaded = self._loaded(session, opened, iter(chunk), without)
                        receipts.settle(item, loaded, chunk.end - start)
                    rows, start = rows + loaded, chunk.end
                done(rows)
        return rows

    # --- faults -----------------------------------------------------------

    def faults(self, most: int = MOST_FAULTS) -> list[Fault]:
        """Return what cannot be read, line by line; no database is asked."""
        found: list[Fault] = []
        with self._file.open() as file:
            opened = self._file.begin(file)
            for block in opened.blocks:
                self._faults_of(opened, block, found, most)
                if len(found) >= most:
                    break
        return found

    def _faults_of(
        self, opened: Opened, block: Block, found: list[Fault], most: int
    ) -> None:
        without = {0}
        while len(found) < most:
            try:
                self._text(opened, block, LoadFormat.CSV, without)
            except Refused as error:
                found.append(error.fault)
                without.add(error.fault.line)
            else:
                return

    def try_in(
        self, session: Session, table: TablePlan, without: Collection[int]
    ) -> tuple[int, list[Fault]]:
        """Load all rows into another table of that shape, and find what it refuses.

        Inside the session's open transaction. Returns how many rows it has taken.
        """
        found: list[Fault] = []
        rows = 0
        with self._file.open() as file:
            opened = self._file.begin(file)
            for block in opened.blocks:
                kept, lines = self._numbered(opened, block, without or {0})
                if not kept:
                    continue
                # Ragged lines are among those that are left out.
                chosen = self._reading.chosen(kept)
                rows += self._tried(session, table, chosen, lines or [], found)
                if len(found) >= MOST_FAULTS:
                    break
        return rows, found

    def _tried(
        self,
        session: Session,
        table: TablePlan,
        rows: list[Any],
        lines: list[int],
        found: list[Fault],
    ) -> int:
        if not rows or len(found) >= MOST_FAULTS:
            return 0
        try:
            with session.savepoint():
                return self._put(session, table, rows)
        except RowRefused as error:
            fault = self._fault(lines[error.index], error)
        except DataRefused as error:
            fault = _of_server(self._file.name, lines[0], table, error)
        if len(rows) == 1:
            found.append(fault)
            return 0
        half = len(rows) // 2
        first = self._tried(session, table, rows[:half], lines[:half], found)
        return first + self._tried(session, table, rows[half:], lines[half:], found)

    def _put(self, session: Session, table: TablePlan, rows: list[Any]) -> int:
        loader = session.loader
        if loader.load_format is LoadFormat.ROWS:
            return loader.load_rows(table, [self._reading.rows(rows)])
        text = self._reading.text(rows, loader.load_format)
        return loader.load_text(table, BlockStream(iter([(text, len(rows))])))


class Refused(DataRefused):
    """A line that cannot be read."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(
            str(fault),
            _("Correct the file; or leave such lines out by --only-good."),
        )
        self.fault = fault


def _of_server(name: str, line: int, table: TablePlan, error: DataRefused) -> Fault:
    said = error.message
    columns = [c.name for c in table.written if f"'{c.name}'" in said]
    return Fault(name, line, columns[0] if len(columns) == 1 else "", said)


class _Chunk:
    """The blocks of one chunk; ``end`` is where it has ended once they are gone by."""

    def __init__(self, first: Block, others: Iterator[Block]) -> None:
        self._first = first
        self._others = others
        self.end = first.end

    def __iter__(self) -> Iterator[Block]:
        size = len(self._first.octets)
        yield self._first
        while size < CHUNK_OCTETS:
            block = next(self._others, None)
            if block is None:
                return
            self.end = block.end
            size += len(block.octets)
            yield block


def _pass_over(blocks: Iterator[Block], first: Block, end: int) -> None:
    block: Block | None = first
    while block is not None and block.end < end:
        block = next(blocks, None)


class _Counted:
    def __init__(self, given: Iterator[tuple[Any, int]]) -> None:
        self._given = given
        self.rows = 0

    def __iter__(self) -> Iterator[list[Any]]:
        for batch, rows in self._given:
            self.rows += rows
            if rows:
                yield batch


def _checked(plan: TablePlan, loaded: int, read: int) -> int:
    if loaded == read:
        return loaded
    raise CountMismatch(
        _("%(read)d rows for table '%(table)s' were read, but %(loaded)d were loaded.")
        % {"table": plan.table, "read": read, "loaded": loaded},
        _("Look for a trigger or a rule of the destination that keeps rows away."),
    )
