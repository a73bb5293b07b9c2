"""Tables without a key: copied whole, compared as what they hold how many times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.copy import move
from dashboard.transfer.matching import Remark, plan_table
from dashboard.transfer.plan import TablePlan
from tests.dashboard.transfer.every_kind import (
    DatabasePair,
    DatabasePairs,
    Field,
    compared,
    make_plan,
    types,
)
from tests.project import DIRECTIONS
from tests.servers import fresh_name

FIELDS = [
    Field("number", ColumnKind.INTEGER, types("integer", "int", "integer")),
    Field("name", ColumnKind.TEXT, types("varchar(100)")),
    Field("size", ColumnKind.FLOAT, types("double precision", "double", "real")),
    Field("document", ColumnKind.JSON, types("jsonb", "longtext", "text")),
]
ROWS: list[tuple[Any, ...]] = [
    *[(1, "twice", 0.5, '{"a": 1}')] * 2,
    (None, "no number", 1.5, "[]"),
    (None, None, None, None),
    *[(2, "three times", 1e22, "null")] * 3,
    (2, "three times", 1e23, "null"),
]


def filled(pair: DatabasePair, key: str = "") -> str:
    table = fresh_name("t")
    for side in pair:
        side.create(table, FIELDS, key)
    for row in ROWS:
        pair[0].run(f"INSERT INTO {table} VALUES (%s, %s, %s, %s)", row)
    return table


def copied(
    pair: DatabasePair, table: str, key: tuple[str, ...]
) -> tuple[TablePlan, list[Remark]]:
    with pair[0].session() as source, pair[1].session(writing=True) as destination:
        old, new = source.catalog.table(table), destination.catalog.table(table)
        assert old and new
        plan, remarks = plan_table(
            "a.Model",
            (source, old),
            (destination, new),
            {field.name: field.kind for field in FIELDS},
            key,
            "UTC",
        )
        assert plan
        with destination.transaction():
            assert move(source, destination, plan).rows == len(ROWS)
    return plan, remarks


CASES = [(*direction, key) for direction in DIRECTIONS for key in ((), ("number",))]


@pytest.fixture
def pair(pairs: DatabasePairs, request: pytest.FixtureRequest) -> Iterator[Any]:
    source, destination, key = request.param
    yield pairs.pair(source, destination), key


@pytest.mark.parametrize("pair", CASES, indirect=True)
def test_f37_equal_rows_are_counted(pair: tuple[DatabasePair, tuple[str, ...]]) -> None:
    sides, key = pair
    table = filled(sides)
    plan, (remark,) = copied(sides, table, key)
    assert not remark.blocks
    assert "has no primary key" in remark.message
    assert (plan.is_divisible, plan.has_integer_key) == (False, False)
    read = f"SELECT number, name, size FROM {table}"
    assert Counter(sides[1].read(read)) == Counter(sides[0].read(read))
    assert compared(sides, plan).is_equal

    new = sides[1]
    new.run(f"INSERT INTO {table} VALUES (1, 'twice', 0.5, '{{\"a\": 1}}')")
    found = compared(sides, plan)
    (one,) = found.differences
    assert one.problem == "extra"
    assert one.key == ("1",) if key else one.key[0].startswith("#")
    assert found.destination_rows == len(ROWS) + 1

    # As many rows, of which one is there once too often and another too seldom.
    new.run(f"DELETE FROM {table} WHERE size > 1e22")
    found = compared(sides, plan)
    assert sorted(one.problem for one in found.differences) == ["extra", "missing"]

    new.run(f"DELETE FROM {table} WHERE number = 1")
    new.run(f"UPDATE {table} SET document = '[1]' WHERE name = 'no number'")
    found = compared(sides, plan)
    problems = Counter(one.problem for one in found.differences)
    assert problems == {"missing": 3, "differs": 1}
    (differing,) = [one for one in found.differences if one.problem == "differs"]
    assert differing.columns == ("document",)


def test_a_row_that_is_only_on_one_side_a_million_times_takes_no_memory(
    pairs: DatabasePairs,
) -> None:
    pair = pairs.pair("postgresql", "postgresql")
    table = filled(pair)
    plan, _ = copied(pair, table, ("number",))
    pair[1].run(f"INSERT INTO {table} SELECT 5, 'many' FROM generate_series(1, 20000)")
    found = compared(pair, plan, differences_kept=3)
    assert found.differences_count > 10_000
    assert len(found.differences) == 3


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_rows_of_nothing_but_what_python_hashes(
    pairs: DatabasePairs, source: str, destination: str
) -> None:
    pair, fields = pairs.pair(source, destination), FIELDS[2:]
    table = fresh_name("t")
    for side, document in zip(pair, ('{"a": 1, "b": 2}', '{"b":2,"a":1}'), strict=True):
        side.create(table, fields, "")
        for size in (0.5, 0.5, 1e22):
            side.run(f"INSERT INTO {table} VALUES (%s, %s)", (size, document))
    plan = make_plan(pair, table, fields, ())
    assert compared(pair, plan).is_equal
    pair[1].run(f"UPDATE {table} SET document = '{{}}' WHERE size > 1")
    (one,) = compared(pair, plan).differences
    assert one.problem == "differs"
    assert one.columns == ("document",)
