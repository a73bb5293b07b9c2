"""Rows that MySQL cannot hash, because they are larger than its packet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.transfer import canonical
from dashboard.transfer.checksums import HashedColumn, Layout
from dashboard.transfer.columns import ColumnKind, ColumnType
from dashboard.transfer.differences import RowDifference
from dashboard.transfer.keys import KeyRange
from tests.dashboard.transfer.every_kind import (
    ID,
    DatabasePairs,
    EngineDatabase,
    Field,
    compared,
    make_plan,
    types,
)
from tests.project import Servers
from tests.servers import BOTH, fresh_name

LONG_TEXTS = {"value": "ü", "other": "é", "third": "c"}
LONG_FIELDS = [
    ID,
    *[Field(name, ColumnKind.TEXT, types("text")) for name in LONG_TEXTS],
]


def fill_long_texts(side: EngineDatabase, longtext: str) -> None:
    columns = ", ".join(f"{name} {longtext}" for name in LONG_TEXTS)
    side.run(f"CREATE TABLE long_texts (id int PRIMARY KEY, {columns})")
    for key, times in ((1, 500), (2, 1), (3, 64_000)):
        texts = ", ".join(f"REPEAT('{text}', {times})" for text in LONG_TEXTS.values())
        side.run(f"INSERT INTO long_texts VALUES ({key}, {texts})")
    side.run("INSERT INTO long_texts (id) VALUES (4)")


@pytest.fixture(scope="module", params=BOTH)
def small_packets(
    servers: Servers, request: pytest.FixtureRequest
) -> Iterator[EngineDatabase]:
    """A server whose new connections take 1 kB and that stores more."""
    server = servers.private_server(request.param)
    name = fresh_name("db")
    server.create_empty(name)
    side = EngineDatabase(request.param, server.entry(name))
    fill_long_texts(side, "longtext CHARACTER SET latin1")
    server.execute("SET GLOBAL max_allowed_packet = 1024")
    yield side
    for session in side.sessions:
        session.close()
    server.stop()


def test_rows_beyond_the_packet_are_hashed_in_python(
    pairs: DatabasePairs, small_packets: EngineDatabase
) -> None:
    new = pairs.get("postgresql", "new")
    new.run("DROP TABLE IF EXISTS long_texts")
    fill_long_texts(new, "text")
    pair = (small_packets, new)
    plan = make_plan(pair, "long_texts", LONG_FIELDS)
    assert compared(pair, plan).is_equal
    for key in (1, 2, 3):
        changed = "overlay(value placing 'x' from 1)"
        new.run(f"UPDATE long_texts SET value = {changed} WHERE id = {key}")
        found = compared(pair, plan)
        assert RowDifference("differs", (str(key),), ("value",)) in found.differences
        assert found.differences_count == key
    new.run("UPDATE long_texts SET value = NULL WHERE id = 1")
    found = compared(pair, plan)
    assert found.differences_count == 3


def test_a_hash_that_is_null_is_counted(small_packets: EngineDatabase) -> None:
    with small_packets.session() as session:
        kind = ColumnType("longtext", collation="latin1_swedish_ci")
        columns = (
            HashedColumn(
                "id", ColumnKind.INTEGER, ColumnType("int"), canonical.INTEGER
            ),
            *[
                HashedColumn(name, ColumnKind.TEXT, kind, canonical.TEXT)
                for name in LONG_TEXTS
            ],
        )
        layout = Layout("long_texts", columns[:1], columns, (), "UTC")
        found = session.comparer.checksums(layout, KeyRange())
    assert (found[""].rows, found[""].hashed) == (4, 3)
