"""LOAD DATA turns errors into warnings; none of them gets by."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.transfer.backends import connect
from dashboard.transfer.backends.base import Session
from dashboard.transfer.backends.database import Database
from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.errors import DataRefused
from dashboard.transfer.keys import EVERYTHING
from dashboard.transfer.lines import csv_lines, joined
from dashboard.transfer.plan import TablePlan
from dashboard.transfer.rows import LoadFormat
from dashboard.transfer.stream import BlockStream
from tests import oracle
from tests.dashboard.transfer.every_kind import (
    DatabasePairs,
    EngineDatabase,
    Field,
    make_plan,
    types,
)
from tests.opening import database_of
from tests.project import Project, Servers
from tests.servers import BOTH, fresh_name

SECRET = "s3cret"
COLUMNS = [
    Field("id", ColumnKind.INTEGER, types("integer", "int")),
    Field("name", ColumnKind.TEXT, types("text", "varchar(10)")),
    Field("size", ColumnKind.INTEGER, types("integer", "smallint")),
    Field("day", ColumnKind.DATE, types("text", "date")),
    Field("price", ColumnKind.DECIMAL, types("text", "decimal(5, 2)")),
]
GOOD = (b"1", b"one", b"1", b"2024-02-29", b"1.50")

Row = tuple[bytes | None, ...]


def changed(index: int, value: bytes | None) -> Row:
    row: list[bytes | None] = list(GOOD)
    row[0] = b"2"
    row[index] = value
    return tuple(row)


# What is wrong, and how the server names it.
REFUSED: dict[str, tuple[Row, str]] = {
    "a duplicate": (changed(0, b"1"), "DUP_ENTRY [1062]"),
    "a long text": (changed(1, f"{SECRET}-{SECRET}".encode()), "column 'name', row 2"),
    "a large number": (changed(2, b"77777"), "column 'size'"),
    "no number": (changed(2, SECRET.encode()), "column 'size'"),
    "a bad date": (changed(3, b"2024-02-30"), "column 'day'"),
    "no date": (changed(3, SECRET.encode()), "column 'day'"),
    "too many digits": (changed(4, b"7777.77"), "column 'price'"),
    "NULL in the key": (changed(0, None), "column 'id'"),
    "a missing field": (GOOD[:-1], "[1261]"),
    "a field too many": ((b"2", *GOOD[1:], SECRET.encode()), "[1262]"),
    "invalid UTF-8": (changed(1, b"\xc3("), "column 'name'"),
}


@pytest.fixture(scope="module", params=BOTH)
def side(servers: Servers, request: pytest.FixtureRequest) -> Iterator[EngineDatabase]:
    """A database of a server that has `local_infile` on, which MySQL has not."""
    pairs = DatabasePairs(servers)
    side = pairs.get(request.param, "new")
    server = servers.server(side.engine)
    was = server.execute("SELECT @@GLOBAL.local_infile")[0][0]
    server.execute("SET GLOBAL local_infile = 1")
    yield side
    server.execute(f"SET GLOBAL local_infile = {was}")
    pairs.close()


@pytest.fixture(scope="module")
def plan(side: EngineDatabase) -> TablePlan:
    table = fresh_name("t")
    side.create(table, COLUMNS)
    return make_plan((side, side), table, COLUMNS)


def loading(side: EngineDatabase) -> Session:
    database = database_of(side.entry, "new")
    session = connect(database, fresh_name("label"), writing=True, loading=True)
    side.sessions.append(session)
    return session


def text(rows: list[Row]) -> BlockStream:
    return BlockStream(
        (csv_lines(joined([row], len(row), checked=True)), 1) for row in rows
    )


@pytest.mark.parametrize("what", REFUSED)
def test_a_row_that_would_be_changed_is_refused_with_all_others(
    side: EngineDatabase, plan: TablePlan, what: str
) -> None:
    row, said = REFUSED[what]
    with loading(side) as session:
        assert session.loader.load_format is LoadFormat.CSV
        with pytest.raises(DataRefused) as caught, session.transaction():
            session.loader.load_text(plan, text([GOOD, row]))
        assert session.catalog.count(plan.table) == 0
    message = str(caught.value)
    assert said in message
    assert plan.table in message
    for value in (SECRET, "77777", "7777.77", "2024-02-30"):
        assert value not in message


@pytest.mark.parametrize("what", ["a duplicate", "a long text", "a large number"])
def test_an_insert_refuses_the_same(
    side: EngineDatabase, plan: TablePlan, what: str
) -> None:
    row = tuple(None if v is None else v.decode() for v in REFUSED[what][0])
    good = tuple(value.decode() for value in GOOD)
    with loading(side) as session:
        with pytest.raises(DataRefused) as caught, session.transaction():
            session.loader.load_rows(plan, [[good], [row]])
        assert session.catalog.count(plan.table) == 0
    assert SECRET not in str(caught.value)
    assert "77777" not in str(caught.value)


def test_awkward_texts_arrive_as_they_are(
    pairs: DatabasePairs, side: EngineDatabase
) -> None:
    pair = (pairs.get("sqlite", "old"), side)
    fields = [
        COLUMNS[0],
        Field("body", ColumnKind.TEXT, types("text", "longtext", "text")),
    ]
    table = fresh_name("t")
    bodies = [
        "",
        "NULL",
        "\\N",
        '"',
        '""',
        ",",
        "\n",
        "\r\n",
        "\\",
        "'",
        "\0",
        "🚲",
        None,
    ]
    for side in pair:
        side.create(table, fields)
    for number, body in enumerate(bodies):
        pair[0].insert(table, fields, {"id": number, "body": body})
    plan = make_plan(pair, table, fields)
    with pair[0].session() as source, loading(pair[1]) as session:
        with session.transaction():
            stream = source.reader.text(plan, EVERYTHING, LoadFormat.CSV)
            assert session.loader.load_text(plan, stream) == len(bodies)
        rows = session.query(f"SELECT id, body FROM {table} ORDER BY id")
    assert rows == list(enumerate(bodies))


@pytest.fixture
def as_it_comes(servers: Servers) -> Iterator[Any]:
    """MySQL, whatever other tests of this module have set."""
    server = servers.server("mysql")
    was = server.execute("SELECT @@GLOBAL.local_infile")[0][0]
    server.execute("SET GLOBAL local_infile = DEFAULT")
    yield server
    server.execute(f"SET GLOBAL local_infile = {was}")


def test_without_local_infile_everything_is_inserted_and_equal(
    project: Project, as_it_comes: Any
) -> None:
    """Rows travel as INSERT statements of many rows."""
    server = as_it_comes
    loads = "SHOW GLOBAL STATUS LIKE 'Com_load'"
    before = server.execute(loads)
    project.database("sqlite", "old", filled=True)
    project.database("mysql", "new")
    entry = project.entry("new")
    schema = oracle.schema_snapshot(entry)
    with connect(database("new", entry), "label", writing=True) as session:
        assert session.loader.load_format is LoadFormat.ROWS

    done = project.manage("copydata", "old", "new", "--json", "--lanes=1")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "verified"
    assert oracle.differences(project.entry("old"), entry) == []
    assert oracle.schema_differences(schema, oracle.schema_snapshot(entry)) == []
    assert server.execute(loads) == before


def database(alias: str, entry: dict[str, Any]) -> Database:
    return database_of(entry, alias)


@pytest.mark.parametrize("filled", [False, True])
def test_a_duplicate_in_a_secondary_index_is_refused(
    side: EngineDatabase, filled: bool
) -> None:
    table = fresh_name("t")
    side.create(table, COLUMNS)
    plan = make_plan((side, side), table, COLUMNS)
    session = loading(side)
    session.execute(f"CREATE UNIQUE INDEX only_once ON {table} (name)")
    if filled:
        with session.transaction():
            session.loader.load_text(plan, text([changed(1, b"before")]))
    before = session.catalog.count(table)
    rows = [(str(n).encode(), f"n{n % 50}".encode(), *GOOD[2:]) for n in range(3, 99)]

    with pytest.raises(DataRefused), session.transaction():
        session.loader.load_text(plan, text(rows))

    assert session.catalog.count(table) == before
    session.close()
