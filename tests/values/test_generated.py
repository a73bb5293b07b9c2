"""Generated columns: computed by the destination, and compared like any other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.compare import Comparison, compare
from dashboard.transfer.copy import move
from dashboard.transfer.matching import plan_table
from tests.dashboard.transfer.every_kind import DatabasePairs
from tests.project import DIRECTIONS, Servers

KINDS = {
    "id": ColumnKind.INTEGER,
    "number": ColumnKind.INTEGER,
    "twice": ColumnKind.INTEGER,
    "name": ColumnKind.TEXT,
    "big": ColumnKind.TEXT,
}
# PostgreSQL before 18 has no virtual ones.
KEPT = {"postgresql": ["STORED"]}
PLAIN = "twice integer, name varchar(20), big varchar(20)"


def computed(kept: str, factor: int = 2) -> str:
    return (
        f"twice integer GENERATED ALWAYS AS (number * {factor}) {kept}, "
        f"name varchar(20), big varchar(20) GENERATED ALWAYS AS (upper(name)) {kept}"
    )


@pytest.fixture(scope="module")
def pairs(servers: Servers) -> Iterator[DatabasePairs]:
    pairs = DatabasePairs(servers)
    yield pairs
    pairs.close()


def copied(
    pairs: DatabasePairs, source: str, old: str, destination: str, new: str
) -> tuple[Comparison, list[tuple[object, ...]]]:
    sides = pairs.pair(source, destination)
    for side, columns in zip(sides, (old, new), strict=True):
        side.run("DROP TABLE IF EXISTS things")
        columns = f"id integer PRIMARY KEY, number integer, {columns}"
        side.run(f"CREATE TABLE things ({columns})")
    names = "id, number, name" if "GENERATED" in old else "id, number, name, twice, big"
    for row in ((1, 21, "a"), (2, -1, "b"), (3, None, None)):
        extra = (
            ()
            if "GENERATED" in old
            else (row[1] and row[1] * 2, row[2] and row[2].upper())
        )
        marks = ", ".join(["%s"] * len((*row, *extra)))
        sides[0].run(f"INSERT INTO things ({names}) VALUES ({marks})", (*row, *extra))
    with sides[0].session() as reader, sides[1].session(writing=True) as writer:
        tables = [s.catalog.table("things") for s in (reader, writer)]
        assert tables[0]
        assert tables[1]
        plan, remarks = plan_table(
            "app.Thing", (reader, tables[0]), (writer, tables[1]), KINDS, ("id",), "UTC"
        )
        assert plan, remarks
        with writer.transaction():
            move(reader, writer, plan)
        found = compare(reader, writer, plan)
    return found, sides[1].read("SELECT id, twice, big FROM things ORDER BY id")


RIGHT = [(1, 42, "A"), (2, -2, "B"), (3, None, None)]


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_d55_what_both_compute_alike_is_verified(
    pairs: DatabasePairs, source: str, destination: str
) -> None:
    for kept in KEPT.get(destination, ["STORED", "VIRTUAL"]):
        old = computed("STORED")
        found, rows = copied(pairs, source, old, destination, computed(kept))
        assert rows == RIGHT
        assert found.is_equal


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_d55_what_only_one_computes_arrives_or_is_noticed(
    pairs: DatabasePairs, source: str, destination: str
) -> None:
    found, rows = copied(pairs, source, computed("STORED"), destination, PLAIN)
    assert rows == RIGHT
    assert found.is_equal
    found, rows = copied(pairs, source, PLAIN, destination, computed("STORED", 3))
    assert rows == [(1, 63, "A"), (2, -3, "B"), (3, None, None)]
    assert sorted((d.key, d.columns) for d in found.differences) == [
        (("1",), ("twice",)),
        (("2",), ("twice",)),
    ]
