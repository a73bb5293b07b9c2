"""The text of rows, read back by parsers that share no code with it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.transfer.lines import (
    FORMATS,
    SLICE_OCTETS,
    copy_lines,
    csv_lines,
    decoded,
    hexadecimal,
    is_utf8,
    joined,
    pieces,
)
from dashboard.transfer.rows import LoadFormat

VALUE = st.none() | st.lists(
    st.sampled_from(
        [b"a", b"\\", b"\t", b"\n", b"\r", b'"', b",", b"\\N", b"\\.", b"NULL", b"\0"]
        + [b"\x0b", b"\x0c", b"\xf0\x9f\x98\x80", b"'", b""]
    )
).map(b"".join)
WIDTHS = st.integers(1, 4)
ROWS = WIDTHS.flatmap(lambda n: st.lists(st.tuples(*[VALUE] * n), min_size=1))

ESCAPES = {b"\\": b"\\", b"t": b"\t", b"n": b"\n", b"r": b"\r"}


def parse_copy(text: bytes) -> list[tuple[bytes | None, ...]]:
    assert text.endswith(b"\n")
    return [
        tuple(
            None
            if field == b"\\N"
            else re.sub(rb"\\(.)", lambda found: ESCAPES[found.group(1)], field)
            for field in line.split(b"\t")
        )
        for line in text[:-1].split(b"\n")
    ]


def parse_csv(text: bytes) -> list[tuple[bytes | None, ...]]:
    rows: list[tuple[bytes | None, ...]] = []
    row: list[bytes | None] = []
    field = re.compile(rb'(?:"((?:[^"]|"")*)"|(NULL))([,\n])', re.DOTALL)
    position = 0
    while position < len(text):
        found = field.match(text, position)
        assert found is not None
        quoted, null, end = found.groups()
        row.append(None if null else quoted.replace(b'""', b'"'))
        if end == b"\n":
            rows.append(tuple(row))
            row = []
        position = found.end()
    return rows


@given(ROWS)
def test_copy_text_reads_back_as_the_same_rows(
    rows: list[tuple[bytes | None, ...]],
) -> None:
    assert parse_copy(copy_lines(joined(rows, len(rows[0])))) == rows


@given(ROWS)
def test_csv_reads_back_as_the_same_rows(rows: list[tuple[bytes | None, ...]]) -> None:
    assert parse_csv(csv_lines(joined(rows, len(rows[0])))) == rows


@pytest.mark.parametrize("value", [b"a\xfeb", b"\xfd", b"a\xfe", b"\xff"])
def test_what_is_no_utf8_is_refused_instead_of_taken_for_a_separator(
    value: bytes,
) -> None:
    with pytest.raises(UnicodeError):
        joined([(b"1", value), (b"2", b"x")], 2)


@given(ROWS, st.sets(st.integers(0, 3)))
def test_texts_are_decoded_and_nothing_else(
    rows: list[tuple[bytes | None, ...]], kept: set[int]
) -> None:
    for row, found in zip(rows, decoded(rows, kept), strict=True):
        assert len(found) == len(row)
        for index, (value, text) in enumerate(zip(row, found, strict=True)):
            if value is None or index in kept:
                assert text is value
            else:
                assert text == str(value, "utf-8")


def test_a_text_that_is_no_utf8_is_not_decoded() -> None:
    rows = [(b"1", b"fine", b"\xff"), (b"2", None, b"\xff")]
    assert decoded(rows, {2}) == [("1", "fine", b"\xff"), ("2", None, b"\xff")]
    with pytest.raises(UnicodeDecodeError):
        decoded([*rows, (b"3", b"s3cret\xff", b"")], {2})


@pytest.mark.parametrize("load_format", [LoadFormat.COPY, LoadFormat.CSV])
def test_a_line_in_pieces_is_the_line_of_the_block(load_format: LoadFormat) -> None:
    line_format = FORMATS[load_format]
    text = 'a"b\t\\ "\n\r\N{BICYCLE}'.encode()
    octets = bytes(range(256))
    short = b"1\xfe\xff\xfe2"
    values = (short, text, None, hexadecimal(octets, line_format), b"")
    block = joined([values], 7, checked=True)
    # Every octet by itself is the worst cut there is.
    row = [short, [text[i : i + 1] for i in range(len(text))], None, [octets], b""]
    found = b"".join(pieces(row, [3], line_format))
    assert found == line_format.lines(block)


def test_a_text_cut_inside_of_a_character_is_one() -> None:
    # One octet less than a character before each cut.
    text = b"x" + "\N{BICYCLE}".encode() * (SLICE_OCTETS // 2)
    assert is_utf8(text)
    assert not is_utf8(text[:-1])
    assert not is_utf8(text + b"\xff")
