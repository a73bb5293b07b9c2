"""How many rows an SQLite table has, whatever numbers its keys are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.transfer.backends.sqlite.catalog import COUNTED_ROWS
from dashboard.transfer.columns import ColumnType, ForeignKey, Table
from tests.dashboard.transfer.every_kind import DatabasePairs, EngineDatabase
from tests.project import Servers

MANY = 1_200_000
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT %s)"

STATEMENTS = [
    "CREATE TABLE parent (a int, b varchar(20), UNIQUE (b, a), PRIMARY KEY (a, b))",
    """CREATE TABLE child (
        id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
        n decimal(13, 4) NOT NULL DEFAULT 7,
        twice integer GENERATED ALWAYS AS (pa * 2) STORED,
        thrice integer GENERATED ALWAYS AS (pa * 3) VIRTUAL,
        name varchar(9) COLLATE NOCASE,
        positive integer unsigned,
        pa int, pb varchar(20),
        other int REFERENCES single,
        FOREIGN KEY (pa, pb) REFERENCES parent (a, b)
    )""",
    "CREATE TABLE single (id integer PRIMARY KEY)",
    "CREATE UNIQUE INDEX plain ON child (n)",
    "CREATE UNIQUE INDEX partial ON child (pa) WHERE pa > 0",
    "CREATE UNIQUE INDEX expressed ON child (lower(name))",
    "CREATE INDEX many ON child (pb)",
    "CREATE VIEW seen AS SELECT id, n FROM child",
    'CREATE TABLE "Odd ""name"" %%" ("a b" int PRIMARY KEY)',
]


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
    for statement in STATEMENTS:
        side.run(statement)
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


def table(side: EngineDatabase, name: str) -> Table:
    found = side.session().catalog.table(name)
    assert found is not None
    return found


def test_a_table_that_is_not_there(side: EngineDatabase) -> None:
    assert side.session().catalog.table("nothing") is None
    assert side.session().catalog.table("many") is None


def test_a_view_is_one_and_a_table_is_none(side: EngineDatabase) -> None:
    assert table(side, "seen").is_view
    assert table(side, "seen").key == ()
    assert not table(side, "child").is_view


def test_columns_that_the_file_fills(side: EngineDatabase) -> None:
    found = table(side, "child")
    assert {one.name for one in found.columns if one.automatic} == {"id"}
    generated = {one.name for one in found.columns if one.generated}
    assert generated == {"twice", "thrice"}
    assert {one.name for one in found.columns if one.has_default} == {"n"}
    assert {one.name for one in found.columns if not one.nullable} == {"id", "n"}
    # Without the word, the number of a row is no more than its greatest plus one.
    assert not any(one.automatic for one in table(side, "single").columns)


def test_a_key_that_is_not_the_rowid_may_be_null(side: EngineDatabase) -> None:
    """A bug of SQLite's that it keeps (lang_createtable.html, "The PRIMARY KEY")."""
    side.run("CREATE TABLE loose (code varchar(9) PRIMARY KEY)")
    nullable = {
        name: [one.nullable for one in table(side, name).columns if one.name in key]
        for name, key in [("loose", ["code"]), ("named", ["code"]), ("dense", ["id"])]
    }
    assert nullable == {"loose": [True], "named": [False], "dense": [False]}


def test_types_with_their_sizes(side: EngineDatabase) -> None:
    types = {one.name: one.type for one in table(side, "child").columns}
    assert types["n"] == ColumnType("decimal", precision=13, scale=4)
    assert types["name"] == ColumnType("varchar", length=9)
    assert types["positive"] == ColumnType("integer unsigned")
    assert types["twice"] == types["id"] == ColumnType("integer")


def test_keys_of_several_columns_and_uniques_that_hold_for_every_row(
    side: EngineDatabase,
) -> None:
    parent = table(side, "parent")
    assert parent.key == ("a", "b")
    assert set(parent.uniques) == {("a", "b"), ("b", "a")}
    assert set(table(side, "child").uniques) == {("id",), ("n",)}
    assert table(side, 'Odd "name" %').key == ("a b",)


def test_foreign_keys_of_several_columns_and_to_a_key_that_is_not_named(
    side: EngineDatabase,
) -> None:
    found = {key.to_table: key for key in side.session().catalog.foreign_keys()}
    assert set(found) == {"parent", "single"}
    parent, single = found["parent"], found["single"]
    assert parent == ForeignKey(
        parent.name, "child", ("pa", "pb"), "parent", ("a", "b")
    )
    assert (single.columns, single.to_columns) == (("other",), ("id",))
