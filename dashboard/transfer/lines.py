"""Rows of raw bytes made into the text that a destination loads.

Both functions take the fast way first, one join for a whole block, and look
afterwards, by counting bytes, whether any value held a character that needs
escaping. Only then, or where a value is NULL, is the block made value by
value.
"""

from __future__ import annotations

from collections.abc import Sequence

Row = Sequence[bytes | None]


def copy_lines(rows: Sequence[Row], width: int) -> bytes:
    r"""Return rows as PostgreSQL's COPY text.

    Tab between values, newline after a row, ``\N`` for NULL; backslash, tab,
    newline and carriage return escaped (PostgreSQL manual, COPY, "Text
    Format"). ``width`` is the number of columns.
    """
    try:
        text = b"\n".join(map(b"\t".join, rows))  # type: ignore[arg-type]
    except TypeError:
        return _copy_with_nulls(rows, width)
    if _is_plain_copy(text, len(rows), width):
        return text + b"\n"
    return b"".join(map(_copy_line, rows))


def _copy_with_nulls(rows: Sequence[Row], width: int) -> bytes:
    parts = [
        b"\t".join([b"\0" if value is None else value for value in row])
        if None in row
        else b"\t".join(row)  # type: ignore[arg-type]
        for row in rows
    ]
    text = b"\n".join(parts)
    nulls = sum(row.count(None) for row in rows)
    # A zero byte stands for NULL: PostgreSQL has none in text, so a further
    # one is a value that it will refuse by name when escaped value by value.
    if text.count(b"\0") == nulls and _is_plain_copy(text, len(rows), width):
        return text.replace(b"\0", b"\\N") + b"\n"
    return b"".join(map(_copy_line, rows))


def _is_plain_copy(text: bytes, rows: int, width: int) -> bool:
    return (
        b"\\" not in text
        and b"\r" not in text
        and text.count(b"\n") == rows - 1
        and text.count(b"\t") == rows * (width - 1)
    )


def _copy_line(row: Row) -> bytes:
    return b"\t".join(map(_copy_value, row)) + b"\n"


def _copy_value(value: bytes | None) -> bytes:
    if value is None:
        return b"\\N"
    if b"\\" in value:
        value = value.replace(b"\\", b"\\\\")
    return value.replace(b"\t", b"\\t").replace(b"\n", b"\\n").replace(b"\r", b"\\r")


def csv_lines(rows: Sequence[Row], width: int) -> bytes:
    """Return rows as the quoted CSV that MySQL's LOAD DATA reads exactly.

    Every value in double quotes, a quote doubled, NULL as the bare word; for
    ``FIELDS TERMINATED BY ',' ENCLOSED BY '"' ESCAPED BY ''``.
    """
    try:
        text = b'"\n"'.join(map(b'","'.join, rows))  # type: ignore[arg-type]
    except TypeError:
        return _csv_with_nulls(rows)
    if text.count(b'"') == 2 * len(rows) * width - 2:
        return b'"%b"\n' % text
    return _csv_with_nulls(rows)


def _csv_with_nulls(rows: Sequence[Row]) -> bytes:
    return b"".join([b",".join(map(_csv_value, row)) + b"\n" for row in rows])


def _csv_value(value: bytes | None) -> bytes:
    if value is None:
        return b"NULL"
    if b'"' in value:
        value = value.replace(b'"', b'""')
    return b'"%b"' % value
