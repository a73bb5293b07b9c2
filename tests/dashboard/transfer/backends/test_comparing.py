"""What is spelled differently and is the same, and what only looks the same."""

from __future__ import annotations

import random
import struct
from typing import Any

import pytest

from dashboard.transfer import canonical
from dashboard.transfer.checksums import HashedColumn
from dashboard.transfer.columns import ColumnKind, ColumnType
from dashboard.transfer.differences import RowDifference
from tests.dashboard.transfer.backends.spellings import DIFFERENT, SAME, Spelling
from tests.dashboard.transfer.every_kind import (
    FIELD,
    ID,
    MYSQL_ITSELF,
    DatabasePairs,
    Field,
    compared,
    make_plan,
)
from tests.project import DIRECTIONS
from tests.servers import fresh_name

DIFFERS = (RowDifference("differs", ("1",), ("value",)),)


def spelled(
    pairs: DatabasePairs, kind: ColumnKind, source: Spelling, destination: Spelling
) -> tuple[RowDifference, ...]:
    pair = pairs.pair(source[0], destination[0])
    for side, (engine, column_type, _) in zip(pair, (source, destination), strict=True):
        if side.engine != engine and column_type in MYSQL_ITSELF:
            pytest.skip(f"{side.engine} has no type {column_type}.")
    table = fresh_name("t")
    for side, (_, column_type, sql) in zip(pair, (source, destination), strict=True):
        side.run(f"CREATE TABLE {table} (id int PRIMARY KEY, value {column_type})")
        side.run(f"INSERT INTO {table} VALUES (1, {sql})")
    field = Field("value", kind, {})
    found = compared(pair, make_plan(pair, table, [ID, field]))
    assert found.unverifiable == ""
    return found.differences


def names(case: Any) -> str:
    return "-".join(case[:2]) if isinstance(case, tuple) else str(case)


@pytest.mark.parametrize(("kind", "source", "destination"), SAME, ids=names)
def test_same_values(
    pairs: DatabasePairs, kind: ColumnKind, source: Spelling, destination: Spelling
) -> None:
    assert spelled(pairs, kind, source, destination) == ()
    assert spelled(pairs, kind, destination, source) == ()


@pytest.mark.parametrize(("kind", "source", "destination"), DIFFERENT, ids=names)
def test_different_values(
    pairs: DatabasePairs, kind: ColumnKind, source: Spelling, destination: Spelling
) -> None:
    assert spelled(pairs, kind, source, destination) == DIFFERS
    assert spelled(pairs, kind, destination, source) == DIFFERS


def some_floats() -> list[float]:
    chance = random.Random(5)
    bits = [chance.getrandbits(64) for _ in range(1500)]
    wild = [struct.unpack("<d", struct.pack("<Q", number))[0] for number in bits]
    plain = [chance.uniform(-1000, 1000) for _ in range(500)]
    prices = [round(chance.uniform(0, 1e6), 2) for _ in range(500)]
    scales = [s * 10.0**e for e in range(-20, 23) for s in (1, 1.5, -9.999999)]
    edges = [2.0**53, 2.0**53 + 2, 1e15, 999999999999999.9, 1e-4, 9.9e-5, 1e-15]
    return [
        value
        for value in (*wild, *plain, *prices, *scales, *edges)
        if 1e-300 < abs(value) < 1e300
    ]


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_floats_are_mostly_spelled_alike_by_the_servers(
    pairs: DatabasePairs, source: str, destination: str
) -> None:
    pair = pairs.pair(source, destination)
    table = fresh_name("t")
    floats = some_floats()
    texts = {}
    for side in pair:
        side.create(table, [ID, FIELD["size"]])
        # As parameters: SQLite reads a literal of 1e-293 inexactly.
        values = [v for row in enumerate(floats) for v in row]
        placeholders = ", ".join(["(%s, %s)"] * len(floats))
        side.run(f"INSERT INTO {table} VALUES {placeholders}", values)
        with side.session() as session:
            column = HashedColumn(
                "size", ColumnKind.FLOAT, ColumnType("double"), canonical.FLOAT_TEXT
            )
            sql = session.comparer.text(column, "UTC")
            found = session.query(f"SELECT {sql} FROM {table} ORDER BY id")
            texts[side] = [row[0] for row in found]
    first, second = texts[pair[0]], texts[pair[1]]
    unlike = sum(one != other for one, other in zip(first, second, strict=True))
    assert unlike <= 10
    assert [float(text) for text in first] == floats
    assert compared(pair, make_plan(pair, table, [ID, FIELD["size"]])).is_equal


def test_addresses_are_spelled_alike_by_the_servers(pairs: DatabasePairs) -> None:
    chance = random.Random(7)
    pair = pairs.pair("mariadb", "postgresql")
    table = fresh_name("t")
    groups = ["0", "0", "0", "1", "ff", "abcd"]
    texts = [":".join(chance.choices(groups, k=8)) for _ in range(500)]
    texts += ["::1.2.3.4", "::ffff:1.2.3.4", "::", "::1", "1.2.3.4", "255.255.255.255"]
    for side in pair:
        side.create(table, [ID, FIELD["address"]])
        rows = ", ".join(f"({n}, '{text}')" for n, text in enumerate(texts))
        side.run(f"INSERT INTO {table} VALUES {rows}")
    assert compared(pair, make_plan(pair, table, [ID, FIELD["address"]])).is_equal
