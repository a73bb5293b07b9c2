"""Moments that not every engine has: equal, refused by name, or noticed."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.transfer.backends.base import Session
from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.compare import compare
from dashboard.transfer.copy import move
from dashboard.transfer.errors import DataRefused
from dashboard.transfer.plan import TablePlan
from tests.dashboard.transfer.every_kind import (
    ID,
    DatabasePairs,
    EngineDatabase,
    Field,
    make_plan,
    types,
)
from tests.project import VENDORS
from tests.servers import fresh_name

MOMENT = types("timestamptz", "datetime(6)", "datetime")
DAY = types("date")
CLOCK = types("time", "time(6)", "time")
PAUSE = types("interval", "bigint")

Values = dict[str, str | None]


def nowhere(*values: str) -> Values:
    """Values that no other engine holds."""
    return dict.fromkeys(values)


# The engine, the kind, the types, and values with what other engines hold then.
# A plus sign stands before what is no text.
CASES: list[tuple[str, ColumnKind, dict[str, str], Values]] = [
    (
        "postgresql",
        ColumnKind.TIMESTAMP,
        MOMENT,
        {
            **nowhere("infinity", "-infinity", "0044-03-15 12:00:00+00 BC"),
            **nowhere("10000-01-01 00:00:00+00"),
            "2024-02-29 12:00:00.5+02": "2024-02-29 10:00:00.5",
        },
    ),
    (
        "postgresql",
        ColumnKind.TIMESTAMP,
        {**MOMENT, "postgresql": "timestamp"},
        {
            **nowhere("infinity", "10000-01-01 00:00:00", "0001-01-01 00:00:00 BC"),
            "2024-03-31 02:30:00": "2024-03-31 02:30:00",
        },
    ),
    (
        "postgresql",
        ColumnKind.DATE,
        DAY,
        {
            **nowhere("infinity", "-infinity", "0044-03-15 BC", "10000-01-01"),
            "0001-01-01": "0001-01-01",
        },
    ),
    (
        "postgresql",
        ColumnKind.TIME,
        CLOCK,
        {"24:00:00": "24:00:00", "23:59:59.999999": "23:59:59.999999"},
    ),
    (
        "postgresql",
        ColumnKind.DURATION,
        PAUSE,
        {
            **nowhere("1 mon", "-1 mon", "1 mon -30 days", "1 day 1 mon"),
            **nowhere("106751992 days", "170000000 years", "999999999 days"),
            "1 year -12 mons": "0",
            "1 day -24 hours": "0",
            "-1 microsecond": "-1",
            "1 day -1 microsecond": "86399999999",
            "106751991 days": "9223372022400000000",
            "-106751991 days -04:00:54.775808": "-9223372036854775808",
            "-1 days +00:00:00.5": "-86399500000",
            "25 hours": "90000000000",
        },
    ),
    (
        "mariadb",
        ColumnKind.TIMESTAMP,
        MOMENT,
        {
            **nowhere("0000-00-00 00:00:00", "2024-00-00 00:00:00"),
            **nowhere("2024-02-00 10:00:00", "0000-01-01 00:00:00"),
            "2024-02-29 10:00:00.000001": "2024-02-29 10:00:00.000001",
        },
    ),
    (
        "mariadb",
        ColumnKind.DATE,
        DAY,
        nowhere("0000-00-00", "2024-02-00", "2024-00-10", "0000-01-01"),
    ),
    (
        "mariadb",
        ColumnKind.TIME,
        CLOCK,
        {
            **nowhere("25:00:00", "-00:00:01", "838:59:59", "-838:59:59.999999"),
            **nowhere("-00:00:00.000001", "100:00:00.5"),
            "24:00:00": "24:00:00",
            "23:59:59.999999": "23:59:59.999999",
        },
    ),
    (
        "sqlite",
        ColumnKind.TIMESTAMP,
        MOMENT,
        {
            "2024-01-01T10:00:00Z": "2024-01-01 10:00:00",
            "2024-01-01 10:00:00+02:00": "2024-01-01 08:00:00",
            "2024-01-01 10:00:00.1-05:30": "2024-01-01 15:30:00.1",
            "2024-01-01T10:00:00": "2024-01-01 10:00:00",
            "2024-01-01 10:00:00.123": "2024-01-01 10:00:00.123",
            "2024-01-01 10:00:00.000000": "2024-01-01 10:00:00",
            "2024-01-01": "2024-01-01 00:00:00",
            "2024-01-01 10:00": "2024-01-01 10:00:00",
            "0000-00-00 00:00:00": "0000-00-00 00:00:00",
            **nowhere("garbage", "2024-99-99 00:00:00", "", "2023-02-29 00:00:00"),
            **nowhere("2024-01-01 10:00:00.1234567", "+1704103200", "+1704103200.5"),
            **nowhere("+20240101", "20240101", "x'00'", "2024-01-01 24:00:00", "now"),
            **nowhere(
                "2024-01-01 10:00:60", "infinity", "epoch", "tomorrow 10:00:00  "
            ),
            **nowhere("10000-01-01 00:00:00", "2024-01-01 10:00:00.1234567+00:00"),
        },
    ),
    (
        "sqlite",
        ColumnKind.DATE,
        DAY,
        {
            "2024-01-01 00:00:00": "2024-01-01",
            "2024-01-01T00:00:00": "2024-01-01",
            "2024-01-01 00:00:00.000000": "2024-01-01",
            **nowhere("2024-01-01 10:00:00", "today", "yesterday", "2023-02-29", ""),
            **nowhere("garbage", "+2024", "+2024010112", "20240101", "24-01-01"),
            **nowhere("2024-01-01 00:00:00+02:00", "infinity", "01/02/2024"),
        },
    ),
    (
        "sqlite",
        ColumnKind.TIME,
        CLOCK,
        {
            "10:00": "10:00:00",
            "10:00:00.5": "10:00:00.5",
            "10:00:00.000000": "10:00:00",
            "24:00:00": "24:00:00",
            "25:00:00": "25:00:00",
            **nowhere("10:00:00+02:00", "", "noon", "allballs", "10:00:60"),
            **nowhere("10:00:00.1234567", "1900-01-01 10:00:00", "+10", "+100000"),
            **nowhere("-10:00:00", "10:00 PM"),
        },
    ),
    (
        "sqlite",
        ColumnKind.DURATION,
        PAUSE,
        {
            "+1": "1",
            "-1": "-1",
            "+9223372036854775807": "9223372036854775807",
            **nowhere(
                "1 day", "1.5", "+1.5", "abc", "", "x'00'", "9223372036854775808"
            ),
        },
    ),
]
# What some engines hold as it is, and others refuse.
REFUSED_BY_SOME = {"24:00:00", "25:00:00", "0000-00-00 00:00:00"}


def in_sql(value: str) -> str:
    if value.startswith("x'"):
        return value
    return value[1:] if value.startswith("+") else f"'{value}'"


def kept(side: EngineDatabase, table: str, field: Field) -> str:
    """What the driver reads, in UTC and microseconds, without zeros at the end."""
    by_type = {
        "timestamptz": "(v AT TIME ZONE 'UTC')::text",
        "interval": "trunc(extract(epoch FROM v) * 1000000)::text",
    }
    own = {"postgresql": "v::text", "mysql": "CAST(v AS CHAR)", "sqlite": "v"}
    column = by_type.get(field.types[side.engine], own[side.vendor])
    text = str(side.read(f"SELECT {column} FROM {table}")[0][0])
    return text.rstrip("0").rstrip(".") if "." in text else text


def outcome(sessions: tuple[Session, Session], plan: TablePlan) -> str:
    source, destination = sessions
    try:
        with destination.transaction():
            move(source, destination, plan)
    except DataRefused as error:
        assert "'v'" in error.message
        return "refused"
    found = compare(source, destination, plan)
    assert found.unverifiable == ""
    return "equal" if found.is_equal else "noticed"


def cases() -> list[Any]:
    return [
        pytest.param(
            source,
            destination,
            number,
            id=f"{source}-{destination}-{number}",
            marks=(pytest.mark.soak,) if source == destination else (),
        )
        for number, (source, *_) in enumerate(CASES)
        for destination in VENDORS
    ]


@pytest.mark.parametrize(("source", "destination", "number"), cases())
def test_no_odd_moment_is_changed_and_verified(
    pairs: DatabasePairs, source: str, destination: str, number: int
) -> None:
    pair = pairs.pair(source, destination)
    _, kind, column, values = CASES[number]
    field = Field("v", kind, column)
    wrong, table = [], fresh_name("t")
    for side in pair:
        side.create(table, [ID, field])
    plan = make_plan(pair, table, [ID, field])
    sessions = pair[0].session(), pair[1].session(writing=True)
    for value, wanted in values.items():
        for side in pair:
            side.run(f"DELETE FROM {table}")
        pair[0].run(f"INSERT INTO {table} VALUES (1, {in_sql(value)})")
        found = outcome(sessions, plan)
        text = kept(pair[1], table, field) if found == "equal" else None
        if found == "equal" and pair[0].vendor == pair[1].vendor:
            is_right = text == kept(pair[0], table, field)
        elif source == destination:
            is_right = False
        elif wanted is None:
            is_right = found != "equal"
        else:
            may_refuse = found == "refused" and value in REFUSED_BY_SOME
            is_right = text == wanted or may_refuse
        if not is_right:
            wrong.append((value, found, text))
    assert not wrong
