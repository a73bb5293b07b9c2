"""What Python's own csv module, and a spreadsheet, find in a file."""

from __future__ import annotations

import csv
import io
import random

import pytest

from dashboard.transfer.csvfiles.dialect import Dialect, Quoting
from dashboard.transfer.csvfiles.writing import Dressing, sink
from dashboard.transfer.errors import DataRefused

PIECES = [
    *("", "a", "'", "''", "=", "=1+1", "+", "-", "@", "\t", "\r", "\n", " ", '"'),
    *('""', ",", ";", "|", "NULL", "\\N", "0", "-5", "-1.5e-7", "\u00a0=1", "＝1"),
    *("\n=", ',"', '"\n', '\n"\n', ',"=', "é", "🚲", "\x00", "-Infinity", "NULL,"),
]
FORMULAS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
DIALECTS = [
    Dialect(),
    Dialect(encoding="utf-8", quoting=Quoting.MINIMAL),
    Dialect(delimiter=";", null=""),
    Dialect(delimiter="\t", quoting=Quoting.MINIMAL, encoding="utf-16"),
    Dialect(delimiter="|", null="\\N", encoding="utf-8"),
    Dialect(null="0", quoting=Quoting.MINIMAL),
]

Rows = list[list[str | None]]


def rows_of(chance: random.Random, number: int) -> Rows:
    def value() -> str | None:
        if chance.random() < 0.15:
            return None
        return "".join(chance.choices(PIECES, k=chance.randrange(4)))

    return [[value(), value(), value()] for _ in range(number)]


def as_read(rows: Rows) -> bytes:
    """The text that a reader gives: all in quotes but NULL."""
    lines = (
        ",".join(
            "NULL" if value is None else '"' + value.replace('"', '""') + '"'
            for value in row
        )
        for row in rows
    )
    return "".join(f"{line}\n" for line in lines).encode()


def written(rows: Rows, dialect: Dialect, chance: random.Random) -> bytes:
    file = io.BytesIO()
    dressing = Dressing(file, dialect, "t")
    octets = as_read(rows)
    while octets:
        size = chance.choice([1, 7, 100, 10_000])
        dressing.write(octets[:size])
        octets = octets[size:]
    dressing.finish()
    assert dressing.size == len(file.getvalue())
    return file.getvalue()


def found(octets: bytes, dialect: Dialect) -> list[list[str]]:
    text = io.StringIO(octets.decode(dialect.encoding), newline="")
    return list(csv.reader(text, strict=True, delimiter=dialect.delimiter))


def meant(value: str, dialect: Dialect) -> str | None:
    """What the manifest says of a value."""
    return None if value == dialect.null else value.removeprefix("'")


@pytest.mark.parametrize("dialect", DIALECTS, ids=repr)
def test_every_value_comes_back_and_none_is_a_formula(dialect: Dialect) -> None:
    chance = random.Random(16)
    for number in (1, 2, 7, 300):
        for _ in range(40 if number < 300 else 8):
            rows = rows_of(chance, number)
            cells = found(written(rows, dialect, chance), dialect)
            assert [[meant(v, dialect) for v in row] for row in cells] == rows
            for value in (value for row in cells for value in row):
                assert not value.startswith(("\t", "\r"))
                if value.lstrip(" \r\n\u00a0").startswith(FORMULAS):
                    float(value)


def test_a_line_longer_than_a_block_is_written_in_pieces() -> None:
    large = "=" + 'a"b,é\t' * 1_500_000
    rows: Rows = [["1", large, None], ["'2", "", large[:5_000_000]]]
    for dialect in (Dialect(encoding="utf-8"), Dialect(";", Quoting.MINIMAL, "utf-8")):
        file = io.BytesIO()
        dressing = Dressing(file, dialect, "t")
        out = sink(dressing)
        out.write(as_read(rows))
        out.flush()
        dressing.finish()
        csv.field_size_limit(1 << 30)
        cells = found(file.getvalue(), dialect)
        assert [[meant(v, dialect) for v in row] for row in cells] == rows


def test_what_cannot_be_written_is_raised_and_nobody_waits_for_it() -> None:
    class Full(io.BytesIO):
        def write(self, data: object, /) -> int:
            raise OSError(28, "No space left on device")

    dressing = Dressing(Full(), Dialect(), "t")
    with pytest.raises(OSError, match="No space"):
        for _ in range(100):
            dressing.write(b'"a"\n')
    dressing.close()
    with pytest.raises(OSError, match="No space"):
        dressing.finish()


def test_what_an_encoding_has_not_is_refused_by_its_line() -> None:
    dialect = Dialect(encoding="cp1252")
    with pytest.raises(DataRefused, match="Line 3 of table 't'.*cp1252") as refused:
        written([["a"], ["é"], ["🚲"]], dialect, random.Random(1))
    assert "🚲" not in str(refused.value)
