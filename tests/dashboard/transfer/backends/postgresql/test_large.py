"""Large values of the server's own types, between two of it, in a table of odd name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.transfer.backends.postgresql.large import LargeRows
from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.copy import move
from tests.dashboard.transfer.every_kind import (
    ID,
    DatabasePair,
    DatabasePairs,
    Field,
    make_plan,
    types,
)
from tests.project import Servers

TABLE = "ta%ble "
TYPES = {
    'per%cent "q': ("text", ColumnKind.TEXT),
    "written": ("json", ColumnKind.OTHER),
    "texts": ("text[]", ColumnKind.OTHER),
    "images": ("bytea[]", ColumnKind.OTHER),
    "restricted": ("short", ColumnKind.TEXT),
    "pair": ("two", ColumnKind.OTHER),
}
FIELDS = [ID, *(Field(name, kind, types(of)) for name, (of, kind) in TYPES.items())]
BIG = "ä\\\t\n\r\"'\\N{},🚲" * 60_000
VALUES = [BIG, '{"a":"%s", "a": 1 }' % ("é" * 600_000), [BIG, None, "NULL", '"\\']]


@pytest.fixture
def pair(servers: Servers) -> Iterator[DatabasePair]:
    pairs = DatabasePairs(servers)
    pair = pairs.pair("postgresql", "postgresql")
    for side in pair:
        side.run("CREATE DOMAIN short AS text CHECK (length(value) < 100000000)")
        side.run("CREATE TYPE two AS (a text, b integer)")
        side.create(TABLE, FIELDS)
    names = ", ".join(pair[0].quote(name) for name in TYPES)
    pair[0].run(
        f"INSERT INTO {pair[0].quote(TABLE)} (id, {names}) VALUES "
        "(1, %s, NULL, NULL, NULL, NULL, NULL), (2, NULL, %s, NULL, NULL, NULL, NULL), "
        "(3, '', NULL, %s, NULL, '', NULL), (4, NULL, NULL, NULL, %s, NULL, NULL), "
        "(5, NULL, NULL, NULL, NULL, %s, NULL), "
        "(6, NULL, NULL, NULL, NULL, NULL, ROW(%s, 3)::two), "
        "(7, NULL, NULL, NULL, NULL, NULL, NULL)",
        [*VALUES, [b"\\x00\xff" * 300_000, None], BIG, BIG],
    )
    yield pair
    pairs.close()


def test_rows_are_those_of_one_state_whoever_writes_meanwhile(
    pair: DatabasePair, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = pair[0].quote(TABLE)
    every = f'SELECT t::text FROM "{TABLE}" t ORDER BY id'
    before = pair[0].read(every)
    find = LargeRows.find

    def find_and_write(self: LargeRows) -> object:
        found = find(self)
        pair[0].run(f"DELETE FROM {name} WHERE id IN (1, 7)")
        pair[0].run(f"UPDATE {name} SET restricted = 'short' WHERE id = 5")
        pair[0].run(f"INSERT INTO {name} (id, restricted) VALUES (8, %s)", (BIG,))
        return found

    monkeypatch.setattr(LargeRows, "find", find_and_write)
    plan = make_plan(pair, TABLE, FIELDS)
    with (
        pair[0].session() as source,
        pair[1].session(writing=True) as destination,
        destination.transaction(),
    ):
        assert move(source, destination, plan).rows == len(before)
    is_equal = pair[1].read(every) == before
    assert is_equal
