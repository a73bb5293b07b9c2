"""The first line of a CSV file: its columns, and what it is spelled with."""

from __future__ import annotations

import csv
import io
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from django.utils.translation import gettext as _

from .dialect import DELIMITERS, GUARD, Dialect
from .octets import Block, FileRefused, blocks, lines_of

# The longer ones first: that of UTF-32 begins as that of UTF-16.
MARKS = (
    (BOM_UTF32_LE, "utf-32"),
    (BOM_UTF32_BE, "utf-32"),
    (BOM_UTF16_LE, "utf-16"),
    (BOM_UTF16_BE, "utf-16"),
    (BOM_UTF8, "utf-8-sig"),
)


@dataclass(frozen=True)
class Opened:
    """The columns of a file as it names them, its dialect, and the rows below."""

    columns: tuple[str, ...]
    dialect: Dialect
    blocks: Iterator[Block]


def opened(
    file: BinaryIO, dialect: Dialect, name: str, known: Collection[str]
) -> Opened:
    """Read the first line of a file, by its own mark and delimiter if it has others.

    ``known`` are the columns that it may have. Raises FileRefused.
    """
    start = file.read(4)
    marked = (encoding for mark, encoding in MARKS if start.startswith(mark))
    dialect = replace(dialect, encoding=next(marked, dialect.encoding))
    found = blocks(_Again(start, file), dialect.encoding, name)
    first = next(found, None)
    if first is None:
        raise FileRefused(
            _("%(file)s is empty: it has not even a first line.") % {"file": name},
            _("Its first line names the columns."),
        )
    delimiter = _delimiter(first, dialect.delimiter, known)
    columns, rest = _split(first, delimiter, name)
    return Opened(columns, replace(dialect, delimiter=delimiter), _with(rest, found))


class _Again:
    """A file of which the first octets have been read."""

    def __init__(self, start: bytes, file: BinaryIO) -> None:
        self._start = start
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        start, self._start = self._start, b""
        return start + self._file.read(size)


def _with(first: Block, others: Iterator[Block]) -> Iterator[Block]:
    if first.octets:
        yield first
    yield from others


def _delimiter(first: Block, given: str, known: Collection[str]) -> str:
    """Return the delimiter by which most columns of the first line are known."""

    def names(delimiter: str) -> int:
        try:
            columns, __ = _split(first, delimiter, "")
        except FileRefused:
            return -1
        return len(set(columns) & set(known))

    return max((given, *DELIMITERS.values()), key=names)


def _split(first: Block, delimiter: str, name: str) -> tuple[tuple[str, ...], Block]:
    text = io.StringIO(first.octets.decode("latin-1"), newline="")
    try:
        row = next(csv.reader(text, strict=True, delimiter=delimiter), [])
    except csv.Error:
        raise FileRefused(
            _("%(file)s, line 1: what stands there is no CSV.") % {"file": name},
            _("Its first line names the columns."),
        ) from None
    columns = tuple(v.removeprefix(GUARD).encode("latin-1").decode() for v in row)
    octets = first.octets[text.tell() :]
    line = first.first_line + lines_of(first.octets[: text.tell()])
    return columns, Block(octets, line, first.end)


def check_columns(
    columns: Sequence[str], wanted: Sequence[str], needed: Collection[str], name: str
) -> list[str]:
    """Return what is to be known of a first line; raises FileRefused.

    ``wanted`` are the table's columns, ``needed`` those without which it takes no row.
    """
    doubled = [column for column, times in Counter(columns).items() if times > 1]
    if doubled:
        raise FileRefused(
            _("%(file)s, line 1: column %(columns)s is there twice.")
            % {"file": name, "columns": _listed(doubled)},
            _("Remove one of them."),
        )
    if not set(columns) & set(wanted):
        raise FileRefused(
            _("%(file)s, line 1: no column of the table is named there.")
            % {"file": name},
            _("The first line has to name them: %(columns)s.")
            % {"columns": ", ".join(wanted)},
        )
    if lacking := [column for column in needed if column not in columns]:
        raise FileRefused(
            _("%(file)s, line 1: column %(columns)s is missing.")
            % {"file": name, "columns": _listed(lacking)},
            _("A row of the table needs a value there."),
        )
    unknown = [column for column in columns if column not in wanted]
    if unknown:
        raise FileRefused(
            _("%(file)s, line 1: the table has no column %(columns)s.")
            % {"file": name, "columns": _listed(unknown)},
            _("Remove it from the file, or correct its name."),
        )
    if absent := [column for column in wanted if column not in columns]:
        return [
            _("%(file)s has no column %(columns)s: new rows get its default.")
            % {"file": name, "columns": _listed(absent)}
        ]
    return []


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
