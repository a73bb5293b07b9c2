r"""Rows of raw bytes made into the text that a destination loads.

A block of rows travels as one string: values are set apart by the byte FE,
rows by FD, and NULL is FF. None of the three occurs in UTF-8 (RFC 3629,
section 3), nor in hexadecimal digits, so no value can be taken for a
separator, and whatever needs escaping is escaped in the whole block at once,
before the separators become those of the destination.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

VALUE = b"\xfe"
ROW = b"\xfd"
NULL = b"\xff"

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
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


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
    if b"\\" in block:
        block = block.replace(b"\\", b"\\\\")
    if b"\t" in block:
        block = block.replace(b"\t", b"\\t")
    if b"\n" in block:
        block = block.replace(b"\n", b"\\n")
    if b"\r" in block:
        block = block.replace(b"\r", b"\\r")
    block = block.replace(VALUE, b"\t").replace(ROW, b"\n")
    return block.replace(NULL, b"\\N") + b"\n"


def csv_lines(block: bytes) -> bytes:
    """Return a block as the quoted CSV that MySQL's LOAD DATA reads exactly.

    Every value in double quotes, a quote doubled, NULL as the bare word; for
    ``FIELDS TERMINATED BY ',' ENCLOSED BY '"' ESCAPED BY ''``.
    """
    if b'"' in block:
        block = block.replace(b'"', b'""')
    block = block.replace(VALUE, b'","').replace(ROW, b'"\n"')
    return (b'"%b"\n' % block).replace(b'"%b"' % NULL, b"NULL")
