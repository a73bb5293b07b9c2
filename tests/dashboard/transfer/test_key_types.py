"""A table is paged by a key of any type without a row lost, twice or changed."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest

from dashboard.transfer import keys
from dashboard.transfer.backends.base import Session
from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.copy import move
from dashboard.transfer.keys import KeyRange
from dashboard.transfer.matching import plan_table
from dashboard.transfer.plan import TEXT, TablePlan
from tests.dashboard.transfer.every_key import EVERY_KEY, EveryKey
from tests.dashboard.transfer.every_kind import (
    DatabasePair,
    DatabasePairs,
    EngineDatabase,
    compared,
)
from tests.dashboard.transfer.key_types import BY_ENGINE, ROWS_PER_CHUNK, KeyType
from tests.servers import fresh_name

IGNORED = {
    "postgresql": ("INSERT INTO", "ON CONFLICT DO NOTHING"),
    "mariadb": ("INSERT IGNORE INTO", ""),
    "mysql": ("INSERT IGNORE INTO", ""),
    "sqlite": ("INSERT OR IGNORE INTO", ""),
}
# What a driver reads of a value, to the last bit.
EXACT = {
    "postgresql": "{}::text",
    "mariadb": "HEX(CAST({} AS BINARY))",
    "mysql": "HEX(CAST({} AS BINARY))",
    "sqlite": "typeof({0}) || hex({0}) || quote({0})",
}
# The rest is for `make soak`.
FEW = {
    "postgresql": {"free numeric", "char", "bytea", "timestamptz", "enum", "mixed"},
    "mariadb": {"unsigned", "zerofill", "decimal", "binary", "enum", "set", "mixed"},
    "mysql": {"decimal", "varbinary", "time", "enum", "enum, decimal, bits"},
    "sqlite": {"anything in a number", "varchar", "decimal", "octets and number"},
}


def cases() -> list[Any]:
    return [
        pytest.param(
            engine,
            key,
            id=f"{engine}-{key.name}",
            marks=() if key.name in FEW[engine] else (pytest.mark.soak,),
        )
        for engine, types in BY_ENGINE.items()
        for key in types
    ]


def names(key: KeyType) -> list[str]:
    return [f"k{place}" for place, _ in enumerate(key.columns)]


def create(side: EngineDatabase, table: str, key: KeyType) -> None:
    if key.before:
        side.run(key.before.replace("%", "%%"))
    columns = ", ".join(
        f"{name} {column} NOT NULL"
        for name, column in zip(names(key), key.columns, strict=True)
    )
    primary = f"PRIMARY KEY ({', '.join(names(key))})"
    side.run(f"CREATE TABLE {table} ({columns}, n int, {primary}){key.suffix}")


def fill(side: EngineDatabase, table: str, key: KeyType) -> None:
    insert, end = IGNORED[side.engine]
    rows = ", ".join(f"({', '.join(row)}, {n})" for n, row in enumerate(key.rows))
    side.run(f"{insert} {table} VALUES {rows} {end}".replace("%", "%%"))


def planned(
    source: Session, destination: Session, table: str, key: KeyType
) -> TablePlan:
    old, new = source.catalog.table(table), destination.catalog.table(table)
    assert old and new
    kinds = {
        **dict(zip(names(key), key.all_kinds, strict=True)),
        "n": ColumnKind.INTEGER,
    }
    plan, remarks = plan_table(
        "a.Model", (source, old), (destination, new), kinds, tuple(names(key)), "UTC"
    )
    assert plan, remarks
    return plan


def ranges(source: Session, plan: TablePlan) -> list[KeyRange]:
    found, lower = [], None
    while plan.is_divisible:
        upper = source.reader.upper_bound(plan, lower, ROWS_PER_CHUNK)
        # As it is kept between two chunks.
        upper = keys.from_json(json.loads(json.dumps(keys.to_json(upper))))
        if upper is None:
            break
        found.append(KeyRange(lower, upper))
        lower = upper
        assert len(found) < 100
    return [*found, KeyRange(lower, None)]


def copied(pair: DatabasePair, table: str, key: KeyType) -> tuple[TablePlan, list[int]]:
    """Copy chunk by chunk; return the plan, and the rows of each chunk."""
    with pair[0].session() as source, pair[1].session(writing=True) as destination:
        plan = planned(source, destination, table, key)
        found = []
        for part in ranges(source, plan):
            with destination.transaction():
                found.append(move(source, destination, plan, part).rows)
    return plan, found


def exact(side: EngineDatabase, table: str, key: KeyType) -> list[tuple[Any, ...]]:
    columns = ", ".join(EXACT[side.engine].format(name) for name in names(key))
    return side.read(f"SELECT n, {columns} FROM {table} ORDER BY n")


@pytest.mark.parametrize(("engine", "key"), cases())
def test_a_key_of_any_type(pairs: DatabasePairs, engine: str, key: KeyType) -> None:
    pair = pairs.pair(engine, engine)
    table = fresh_name("t")
    for side in pair:
        create(side, table, key)
    fill(pair[0], table, key)
    plan, chunks = copied(pair, table, key)
    there = exact(pair[0], table, key)
    assert exact(pair[1], table, key) == there
    assert sum(chunks) == len(there)
    if plan.is_divisible:
        full, last = divmod(len(there), ROWS_PER_CHUNK)
        assert chunks == [ROWS_PER_CHUNK] * full + [last]
    assert compared(pair, plan).is_equal

    pair[1].run(f"UPDATE {table} SET n = 1000 WHERE n = {there[0][0]}")
    pair[1].run(f"DELETE FROM {table} WHERE n = {there[1][0]}")
    found = compared(pair, plan)
    problems = sorted(one.problem for one in found.differences)
    assert problems == ["differs", "missing"]
    for one in found.differences:
        assert all(text.isprintable() for text in one.key)


ENGINES = list(BY_ENGINE)
# A round through the engines; the rest is for `make soak`.
ROUND = {("postgresql", "mariadb"), ("mariadb", "sqlite"), ("sqlite", "postgresql")}
MANY_DIRECTIONS = [
    pytest.param(*pair, marks=() if pair in ROUND else (pytest.mark.soak,))
    for pair in permutations(ENGINES, 2)
]


@pytest.mark.parametrize("key", EVERY_KEY, ids=lambda key: key.name)
@pytest.mark.parametrize(("source", "destination"), MANY_DIRECTIONS)
def test_a_key_between_two_engines(
    pairs: DatabasePairs, source: str, destination: str, key: EveryKey
) -> None:
    pair = pairs.pair(source, destination)
    old, new = key.of(source), key.of(destination)
    table, wanted = fresh_name("t"), fresh_name("w")
    create(pair[0], table, old)
    create(pair[1], table, new)
    create(pair[1], wanted, new)
    fill(pair[0], table, old)
    fill(pair[1], wanted, new)
    plan, chunks = copied(pair, table, old)
    assert plan.route == TEXT
    there = exact(pair[1], wanted, new)
    assert exact(pair[1], table, new) == there
    assert sum(chunks) == len(there)
    assert len(chunks) == (len(there) // ROWS_PER_CHUNK + 1 if plan.is_divisible else 1)
    assert compared(pair, plan).is_equal

    pair[1].run(f"UPDATE {table} SET n = 1000 WHERE n = 0")
    pair[1].run(f"DELETE FROM {table} WHERE n = 1")
    found = compared(pair, plan)
    assert sorted(one.problem for one in found.differences) == ["differs", "missing"]
