"""A reference travels as the number that the destination has, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.transfer.backends.base import Session
from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.compare import compare
from dashboard.transfer.copy import move
from dashboard.transfer.errors import TransferError
from dashboard.transfer.plan import TablePlan
from dashboard.transfer.renumbering import Numbers, Run, ordered, runs
from tests.dashboard.transfer.every_kind import (
    ID,
    DatabasePair,
    DatabasePairs,
    Field,
    make_plan,
    types,
)
from tests.project import DIRECTIONS
from tests.servers import fresh_name

REF = Field("ref", ColumnKind.INTEGER, types("bigint"))
# Numbers that change places, a piece that moves as a whole, and one that stays.
NUMBERS = ordered({1: 2, 2: 1, 5: 900, 6: 901, 7: 902, 40: 40, 41: 3})
ROWS = [(1, 1), (2, 2), (3, 6), (4, None), (5, 40), (6, 41), (7, 7)]
ARRIVED = [(1, 2), (2, 1), (3, 901), (4, None), (5, 40), (6, 3), (7, 902)]


def test_a_map_has_as_few_pieces_as_it_can() -> None:
    assert runs(NUMBERS) == [
        Run(1, 1, 1),
        Run(2, 2, -1),
        Run(5, 7, 895),
        Run(40, 40, 0),
        Run(41, 41, -38),
    ]
    assert runs(()) == []


def tables(pair: DatabasePair) -> str:
    table = fresh_name("refs")
    for side in pair:
        side.create(table, [ID, REF])
    for row in ROWS:
        pair[0].run(f"INSERT INTO {table} VALUES (%s, %s)", row)
    return table


def planned(pair: DatabasePair, table: str, numbers: Numbers) -> TablePlan:
    plan = make_plan(pair, table, [ID, REF])
    columns = [
        replace(one, numbers=numbers) if one.name == "ref" else one
        for one in plan.columns
    ]
    found = replace(plan, columns=tuple(columns))
    assert TablePlan.from_json(found.to_json()) == found
    return found


def moved(source: Session, destination: Session, plan: TablePlan) -> None:
    with destination.transaction():
        move(source, destination, plan)


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_numbers_become_others_and_the_comparison_knows_it(
    pairs: DatabasePairs, source: str, destination: str
) -> None:
    pair = pairs.pair(source, destination)
    table = tables(pair)
    plan = planned(pair, table, NUMBERS)
    with pair[0].session() as old, pair[1].session(writing=True) as new:
        moved(old, new, plan)
        assert sorted(pair[1].read(f"SELECT id, ref FROM {table}")) == ARRIVED
        assert compare(old, new, plan).is_equal
        # One that was left as it was, which is another one's number there.
        pair[1].run(f"UPDATE {table} SET ref = 1 WHERE id = 1")
        (found,) = compare(old, new, plan).differences
        assert (found.key, found.columns) == (("1",), ("ref",))


@pytest.mark.parametrize(
    ("source", "destination"),
    [("postgresql", "postgresql"), ("mariadb", "sqlite"), ("sqlite", "mariadb")],
)
@pytest.mark.parametrize("numbers", [NUMBERS, ()], ids=["some", "none"])
def test_a_number_without_a_counterpart_is_never_loaded(
    pairs: DatabasePairs, source: str, destination: str, numbers: Numbers
) -> None:
    pair = pairs.pair(source, destination)
    table = tables(pair)
    pair[0].run(f"INSERT INTO {table} VALUES (8, 8)")
    plan = planned(pair, table, numbers)
    with pair[0].session() as old, pair[1].session(writing=True) as new:
        with pytest.raises(TransferError):
            moved(old, new, plan)
        assert pair[1].read(f"SELECT * FROM {table}") == []
        # Nor is it equal to the same number there.
        pair[1].run(f"INSERT INTO {table} VALUES (8, 8)")
        problems = {one.key: one.problem for one in compare(old, new, plan).differences}
        assert problems[("8",)] == "differs"


@pytest.mark.parametrize(
    ("source", "destination"), [("postgresql", "mariadb"), ("mariadb", "sqlite")]
)
def test_a_key_may_be_renumbered(
    pairs: DatabasePairs, source: str, destination: str
) -> None:
    pair = pairs.pair(source, destination)
    table = fresh_name("refs")
    for side in pair:
        side.create(table, [REF], key="ref")
    for number, _ in NUMBERS:
        pair[0].run(f"INSERT INTO {table} VALUES (%s)", (number,))
    plan = make_plan(pair, table, [REF], key=("ref",))
    columns = tuple(replace(one, numbers=NUMBERS) for one in plan.columns)
    plan = replace(plan, columns=columns)
    # The two databases do not order the rows alike any more.
    assert not plan.has_integer_key
    with pair[0].session() as old, pair[1].session(writing=True) as new:
        moved(old, new, plan)
        found = {number for (number,) in pair[1].read(f"SELECT ref FROM {table}")}
        assert found == {number for _, number in NUMBERS}
        assert compare(old, new, plan).is_equal
