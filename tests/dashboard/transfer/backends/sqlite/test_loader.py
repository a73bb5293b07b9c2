"""SQLite takes many rows with a statement, and all of them or none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.errors import DataRefused
from tests.dashboard.transfer.every_kind import (
    DatabasePairs,
    EngineDatabase,
    Field,
    make_plan,
    types,
)
from tests.project import Servers

FIELDS = [
    Field("id", ColumnKind.INTEGER, types("integer", "", "integer")),
    Field("name", ColumnKind.TEXT, types("text", "", "varchar(9)")),
    Field("moment", ColumnKind.TIMESTAMP, types("timestamp", "", "datetime")),
    Field("clock", ColumnKind.TIME, types("time", "", "time")),
    Field("number", ColumnKind.INTEGER, types("bigint", "", "bigint unsigned")),
]
MOMENTS = {
    "2024-02-29 13:14:15": "2024-02-29 13:14:15",
    "2024-02-29 13:14:15.000000": "2024-02-29 13:14:15",
    "2024-02-29 13:14:15.5": "2024-02-29 13:14:15.500000",
    "2024-02-29 13:14:15.000001": "2024-02-29 13:14:15.000001",
    "9999-12-31 23:59:59.120": "9999-12-31 23:59:59.120000",
}
CLOCKS = {
    "13:14:15": "13:14:15",
    "13:14:15.000": "13:14:15",
    "13:14:15.000000": "13:14:15",
    "13:14:15.25": "13:14:15.250000",
    "13:14:15.000001": "13:14:15.000001",
}
# More than a statement takes, and not a multiple of it.
MANY = 1_234


@pytest.fixture
def side(servers: Servers) -> Iterator[EngineDatabase]:
    pairs = DatabasePairs(servers)
    side = pairs.get("sqlite", "new")
    side.create("things", FIELDS)
    yield side
    pairs.close()


Row = tuple[str | None, ...]


def load(side: EngineDatabase, *batches: list[Row]) -> int:
    session = side.session(writing=True)
    plan = make_plan((side, side), "things", FIELDS)
    with session.transaction():
        return session.loader.load_rows(plan, iter(batches))


def stored(side: EngineDatabase, columns: str = "*") -> list[tuple[object, ...]]:
    session = side.session()
    return session.query(f"SELECT {columns} FROM things ORDER BY id")


def test_every_row_arrives_whatever_the_number(side: EngineDatabase) -> None:
    rows: list[Row] = [
        (str(n), f"n{n}", None, None, str(-n) if n % 3 else None) for n in range(MANY)
    ]
    assert load(side, rows[:1], [], rows[1:3], rows[3:]) == MANY
    assert stored(side) == [
        (n, f"n{n}", None, None, -n if n % 3 else None) for n in range(MANY)
    ]
    assert stored(side, "DISTINCT typeof(id), typeof(number)") in (
        [("integer", "integer"), ("integer", "null")],
        [("integer", "null"), ("integer", "integer")],
    )


def test_moments_are_spelled_as_django_spells_them(side: EngineDatabase) -> None:
    rows: list[Row] = [
        *((str(n), "", moment, None, None) for n, moment in enumerate(MOMENTS)),
        *((str(n), "", None, clock, None) for n, clock in enumerate(CLOCKS, 100)),
    ]
    load(side, rows)
    values = stored(side, "coalesce(moment, clock)")
    assert [value for (value,) in values] == [*MOMENTS.values(), *CLOCKS.values()]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("7", "s3cret", None, None, None), "CONSTRAINT_PRIMARYKEY|CONSTRAINT_ROWID"),
        (("9000", "s3cret", None, None, "18446744073709551615"), "64 bits"),
        (("9000", "s3cret", None, None, "s3cret"), "Column 'number'"),
    ],
)
def test_a_bad_row_among_many_keeps_all_out(
    side: EngineDatabase, row: Row, said: str
) -> None:
    rows: list[Row] = [(str(n), "", None, None, None) for n in range(MANY)]
    with pytest.raises(DataRefused, match=said) as caught:
        load(side, rows, [row])
    assert "s3cret" not in str(caught.value)
    assert stored(side) == []


def test_nothing_is_left_out_in_silence(side: EngineDatabase) -> None:
    side.run("CREATE UNIQUE INDEX one_name ON things (name)")
    side.run(
        "CREATE TRIGGER quiet BEFORE INSERT ON things WHEN NEW.number = 1 "
        "BEGIN SELECT RAISE(IGNORE); END"
    )
    with pytest.raises(DataRefused, match=r"CONSTRAINT_UNIQUE .*things\.name"):
        load(side, [(str(n), "same", None, None, None) for n in range(2)])
    # A trigger that keeps rows away shows in the count.
    assert load(side, [("1", "a", None, None, "1"), ("2", "b", None, None, "2")]) == 1
