"""PostgreSQL's cursor is read ahead by a thread, which ends with the reading."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.errors import ConnectionLost
from dashboard.transfer.keys import EVERYTHING, KeyRange
from dashboard.transfer.plan import TablePlan
from tests.dashboard.transfer.every_kind import (
    DatabasePairs,
    EngineDatabase,
    Field,
    make_plan,
    types,
)
from tests.project import Servers

FIELDS = [
    Field("id", ColumnKind.INTEGER, types("integer")),
    Field("name", ColumnKind.TEXT, types("varchar(20)")),
]
# Several batches and a part of one.
MANY = 9_999


@pytest.fixture
def side(servers: Servers) -> Iterator[EngineDatabase]:
    pairs = DatabasePairs(servers)
    side = pairs.get("postgresql", "old")
    side.create("things", FIELDS)
    side.run(
        "INSERT INTO things SELECT n, 'name ' || n FROM generate_series(1, %s) n",
        (MANY,),
    )
    yield side
    pairs.close()


@pytest.fixture
def plan(side: EngineDatabase) -> TablePlan:
    return make_plan((side, side), "things", FIELDS)


def fetching() -> list[str]:
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if name.startswith("migration-console-fetch")]


def test_every_row_comes_once_and_in_order(
    side: EngineDatabase, plan: TablePlan
) -> None:
    session = side.session()
    for key_range, numbers in (
        (EVERYTHING, range(1, MANY + 1)),
        (KeyRange((2_000,), (4_000,)), range(2_001, 4_001)),
        (KeyRange((MANY,), None), range(0)),
    ):
        batches = list(session.reader.rows(plan, key_range))
        rows = [row for batch in batches for row in batch]
        assert rows == [(str(n), f"name {n}") for n in numbers]
        assert all(batches)
    assert not fetching()


def test_reading_that_is_given_up_leaves_nothing_behind(
    side: EngineDatabase, plan: TablePlan
) -> None:
    session = side.session()
    batches = session.reader.rows(plan, EVERYTHING)
    assert next(batches)
    assert fetching()
    batches.close()  # type: ignore[attr-defined]
    assert not fetching()
    assert session.query("SELECT count(*) FROM pg_cursors") == [(0,)]
    assert sum(map(len, session.reader.rows(plan, EVERYTHING))) == MANY


def test_a_connection_that_is_lost_on_the_way_is_told(
    side: EngineDatabase, plan: TablePlan
) -> None:
    session, other = side.session(), side.session()
    number = session.query("SELECT pg_backend_pid()")[0][0]
    batches = session.reader.rows(plan, EVERYTHING)
    assert next(batches)
    other.query("SELECT pg_terminate_backend(%s)", (number,))
    with pytest.raises(ConnectionLost):
        list(batches)
    assert not fetching()
