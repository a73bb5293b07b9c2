"""What the catalogues of MariaDB and MySQL say of tables, and how large they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from dashboard.transfer.backends.catalog import Size
from dashboard.transfer.columns import ForeignKey, Table
from tests.dashboard.transfer.every_kind import DatabasePairs, EngineDatabase
from tests.project import Servers
from tests.servers import BOTH

ROWS = 2_000
STATEMENTS = [
    "CREATE TABLE parent (a int, b varchar(20), UNIQUE ba (b, a), PRIMARY KEY (a, b))",
    """CREATE TABLE child (
        id bigint AUTO_INCREMENT PRIMARY KEY,
        n decimal(13, 4) NOT NULL DEFAULT 7,
        twice int GENERATED ALWAYS AS (pa * 2) STORED,
        thrice int GENERATED ALWAYS AS (pa * 3) VIRTUAL,
        name varchar(300) COLLATE utf8mb4_bin,
        code char(3) NOT NULL,
        moment datetime(3),
        pa int, pb varchar(20),
        UNIQUE named (name(10)),
        UNIQUE coded (code),
        UNIQUE together (code, name(10)),
        KEY many (n),
        FOREIGN KEY (pa, pb) REFERENCES parent (a, b)
    )""",
    "CREATE VIEW seen AS SELECT id, n FROM child",
    "CREATE TABLE unsafe (id int PRIMARY KEY) ENGINE=MyISAM",
    "CREATE TABLE `odd ``name`` %%` (`a b` int PRIMARY KEY)",
    "CREATE TABLE keyless (a int, unseen int INVISIBLE)",
    "CREATE TABLE large (id int PRIMARY KEY, text varchar(100))",
    "CREATE TABLE hidden (id int PRIMARY KEY, text varchar(100))",
    "CREATE TABLE nothing_in (id int PRIMARY KEY)",
]
KEYED_BY_ITSELF = "CREATE TABLE keyed_by_itself (a int, KEY (a))"


@pytest.fixture(scope="module", params=BOTH)
def side(servers: Servers, request: pytest.FixtureRequest) -> Iterator[EngineDatabase]:
    pairs = DatabasePairs(servers)
    side = pairs.get(request.param, "old")
    for statement in STATEMENTS:
        side.run(statement)
    if side.engine.startswith("mysql"):
        # MariaDB has none of an expression.
        side.run("CREATE UNIQUE INDEX expressed ON child ((lower(code)))")
        # Makes a key that nobody asked for, as some services have it by default.
        server = servers.server(side.engine)
        with closing(server.connect(side.entry["NAME"])) as connection:
            connection.query("SET sql_generate_invisible_primary_key = ON")
            connection.query(KEYED_BY_ITSELF)
    else:
        side.run(KEYED_BY_ITSELF)
    rows = ", ".join(f"({number}, repeat('x', 100))" for number in range(ROWS))
    for name in ("large", "hidden"):
        side.run(f"INSERT INTO {name} VALUES {rows}")
    for name in ("large", "nothing_in"):
        side.run(f"ANALYZE TABLE {name}")
    yield side
    pairs.close()


def size(side: EngineDatabase, name: str, limit: int) -> Size:
    with side.session() as session:
        return session.catalog.size(name, limit)


def table(side: EngineDatabase, name: str) -> Table:
    with side.session() as session:
        found = session.catalog.table(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "rows"), [("large", ROWS), ("hidden", ROWS), ("nothing_in", 0)]
)
def test_a_table_below_the_limit_is_counted(
    side: EngineDatabase, name: str, rows: int
) -> None:
    found = size(side, name, 1_000_000)
    assert (found.rows, found.exact) == (rows, True)
    # InnoDB takes a page for nothing.
    assert found.bytes is not None and found.bytes > 0


def test_a_table_above_the_limit_is_estimated(side: EngineDatabase) -> None:
    found = size(side, "large", 100)
    assert not found.exact
    assert abs(found.rows / ROWS - 1) < 0.5
    assert found.bytes is not None and found.bytes >= ROWS * 100


def test_a_name_that_needs_quotes_is_counted(side: EngineDatabase) -> None:
    name = "odd `name` %"
    assert size(side, name, 10).rows == 0
    assert table(side, name).key == ("a b",)


def test_a_table_that_is_not_there(side: EngineDatabase) -> None:
    with side.session() as session:
        assert session.catalog.table("nothing") is None
        assert session.catalog.table("many") is None


def test_a_view_is_one_and_a_table_is_none(side: EngineDatabase) -> None:
    assert table(side, "seen").is_view
    assert table(side, "seen").key == ()
    assert not table(side, "child").is_view


def test_a_table_that_cannot_roll_back_is_known(side: EngineDatabase) -> None:
    assert not table(side, "unsafe").transactional
    assert table(side, "child").transactional


def test_columns_that_the_server_fills(side: EngineDatabase) -> None:
    found = table(side, "child")
    assert {one.name for one in found.columns if one.automatic} == {"id"}
    generated = {one.name for one in found.columns if one.generated}
    assert generated == {"twice", "thrice"}
    assert {one.name for one in found.columns if not one.nullable} == {
        "id",
        "n",
        "code",
    }


def test_a_column_without_a_default_has_none(side: EngineDatabase) -> None:
    given = {one.name for one in table(side, "child").columns if one.has_default}
    assert "n" in given
    assert "code" not in given


def test_types_with_their_sizes(side: EngineDatabase) -> None:
    types = {one.name: one.type for one in table(side, "child").columns}
    assert (types["n"].name, types["n"].precision, types["n"].scale) == (
        "decimal",
        13,
        4,
    )
    assert (types["name"].length, types["name"].collation) == (300, "utf8mb4_bin")
    assert (types["moment"].name, types["moment"].scale) == ("datetime", 3)
    assert types["id"].name == "bigint"


def test_keys_of_several_columns_and_uniques_that_hold_for_whole_values(
    side: EngineDatabase,
) -> None:
    parent = table(side, "parent")
    assert parent.key == ("a", "b")
    assert set(parent.uniques) == {("a", "b"), ("b", "a")}
    # Neither prefixes of a text, alone or with others, nor an expression.
    assert set(table(side, "child").uniques) == {("id",), ("code",)}
    assert (table(side, "keyless").key, table(side, "keyless").uniques) == ((), ())


def test_a_key_that_the_server_made_for_itself_is_not_seen(
    side: EngineDatabase,
) -> None:
    if side.engine.startswith("mysql"):
        assert side.read("SELECT max(my_row_id) FROM keyed_by_itself") == [(None,)]
    found = table(side, "keyed_by_itself")
    assert [column.name for column in found.columns] == ["a"]
    assert (found.key, found.uniques) == ((), ())
    with side.session(writing=True) as session:
        assert session.schema.sequences(["keyed_by_itself"]) == []
        names = [item.name for item in session.schema.indexes("keyed_by_itself", found)]
        assert names == ["a"]
    # What a person has made invisible is the person's.
    columns = [column.name for column in table(side, "keyless").columns]
    assert columns == ["a", "unseen"]


def test_a_foreign_key_of_several_columns(side: EngineDatabase) -> None:
    with side.session() as session:
        (found,) = session.catalog.foreign_keys()
    assert found == ForeignKey(found.name, "child", ("pa", "pb"), "parent", ("a", "b"))
