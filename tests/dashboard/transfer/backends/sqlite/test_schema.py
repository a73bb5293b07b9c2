"""SQLite's indexes come off a table and go back as they were."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.transfer.backends.base import Session
from dashboard.transfer.errors import DataRefused
from tests.dashboard.transfer.every_kind import DatabasePairs, EngineDatabase
from tests.project import Servers

TABLE = """
    CREATE TABLE book (
        id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
        isbn varchar(20) NOT NULL UNIQUE,
        code varchar(20) NOT NULL,
        title text,
        number integer NOT NULL
    )
"""
INDEXES = {
    "plain": "CREATE INDEX plain ON book (title, number DESC)",
    "odd ? name": "CREATE INDEX \"odd ? name\" ON book (number) WHERE title <> '50 %?'",
    "expression": "CREATE INDEX expression ON book (lower(title))",
    "unique_code": "CREATE UNIQUE INDEX unique_code ON book (code)",
}
# No other engine knows whether rows are unique in these.
STAYING = {
    "unique_nocase": "CREATE UNIQUE INDEX unique_nocase ON book (code COLLATE NOCASE)",
    "unique_some": "CREATE UNIQUE INDEX unique_some ON book (code) WHERE number > 0",
    "unique_lower": "CREATE UNIQUE INDEX unique_lower ON book (lower(code))",
}


@pytest.fixture
def side(servers: Servers) -> Iterator[EngineDatabase]:
    pairs = DatabasePairs(servers)
    side = pairs.get("sqlite", "new")
    for sql in (TABLE, *INDEXES.values(), *STAYING.values()):
        side.run(sql)
    yield side
    pairs.close()


def definitions(session: Session) -> set[tuple[str, str | None]]:
    return {
        tuple(row)
        for row in session.query(
            "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'book'"
        )
    }


def test_what_comes_off_goes_back_as_it_was(side: EngineDatabase) -> None:
    session = side.session(writing=True)
    schema, before = session.schema, definitions(session)
    items = schema.indexes("book", session.catalog.table("book"))
    # The index of a constraint in the table's own statement cannot come off.
    assert {item.name for item in items} == set(INDEXES)
    for item in items:
        schema.remove(item)
        schema.remove(item)
        assert not schema.is_there(item)
    assert {name for name, _ in definitions(session)}.isdisjoint(INDEXES)
    schema.restore(items[0])
    schema.restore_together(items)
    assert all(map(schema.is_there, items))
    assert definitions(session) == before


def test_what_the_source_does_not_keep_unique_stays(side: EngineDatabase) -> None:
    side.run("CREATE TABLE other (id integer PRIMARY KEY, code text, number integer)")
    session = side.session(writing=True)
    for source in (None, session.catalog.table("other")):
        found = session.schema.indexes("book", source)
        assert {item.name for item in found} == set(INDEXES) - {"unique_code"}


def test_what_is_not_unique_keeps_nothing_else_off(side: EngineDatabase) -> None:
    session = side.session(writing=True)
    items = session.schema.indexes("book", session.catalog.table("book"))
    for name in [item.name for item in items] + list(STAYING):
        side.run(f'DROP INDEX "{name}"')
    side.run("INSERT INTO book VALUES (1, 'i', 'same', '', 1), (2, 'j', 'same', '', 2)")
    with pytest.raises(DataRefused, match=r"CONSTRAINT_UNIQUE .*book\.code"):
        session.schema.restore_together(items)
    there = {item.name: session.schema.is_there(item) for item in items}
    assert there == {**dict.fromkeys(INDEXES, True), "unique_code": False}
