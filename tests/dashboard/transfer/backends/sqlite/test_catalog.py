"""How many rows an SQLite table has, whatever numbers its keys are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.transfer.backends.sqlite.catalog import COUNTED_ROWS
from tests.dashboard.transfer.every_kind import DatabasePairs, EngineDatabase
from tests.project import Servers

MANY = 1_200_000
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT %s)"


@pytest.fixture(scope="module")
def side(servers: Servers) -> Iterator[EngineDatabase]:
    pairs = DatabasePairs(servers)
    side = pairs.get("sqlite", "old")
    key = "(id integer PRIMARY KEY)"
    for table, rows, number in (
        ("empty", 0, "i"),
        ("sparse", 1_000, "i * 1000000000"),
        ("negative", 1_000, "i * -1000000000"),
        ("dense", MANY, "i - 600000"),
        ("half", MANY, "i + i / 2"),
        ("outlier", MANY, "iif(i = 0, 9223372036854775807, i)"),
        ("tenth", MANY, "i * 10"),
    ):
        side.run(f"CREATE TABLE {table} {key}")
        if rows:
            side.run(
                f"INSERT INTO {table} {NUMBERS} SELECT {number} FROM n LIMIT %s",
                (rows + 1, rows),
            )
    side.run("CREATE TABLE named (code varchar(9) PRIMARY KEY) WITHOUT ROWID")
    side.run(f"INSERT INTO named {NUMBERS} SELECT 'c' || i FROM n", (MANY,))
    yield side
    pairs.close()


@pytest.mark.parametrize(
    ("table", "rows"), [("empty", 0), ("sparse", 1_000), ("negative", 1_000)]
)
def test_a_small_table_is_counted(side: EngineDatabase, table: str, rows: int) -> None:
    size = side.session().catalog.size(table)
    assert (size.rows, size.exact) == (rows, True)


@pytest.mark.parametrize("table", ["dense", "half", "tenth", "outlier", "named"])
def test_a_large_table_is_estimated_well_or_counted(
    side: EngineDatabase, table: str
) -> None:
    size = side.session().catalog.size(table)
    assert size.rows >= COUNTED_ROWS
    assert size.rows == MANY if size.exact else abs(size.rows / MANY - 1) < 0.1


def test_a_large_dense_table_is_not_counted(side: EngineDatabase) -> None:
    assert not side.session().catalog.size("dense").exact
