"""What spreadsheets make of values: the form is taken back, nothing is guessed."""

from __future__ import annotations

import pytest

from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.csvfiles.spellings import Days, Habits, Misspelled, spelling

COMMA = Habits(decimal_comma=True)
AMERICAN = Habits(days=Days.MDY)

READ = [
    (ColumnKind.INTEGER, "1.00", Habits(), "1"),
    (ColumnKind.INTEGER, "+7", Habits(), "7"),
    (ColumnKind.INTEGER, "1,0", COMMA, "1"),
    (ColumnKind.DECIMAL, "1.5", Habits(), "1.5"),
    (ColumnKind.DECIMAL, "-1,50", COMMA, "-1.50"),
    (ColumnKind.FLOAT, "1E-07", Habits(), "1E-07"),
    (ColumnKind.FLOAT, "0,1", COMMA, "0.1"),
    (ColumnKind.BOOLEAN, "TRUE", Habits(), "1"),
    (ColumnKind.BOOLEAN, "False", Habits(), "0"),
    (ColumnKind.DATE, "24.12.2025", Habits(), "2025-12-24"),
    (ColumnKind.DATE, "2025/12/24", Habits(), "2025-12-24"),
    (ColumnKind.DATE, "3/4/2025", AMERICAN, "2025-03-04"),
    (ColumnKind.DATE, "0044-03-15 BC", Habits(), "0044-03-15 BC"),
    (ColumnKind.TIME, "7:05:00", Habits(), "07:05:00"),
    (
        ColumnKind.TIMESTAMP,
        "24.12.2025 7:05:00.5",
        Habits(),
        "2025-12-24 07:05:00.5",
    ),
    (ColumnKind.TIMESTAMP, "2025-12-24T07:05:00Z", Habits(), "2025-12-24 07:05:00"),
    (ColumnKind.JSON, '{"a": [1, null]}', Habits(), '{"a": [1, null]}'),
]

REFUSED = [
    (ColumnKind.INTEGER, "1.23E+11", Habits(), "exponent"),
    (ColumnKind.INTEGER, "1.5", Habits(), "whole number"),
    (ColumnKind.DECIMAL, "1E+05", Habits(), "exponent"),
    (ColumnKind.DECIMAL, "1,234", Habits(), "thousands"),
    (ColumnKind.DECIMAL, "1,5", Habits(), "number"),
    (ColumnKind.DECIMAL, "1.234,5", COMMA, "number"),
    (ColumnKind.BOOLEAN, "WAHR", Habits(), "0 or 1"),
    (ColumnKind.DATE, "3/4/2025", Habits(), "--dates"),
    (ColumnKind.DATE, "3/4/25", AMERICAN, "four digits"),
    (ColumnKind.DATE, "31.02.2025", Habits(), "YYYY-MM-DD"),
    (ColumnKind.TIMESTAMP, "24.12.2025 07:05", Habits(), "seconds"),
    (ColumnKind.TIMESTAMP, "2025-12-24 07:05:00+01:00", Habits(), "moment"),
    (ColumnKind.TIME, "7:05 PM", Habits(), "HH:MM:SS"),
    (ColumnKind.BINARY, "0F0", Habits(), "hexadecimal"),
    (ColumnKind.UUID, "1.12233E+31", Habits(), "hexadecimal"),
    (ColumnKind.JSON, "{'a': 1}", Habits(), "JSON"),
    (ColumnKind.JSON, "NaN", Habits(), "JSON"),
    (ColumnKind.ADDRESS, "house", Habits(), "address"),
    (ColumnKind.DURATION, "1:00:00", Habits(), "microseconds"),
]


@pytest.mark.parametrize(("kind", "given", "habits", "wanted"), READ)
def test_what_changed_in_form_only_is_read(
    kind: ColumnKind, given: str, habits: Habits, wanted: str
) -> None:
    read = spelling(kind, habits)
    assert read is not None
    assert read(given) == wanted


@pytest.mark.parametrize(("kind", "given", "habits", "word"), REFUSED)
def test_what_may_be_another_value_is_refused(
    kind: ColumnKind, given: str, habits: Habits, word: str
) -> None:
    read = spelling(kind, habits)
    assert read is not None
    with pytest.raises(Misspelled) as refused:
        read(given)
    assert word in str(refused.value.wanted)


def test_a_text_is_whatever_stands_there() -> None:
    assert spelling(ColumnKind.TEXT, Habits()) is None
