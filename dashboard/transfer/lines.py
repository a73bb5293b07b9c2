r"""Rows of raw bytes made into the text that a destination loads.

A block of rows travels as one string: values are set apart by the byte FE,
rows by FD, and NULL is FF. None of the three occurs in UTF-8 (RFC 3629,
section 3), nor in hexadecimal digits, so no value can be taken for a
separator, and whatever needs escaping is escaped in the whole block at once,
before the separators become those of the destination.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .rows import LoadFormat

VALUE = b"\xfe"
ROW = b"\xfd"
NULL = b"\xff"

SLICE_OCTETS = 1 << 20
DECODER = getincrementaldecoder("utf-8")

Row = Sequence[bytes | None]


def joined(rows: Sequence[Row], width: int, *, checked: bool = False) -> bytes:
    """Return rows as one block.

    ``width`` is the number of columns; a value may itself be several of them,
    already set apart. ``checked`` says that the server has no text that is
    not UTF-8. Raises UnicodeError where a value holds one of the three bytes.
    """
    try:
        block = ROW.join(map(VALUE.join, rows))  # type: ignore[arg-type]
    except TypeError:
        block = ROW.join(
            [
                VALUE.join([NULL if value is None else value for value in row])
                if None in row
                else VALUE.join(row)  # type: ignore[arg-type]
                for row in rows
            ]
        )
    if not checked and not _is_sound(block, rows, width):
        raise UnicodeError
    return block


def _is_sound(block: bytes, rows: Sequence[Row], width: int) -> bool:
    return (
        block.count(VALUE) == len(rows) * (width - 1)
        and block.count(ROW) == len(rows) - 1
        and block.count(NULL) == sum(row.count(None) for row in rows)
    )


def is_utf8(text: bytes) -> bool:
    """Whether octets are a text."""
    try:
        if len(text) <= SLICE_OCTETS:
            text.decode()
        else:
            for _ in checked(slices(text)):
                pass
    except UnicodeDecodeError:
        return False
    return True


def checked(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the parts of a text. Raises UnicodeDecodeError if it is not UTF-8."""
    decoder = DECODER()
    for part in parts:
        decoder.decode(part)
        yield part
    decoder.decode(b"", final=True)


def decoded(rows: Sequence[Row], binary: Collection[int]) -> list[tuple[Any, ...]]:
    """Return rows of texts, but for the columns ``binary`` as they are.

    Raises UnicodeDecodeError for a text that is not UTF-8.
    """
    # By column: a look at every value in Python costs as much as all the rest.
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for index, values in enumerate(columns):
        if index not in binary:
            columns[index] = _texts(values)
    return list(zip(*columns, strict=True))


def _texts(values: Sequence[bytes | None]) -> list[str | None]:
    if None in values:
        return [None if value is None else value.decode() for value in values]
    return list(map(bytes.decode, values))  # type: ignore[arg-type]


def copy_lines(block: bytes) -> bytes:
    r"""Return a block as PostgreSQL's COPY text.

    Tab between values, newline after a row, ``\N`` for NULL; backslash, tab,
    newline and carriage return escaped (PostgreSQL manual, COPY, "Text
    Format").
    """
    block = _copy_escaped(block).replace(VALUE, b"\t").replace(ROW, b"\n")
    return block.replace(NULL, b"\\N") + b"\n"


def _copy_escaped(part: bytes) -> bytes:
    if b"\\" in part:
        part = part.replace(b"\\", b"\\\\")
    if b"\t" in part:
        part = part.replace(b"\t", b"\\t")
    if b"\n" in part:
        part = part.replace(b"\n", b"\\n")
    if b"\r" in part:
        part = part.replace(b"\r", b"\\r")
    return part


def csv_lines(block: bytes) -> bytes:
    """Return a block as the quoted CSV that MySQL's LOAD DATA reads exactly.

    Every value in double quotes, a quote doubled, NULL as the bare word; for
    ``FIELDS TERMINATED BY ',' ENCLOSED BY '"' ESCAPED BY ''``.
    """
    block = _csv_escaped(block).replace(VALUE, b'","').replace(ROW, b'"\n"')
    return (b'"%b"\n' % block).replace(b'"%b"' % NULL, b"NULL")


def _csv_escaped(part: bytes) -> bytes:
    return part.replace(b'"', b'""') if b'"' in part else part


@dataclass(frozen=True)
class LineFormat:
    """A text of rows."""

    # Makes lines of a block, and escapes a part of a value, wherever it is cut.
    lines: Callable[[bytes], bytes]
    escaped: Callable[[bytes], bytes]
    quote: bytes
    separator: bytes
    # What stands before the hexadecimal digits of octets.
    octets: bytes


FORMATS = {
    LoadFormat.COPY: LineFormat(copy_lines, _copy_escaped, b"", b"\t", b"\\x"),
    LoadFormat.CSV: LineFormat(csv_lines, _csv_escaped, b'"', b",", b""),
}


def slices(value: bytes) -> Iterator[bytes]:
    """Yield a value in parts of SLICE_OCTETS."""
    for start in range(0, len(value), SLICE_OCTETS):
        yield value[start : start + SLICE_OCTETS]


def pieces(
    row: Sequence[bytes | Iterable[bytes] | None],
    octets: Collection[int],
    line_format: LineFormat,
) -> Iterator[bytes]:
    """Yield the line of one row, of which large values come in slices.

    ``octets`` are the positions of what is spelled in hexadecimal. What comes as
    bytes may itself be several values, already set apart.
    """
    for index, value in enumerate(row):
        if index:
            yield line_format.separator
        is_octets = index in octets
        if value is None or isinstance(value, bytes):
            if is_octets and value is not None:
                value = hexadecimal(value, line_format)
            yield line_format.lines(NULL if value is None else value)[:-1]
            continue
        beginning = line_format.escaped(line_format.octets) if is_octets else b""
        yield line_format.quote + beginning
        for part in value:
            yield part.hex().encode() if is_octets else line_format.escaped(part)
        yield line_format.quote
    yield b"\n"


def hexadecimal(value: bytes, line_format: LineFormat) -> bytes:
    """Return octets as the text in a block spells them."""
    return line_format.octets + value.hex().encode()
