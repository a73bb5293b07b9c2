"""The rows of a CSV file as a loader takes them."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from django.utils.translation import gettext as _

from ..columns import ColumnKind
from ..errors import DataRefused
from ..lines import FORMATS, NULL, ROW, VALUE
from ..plan import PlanColumn, TablePlan
from ..rows import LoadFormat, Row
from .conversions import OCTETS, row_conversion, text_conversion
from .dialect import GUARD, UTF8, Dialect
from .octets import Block, FileRefused
from .spellings import NEVER_EMPTY, Habits, Misspelled, spelling

# A value of a text may be as long as its row; the module's own limit is 128 KiB.
csv.field_size_limit(sys.maxsize)

SEPARATOR, END = VALUE.decode(OCTETS), ROW.decode(OCTETS)

TEXTS = {ColumnKind.TEXT, ColumnKind.OTHER}
# What a spreadsheet makes of a number of many digits in a column of texts.
CUT_NUMBER = re.compile(r"\d(?:[.,]\d{1,5})?E\+\d\d")

Values = list[str]


@dataclass(frozen=True, order=True)
class Fault:
    """A value, or a whole line where ``column`` is "", that is not taken."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        if not self.column:
            return _("%(file)s, line %(line)d: %(reason)s") % vars(self)
        text = _("%(file)s, line %(line)d, column %(column)s: %(reason)s")
        return text % vars(self)


def unguarded(octets: bytes) -> bytes:
    """Return rows of the default dialect without guards, as an engine reads them.

    A quote behind a value is followed by something else.
    """
    guard = b'"' + GUARD.encode()
    if guard not in octets:
        return octets
    if octets.startswith(guard):
        octets = b'"' + octets[len(guard) :]
    return octets.replace(b"," + guard, b',"').replace(b"\n" + guard, b'\n"')


class RowRefused(Exception):
    """The row of an index in a block cannot be read."""

    def __init__(self, index: int, column: str, reason: str) -> None:
        super().__init__()
        self.index = index
        self.column = column
        self.reason = reason


def parsed(block: Block, dialect: Dialect, name: str) -> list[Values]:
    """Return the rows of a block; an empty list for an empty line.

    Raises FileRefused for what is no CSV.
    """
    return [row for row, __ in numbered(block, dialect, name)]


def numbered(block: Block, dialect: Dialect, name: str) -> Iterator[tuple[Values, int]]:
    """Yield the rows of a block with the numbers of their first lines."""
    # The octets beyond ASCII stay what they are: none is a delimiter or a quote.
    text = io.StringIO(block.octets.decode(OCTETS), newline="")
    reader = csv.reader(text, strict=True, delimiter=dialect.delimiter)
    line = block.first_line
    try:
        for row in reader:
            yield row, line
            line = block.first_line + reader.line_num
    except csv.Error:
        raise FileRefused(
            _("%(file)s, line %(line)d: what stands there is no CSV.")
            % {"file": name, "line": line},
            _("Write a quote within a value twice, and the whole value in quotes."),
        ) from None


class Reading:
    """What becomes of the rows of one file.

    ``header`` are the file's columns, in its order. ``is_edited`` says that values may
    be spelled otherwise than they were written.
    """

    def __init__(
        self,
        plan: TablePlan,
        header: Sequence[str],
        dialect: Dialect,
        *,
        is_edited: bool,
        habits: Habits,
    ) -> None:
        self.plan = plan
        self.width = len(header)
        # A value of the same octets may be another one by any of these.
        self.description = f"{list(header)} {dialect} {habits} {is_edited}"
        self._null = dialect.null
        self._is_edited = is_edited
        self._is_plain = (
            dialect == Dialect(encoding=dialect.encoding) and dialect.encoding in UTF8
        )
        places = [header.index(column.name) for column in plan.written]
        self._pick = _picker(places) if places != list(range(self.width)) else None
        self._spelled = [spelling(c.kind, habits) for c in plan.written]
        self._habits = habits

    def passes(self, load_format: LoadFormat, text_format: LoadFormat) -> bool:
        """Whether the file's own text is what a loader takes for ``load_format``.

        But for the guards. ``text_format`` is the loader's usual one, which knows
        what its engine would have to be told otherwise.
        """
        if self._is_edited or self._pick or load_format is not LoadFormat.CSV:
            return False
        formats = (load_format, text_format)
        return self._is_plain and not any(
            text_conversion(self.plan, column, one)
            for column in self.plan.written
            for one in formats
        )

    def is_blank(self, row: Values) -> bool:
        """Whether a line is none: spreadsheets leave some of empty cells behind."""
        if not row:
            return True
        has_no_value = self._is_edited and self._null and len(row) > 1
        return bool(has_no_value) and not any(row)

    def chosen(self, rows: list[Values]) -> list[Any]:
        """Return rows with the plan's columns only. Raises RowRefused."""
        if self._is_edited and any(map(self._is_ragged, rows)):
            rows = [self._of_width(index, row) for index, row in enumerate(rows)]
        elif set(map(len, rows)) - {self.width}:
            for index, row in enumerate(rows):
                self._of_width(index, row)
        return [self._pick(row) for row in rows] if self._pick else rows

    def _is_ragged(self, row: Values) -> bool:
        return len(row) != self.width

    def _of_width(self, index: int, row: Values) -> Values:
        # Spreadsheets write empty cells behind the last column.
        if len(row) > self.width and not any(row[self.width :]):
            return row[: self.width]
        if len(row) == self.width:
            return row
        raise RowRefused(
            index,
            "",
            _("it has %(found)d values, and the first line %(wanted)d.")
            % {"found": len(row), "wanted": self.width},
        )

    def text(self, rows: list[Any], load_format: LoadFormat) -> bytes:
        """Return chosen rows as the text of a format. Raises RowRefused."""
        convert = [
            text_conversion(self.plan, c, load_format) for c in self.plan.written
        ]
        if self._is_edited or any(convert):
            rows = self._converted(rows, convert)
        block = END.join(map(SEPARATOR.join, rows)).encode(OCTETS)
        return FORMATS[load_format].lines(self._bare(block))

    def _bare(self, block: bytes) -> bytes:
        """Make NULLs of the word for it, and take the guards off."""
        if self._null.encode() in block:
            block = _with_nulls(block, self._null.encode())
        guard = GUARD.encode()
        if guard in block:
            for before in (VALUE, ROW):
                block = block.replace(before + guard, before)
            block = block.removeprefix(guard)
        return block

    def rows(self, rows: list[Any]) -> list[Row]:
        """Return chosen rows as texts, octets and None. Raises RowRefused."""
        written = self.plan.written
        if self._is_edited:
            rows = self._converted(rows, [None] * len(written))
        columns = [
            self._values(column, list(values))
            for column, values in zip(written, zip(*rows, strict=True), strict=True)
        ]
        return list(zip(*columns, strict=True))

    def _values(self, column: PlanColumn, values: Values) -> list[Any]:
        null, convert = self._null, row_conversion(self.plan, column)
        found: list[Any] = []
        for place, value in enumerate(values):
            if value == null:
                found.append(None)
                continue
            text = value.removeprefix(GUARD).encode(OCTETS).decode()
            try:
                found.append(convert(text) if convert else text)
            except ValueError:
                raise _refused(place, column) from None
        return found

    def _converted(
        self, rows: list[Any], convert: Sequence[Callable[[str], str] | None]
    ) -> list[Any]:
        columns: list[Sequence[str]] = list(zip(*rows, strict=True))
        for index, one in enumerate(convert):
            spelled = self._spelled[index] if self._is_edited else None
            if self._is_edited or one:
                columns[index] = self._column(index, columns[index], spelled, one)
        return list(zip(*columns, strict=True))

    def _column(
        self,
        index: int,
        values: Sequence[str],
        spelled: Callable[[str], str] | None,
        convert: Callable[[str], str] | None,
    ) -> Values:
        column, found = self.plan.written[index], []
        for place, value in enumerate(values):
            if self._is_edited:
                self._require(place, column, value)
            if value == self._null:
                found.append(value)
                continue
            try:
                text = value.removeprefix(GUARD)
                if not text and spelled and column.kind in NEVER_EMPTY:
                    found.append(self._null)
                    continue
                if spelled:
                    text = spelled(text)
                found.append(self._kept(convert(text) if convert else text))
            except Misspelled as error:
                reason = _("%(wanted)s is expected.") % {"wanted": error.wanted}
                raise RowRefused(place, column.name, reason) from None
            except DataRefused as error:
                raise RowRefused(place, column.name, str(error)) from None
            except ValueError:
                raise _refused(place, column) from None
        return found

    def _require(self, place: int, column: PlanColumn, value: str) -> None:
        """Raise RowRefused for what would be loaded as something that nobody meant."""
        is_empty = not value and column.kind in NEVER_EMPTY
        if column.name in self.plan.key and (is_empty or value == self._null):
            # An engine may give such a row a number of its own.
            raise RowRefused(place, column.name, _("a key is expected."))
        if column.kind in TEXTS and CUT_NUMBER.fullmatch(value):
            reason = _(
                "all digits are expected, which an exponent has lost; where it is a "
                "text, write an apostrophe before it."
            )
            raise RowRefused(place, column.name, reason)

    def _kept(self, text: str) -> str:
        """Return a text that the guard is still to be taken off."""
        return GUARD + text if text == self._null or text.startswith(GUARD) else text


def _refused(place: int, column: PlanColumn) -> RowRefused:
    reason = _("the column would not keep it: it is no %(kind)s.")
    return RowRefused(place, column.name, reason % {"kind": column.kind})


def _picker(places: list[int]) -> Callable[[Values], Sequence[str]]:
    if len(places) == 1:
        return lambda row: (row[places[0]],)
    return itemgetter(*places)


def _with_nulls(block: bytes, null: bytes) -> bytes:
    """Return a block with the sign of NULL for each value that is the word."""
    block = ROW + block + ROW
    for before in (VALUE, ROW):
        for behind in (VALUE, ROW):
            whole = before + null + behind
            # Two neighbours share what stands between them.
            while whole in block:
                block = block.replace(whole, before + NULL + behind)
    return block[1:-1]
