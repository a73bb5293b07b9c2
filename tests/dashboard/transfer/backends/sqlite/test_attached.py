"""Between two SQLite files rows stay as they are stored, byte by byte."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dashboard.transfer.backends import connect
from dashboard.transfer.backends.base import Session
from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.copy import Copied, move
from dashboard.transfer.errors import CountMismatch, DataRefused
from dashboard.transfer.keys import EVERYTHING, KeyRange
from tests.dashboard.transfer.every_kind import (
    DatabasePair,
    EngineDatabase,
    Field,
    make_plan,
    types,
)
from tests.opening import database_of

FIELDS = [
    Field("id", ColumnKind.INTEGER, types("integer", "", "integer")),
    Field("name", ColumnKind.TEXT, types("text", "", "varchar(9)")),
    Field("moment", ColumnKind.TIMESTAMP, types("timestamp", "", "datetime")),
    Field("number", ColumnKind.INTEGER, types("bigint", "", "bigint")),
    Field("price", ColumnKind.DECIMAL, types("numeric", "", "decimal")),
    Field("image", ColumnKind.BINARY, types("bytea", "", "blob")),
]
# What SQLite keeps although nobody declared it, in SQL's words.
ODD = [
    "1, 'bob', '2024-02-29 13:14:15.000000', 7, 1.5, x'00ff'",
    "2, CAST(x'c328' AS TEXT), '2024-02-29T13:14', 9e18, '1.50', 'text'",
    "3, x'626f62', 1709212455, 'many', 0.1, NULL",
    "4, char(0) || 'nul', NULL, 1e300, 123456789012345678901234567890, x''",
    "5, 'more than nine characters', '', '7', -0.0, zeroblob(70000)",
]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[DatabasePair]:
    pairs = []
    for name in ("an old #1 & 50%.db", "new?.db"):
        path = tmp_path / name
        path.touch()
        pairs.append(EngineDatabase("sqlite", {"NAME": str(path)}))
    yield pairs[0], pairs[1]
    for side in pairs:
        for session in side.sessions:
            session.close()


def create(pair: DatabasePair, rows: list[str]) -> None:
    for side in pair:
        side.create("things", FIELDS)
    for row in rows:
        pair[0].run(f"INSERT INTO things VALUES ({row.replace('%', '%%')})")


def stored(side: EngineDatabase) -> list[tuple[Any, ...]]:
    """Every value with its storage class, as the file has it."""
    columns = ", ".join(
        f"typeof({f.name}), quote(CAST({f.name} AS BLOB))" for f in FIELDS
    )
    with closing(sqlite3.connect(side.entry["NAME"])) as connection:
        return connection.execute(
            f"SELECT {columns} FROM things ORDER BY id"
        ).fetchall()


def copy(pair: DatabasePair, key_range: KeyRange = EVERYTHING) -> Copied:
    source, destination = pair[0].session(), pair[1].session(writing=True)
    return copy_between(pair, source, destination, key_range)


def copy_between(
    pair: DatabasePair,
    source: Session,
    destination: Session,
    key_range: KeyRange = EVERYTHING,
) -> Copied:
    plan = make_plan(pair, "things", FIELDS)
    with destination.transaction():
        return move(source, destination, plan, key_range)


def test_every_value_keeps_its_storage_class_and_bytes(
    pair: DatabasePair,
) -> None:
    create(pair, ODD)
    assert copy(pair).rows == len(ODD)
    assert stored(pair[1]) == stored(pair[0])


def test_a_range_is_copied_and_its_neighbours_are_not(
    pair: DatabasePair,
) -> None:
    create(pair, ODD)
    source, destination = pair[0].session(), pair[1].session(writing=True)
    for key_range, rows in [
        (KeyRange((3,), None), 2),
        (KeyRange(None, (1,)), 1),
        (KeyRange((1,), (3,)), 2),
    ]:
        assert copy_between(pair, source, destination, key_range).rows == rows
    assert stored(pair[1]) == stored(pair[0])


def test_rows_that_a_trigger_keeps_away_are_counted(pair: DatabasePair) -> None:
    create(pair, ODD)
    pair[1].run(
        "CREATE TRIGGER quiet BEFORE INSERT ON things WHEN NEW.id = 4 "
        "BEGIN SELECT RAISE(IGNORE); END"
    )
    with pytest.raises(CountMismatch, match="5 rows of .* but 4 were loaded"):
        copy(pair)
    assert stored(pair[1]) == []


def test_a_duplicate_keeps_all_out_and_is_named_without_its_value(
    pair: DatabasePair,
) -> None:
    create(pair, [f"{n}, 's3cret', NULL, NULL, NULL, NULL" for n in range(9)])
    pair[1].run("CREATE UNIQUE INDEX one_name ON things (name)")
    with pytest.raises(DataRefused, match=r"CONSTRAINT_UNIQUE .*things\.name") as told:
        copy(pair)
    assert "s3cret" not in str(told.value)
    assert stored(pair[1]) == []


def test_a_column_declared_in_two_ways_is_spelled_anew(
    pair: DatabasePair,
) -> None:
    pair[0].run("CREATE TABLE things (id integer PRIMARY KEY, token char(36))")
    pair[1].run("CREATE TABLE things (id integer PRIMARY KEY, token char(32))")
    pair[0].run("INSERT INTO things VALUES (1, '00112233-4455-6677-8899-AABBCCDDEEFF')")
    fields = [
        FIELDS[0],
        Field("token", ColumnKind.UUID, types("uuid", "uuid", "char(36)")),
    ]
    source, destination = pair[0].session(), pair[1].session(writing=True)
    plan = make_plan(pair, "things", fields)
    with destination.transaction():
        assert move(source, destination, plan).rows == 1
    assert destination.query("SELECT token FROM things") == [
        ("00112233445566778899aabbccddeeff",)
    ]


def test_a_file_in_another_encoding_goes_by_text(pair: DatabasePair) -> None:
    with closing(sqlite3.connect(pair[0].entry["NAME"])) as connection:
        connection.execute("PRAGMA encoding = 'UTF-16le'")
        connection.execute("CREATE TABLE first (id integer)")
    create(pair, ["1, 'Straße 🚲', '2024-02-29 13:14:15', 7, 1.5, x'00ff'"])
    assert pair[0].session().query("PRAGMA encoding") == [("UTF-16le",)]
    assert copy(pair).rows == 1
    assert pair[1].session().query("SELECT name FROM things") == [("Straße 🚲",)]


def test_the_source_stays_as_it_is(pair: DatabasePair) -> None:
    create(pair, ODD)
    for side in pair:
        side.run("CREATE INDEX by_name ON things (name)")
    before = Path(pair[0].entry["NAME"]).read_bytes()
    source, destination = pair[0].session(), pair[1].session(writing=True)
    items = destination.schema.indexes("things", source.catalog.table("things"))
    copy_between(pair, source, destination)
    for _ in range(2):
        # The second time there is an index of that name in the source alone.
        for item in items:
            destination.schema.remove(item)
    assert not any(map(destination.schema.is_there, items))
    for item in items:
        destination.schema.restore(item)
    assert all(map(destination.schema.is_there, items))
    assert Path(pair[0].entry["NAME"]).read_bytes() == before


def test_what_is_attached_cannot_be_written(
    pair: DatabasePair,
) -> None:
    create(pair, ODD)
    destination = pair[1].session(writing=True)
    database = database_of(pair[0].entry, "old")
    with connect(database, "a label", writing=True) as writable:
        copy_between(pair, writable, destination)
    with pytest.raises(Exception, match="READONLY"):
        destination.execute("DELETE FROM attached_0.things")
    assert len(stored(pair[0])) == len(ODD)
