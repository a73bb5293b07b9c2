"""An instant stays an instant where one side keeps the digits of a clock."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.transfer import moments
from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.copy import move
from dashboard.transfer.errors import DataRefused
from dashboard.transfer.scan import questions, scan
from tests.dashboard.transfer.every_kind import (
    ID,
    DatabasePair,
    DatabasePairs,
    Field,
    compared,
    make_plan,
    types,
)
from tests.project import VENDORS
from tests.servers import fresh_name

ZONES = [
    "Europe/Berlin",
    # Half an hour; a summer time that is the standard one; no summer time.
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "America/New_York",
    "Asia/Kolkata",
    "UTC",
]
MANY_ZONES = [*ZONES[:2], *(pytest.param(z, marks=pytest.mark.soak) for z in ZONES[2:])]
AT = Field("at", ColumnKind.TIMESTAMP, types("timestamptz", "datetime(6)", "datetime"))
FIELDS = [ID, AT]


def some_instants(zone: str) -> list[datetime]:
    """Instants about every change of the clocks of some years, and any others."""
    chance = random.Random(zone)
    clock = ZoneInfo(zone)
    found = []
    for year in (1950, 1979, 2024, 2036, 2500, 9000):
        day = datetime(year, 1, 1, tzinfo=UTC)
        for _ in range(365):
            after = day + timedelta(days=1)
            if day.astimezone(clock).utcoffset() != after.astimezone(clock).utcoffset():
                found += [day + timedelta(minutes=15 * n + 1) for n in range(100)]
            day = after
    for _ in range(200):
        second = chance.randrange(-2_000_000_000, 250_000_000_000)
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
        found.append(moment + timedelta(microseconds=chance.choice([0, 1, 999_999])))
    return found


def in_digits(moment: datetime) -> str:
    """As Django writes it into SQLite."""
    return moment.replace(tzinfo=None).isoformat(" ")


def make(pair: DatabasePair) -> str:
    table = fresh_name("t")
    for side in pair:
        side.create(table, FIELDS)
    return table


def fill(pair: DatabasePair, side: int, table: str, texts: list[str]) -> None:
    rows = ", ".join(f"({n}, '{text}')" for n, text in enumerate(texts))
    pair[side].run(f"INSERT INTO {table} VALUES {rows}")


def copied(pair: DatabasePair, table: str, zone: str) -> None:
    plan = make_plan(pair, table, FIELDS, zone=zone)
    with (
        pair[0].session() as source,
        pair[1].session(writing=True) as destination,
        destination.transaction(),
    ):
        move(source, destination, plan)


def is_equal(pair: DatabasePair, table: str, zone: str) -> bool:
    return compared(pair, make_plan(pair, table, FIELDS, zone=zone)).is_equal


def kept(pair: DatabasePair, side: int, table: str) -> list[str]:
    at = {"postgresql": "(at AT TIME ZONE 'UTC')::text", "mysql": "CAST(at AS CHAR)"}
    column = at.get(pair[side].vendor, "at")
    read = pair[side].read(f"SELECT {column} FROM {table} ORDER BY id")
    return [in_digits(datetime.fromisoformat(text)) for (text,) in read]


@pytest.mark.parametrize("zone", MANY_ZONES)
@pytest.mark.parametrize("naive", ["mariadb", "sqlite"])
def test_instants_and_the_digits_of_a_clock(
    pairs: DatabasePairs, naive: str, zone: str
) -> None:
    pair = pairs.pair("postgresql", naive)
    clock = ZoneInfo(zone)
    every = [moment.astimezone(clock) for moment in some_instants(zone)]
    local = [moment for moment in every if not moment.fold]
    instants = [in_digits(moment.astimezone(UTC)) for moment in local]
    there = [in_digits(moment) for moment in local]
    table = make(pair)
    fill(pair, 0, table, [f"{text}+00" for text in instants])

    copied(pair, table, zone)
    assert kept(pair, 1, table) == there
    assert is_equal(pair, table, zone)

    back = (pair[1], pair[0])
    pair[0].run(f"DELETE FROM {table}")
    copied(back, table, zone)
    assert kept(pair, 0, table) == instants
    assert is_equal(back, table, zone)


def of(vendor_type: str) -> Field:
    return Field("at", ColumnKind.TIMESTAMP, dict.fromkeys(VENDORS, vendor_type))


INSTANTS = {"timestamptz", "timestamp(6)"}
TYPES = [
    ("postgresql", "timestamptz"),
    ("postgresql", "timestamp"),
    ("mariadb", "timestamp(6)"),
    ("mariadb", "datetime(6)"),
    ("sqlite", "datetime"),
]


@pytest.mark.parametrize("source", TYPES, ids="-".join)
@pytest.mark.parametrize("destination", TYPES, ids="-".join)
def test_every_type_of_a_moment_beside_every_other(
    pairs: DatabasePairs, source: tuple[str, str], destination: tuple[str, str]
) -> None:
    zone, table = "Europe/Berlin", fresh_name("t")
    pair = pairs.pair(source[0], destination[0])
    moments = [
        datetime(2024, month, 27, 0, 30, 0, month, tzinfo=UTC) for month in range(1, 13)
    ]
    spelled = {
        True: [in_digits(moment) for moment in moments],
        False: [in_digits(moment.astimezone(ZoneInfo(zone))) for moment in moments],
    }
    fields = []
    for side, (_, name) in zip(pair, (source, destination), strict=True):
        fields.append([ID, of(name)])
        side.create(table, fields[-1])
    plan = make_plan(pair, table, fields[0], zone=zone)
    with pair[0].session(writing=True) as session, session.transaction():
        for number, text in enumerate(spelled[is_instant(source)]):
            session.execute(f"INSERT INTO {table} VALUES ({number}, '{text}')")
    with (
        pair[0].session() as old,
        pair[1].session(writing=True) as new,
        new.transaction(),
    ):
        move(old, new, plan)
    at = {"postgresql": "at::text", "mysql": "CAST(at AS CHAR)", "sqlite": "at"}
    with pair[1].session() as session:
        read = f"SELECT {at[session.vendor]} FROM {table} ORDER BY id"
        there = [datetime.fromisoformat(row[0]) for row in session.query(read)]
    assert list(map(in_digits, there)) == spelled[is_instant(destination)]
    found = compared(pair, plan)
    assert found.differences == ()
    # Without its tables of zones MySQL cannot tell one from the other.
    untold = source[0] == destination[0] == "mariadb" and source != destination
    assert bool(found.unproved) == untold


def is_instant(side: tuple[str, str]) -> bool:
    return side[1] in INSTANTS


SECOND_HALF = {
    "Europe/Berlin": "2024-10-27 01:30:00",
    "Australia/Lord_Howe": "2024-04-06 15:10:00",
    "America/New_York": "2500-11-07 06:59:59.999999",
}
SKIPPED = {
    "Europe/Berlin": "2024-03-31 02:30:00",
    "Australia/Lord_Howe": "2024-10-06 02:29:59",
    "America/New_York": "2500-03-14 02:00:00",
}


@pytest.mark.parametrize("naive", ["mariadb", "mysql", "sqlite"])
@pytest.mark.parametrize("zone", SECOND_HALF)
def test_the_second_of_two_instants_is_refused_and_noticed(
    pairs: DatabasePairs, naive: str, zone: str
) -> None:
    pair = pairs.pair("postgresql", naive)
    clock, text = ZoneInfo(zone), SECOND_HALF[zone]
    moment = datetime.fromisoformat(f"{text}+00:00").astimezone(clock)
    assert moment.fold
    table = make(pair)
    fill(pair, 0, table, [f"{text}+00"])
    with pytest.raises(DataRefused) as raised:
        copied(pair, table, zone)
    assert "'at'" in str(raised.value)
    # However it came there.
    fill(pair, 1, table, [in_digits(moment)])
    assert not is_equal(pair, table, zone)
    assert not is_equal((pair[1], pair[0]), table, zone)


@pytest.mark.parametrize("naive", ["mariadb", "mysql", "sqlite"])
@pytest.mark.parametrize("zone", SKIPPED)
def test_digits_that_no_clock_shows_are_refused_and_noticed(
    pairs: DatabasePairs, naive: str, zone: str
) -> None:
    pair = pairs.pair(naive, "postgresql")
    text = SKIPPED[zone]
    table = make(pair)
    fill(pair, 0, table, [text])
    with pytest.raises(DataRefused) as raised:
        copied(pair, table, zone)
    assert "'at'" in str(raised.value)
    for instant in (f"{text} {zone}", f"{text}+00"):
        fill(pair, 1, table, [instant])
        assert not is_equal(pair, table, zone)
        pair[1].run(f"DELETE FROM {table}")


FROM_TO = [
    (TYPES[0], TYPES[1]),
    (TYPES[0], TYPES[3]),
    (TYPES[0], TYPES[4]),
    (TYPES[1], TYPES[0]),
    (TYPES[2], TYPES[3]),
    (TYPES[3], TYPES[0]),
    (TYPES[4], TYPES[0]),
]


def is_odd(moment: datetime, zone: str, source: tuple[str, str]) -> bool:
    """Whether the other side has no moment of its own for it."""
    clock = ZoneInfo(zone)
    if is_instant(source):
        return bool(moment.replace(tzinfo=UTC).astimezone(clock).fold)
    instant = moment.replace(tzinfo=clock).astimezone(UTC)
    return instant.astimezone(clock).replace(tzinfo=None) != moment


@pytest.mark.parametrize(("source", "destination"), FROM_TO)
def test_what_no_clock_tells_is_found_before_anything_is_copied(
    pairs: DatabasePairs, source: tuple[str, str], destination: tuple[str, str]
) -> None:
    zone, table = "Europe/Berlin", fresh_name("t")
    pair = pairs.pair(source[0], destination[0])
    for side, (_, name) in zip(pair, (source, destination), strict=True):
        side.create(table, [ID, of(name)])
    naive = [moment.replace(tzinfo=None) for moment in some_instants(zone)]
    held = [m for m in naive if 1970 < m.year < 2038 or "timestamp(6)" not in source]
    rows = ", ".join(f"({n}, '{m.isoformat(' ')}')" for n, m in enumerate(held))
    with pair[0].session(writing=True) as session, session.transaction():
        session.execute(f"INSERT INTO {table} VALUES {rows}")
        if source[0] == destination[0] == "postgresql":
            session.execute(f"INSERT INTO {table} VALUES (-1, 'infinity')")
    plan = make_plan(pair, table, [ID, of(source[1])], zone=zone)
    with pair[0].session() as old, pair[1].session() as new:
        asked = questions(old, new, plan, new.catalog.tables([table])[table])
        found = scan(old, plan, asked, examples=len(held))
    odd = {(n,) for n, moment in enumerate(held) if is_odd(moment, zone, source)}
    assert odd
    assert {key for one in found.broken for key in one.keys} == odd
    assert sum(one.count for one in found.broken) == len(odd)


def test_what_clocks_were_ever_put_back_by() -> None:
    assert moments.repeated_seconds("UTC") == ()
    assert 3600 in moments.repeated_seconds("Europe/Berlin")
    assert 1800 in moments.repeated_seconds("Australia/Lord_Howe")


@pytest.mark.parametrize("zone", ZONES)
def test_digits_and_instants_are_each_other_s_reverse(zone: str) -> None:
    clock = ZoneInfo(zone)
    for moment in some_instants(zone):
        text, local = in_digits(moment), moment.astimezone(clock)
        if local.fold:
            with pytest.raises(ValueError):
                moments.digits(text, zone)
        else:
            assert moments.digits(text, zone) == in_digits(local)
            assert moments.instant(in_digits(local), zone) == text
