"""PostgreSQL's settings of a table go off for a load and come back as they were."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.dashboard.transfer.every_kind import DatabasePairs, EngineDatabase
from tests.project import Servers

OPTIONS = "SELECT reloptions::text FROM pg_class WHERE relname = 'things'"


@pytest.fixture
def side(servers: Servers) -> Iterator[EngineDatabase]:
    pairs = DatabasePairs(servers)
    side = pairs.get("postgresql", "new")
    side.run("CREATE TABLE things (id int PRIMARY KEY)")
    yield side
    pairs.close()


@pytest.mark.parametrize(
    ("given", "off"),
    [
        ("", "{autovacuum_enabled=false}"),
        ("fillfactor=90", "{fillfactor=90,autovacuum_enabled=false}"),
        ("autovacuum_enabled=on", "{autovacuum_enabled=false}"),
        ("autovacuum_enabled", "{autovacuum_enabled=false}"),
    ],
)
def test_autovacuum_stays_away_until_the_end(
    side: EngineDatabase, given: str, off: str
) -> None:
    if given:
        side.run(f"ALTER TABLE things SET ({given})")
    session = side.session(writing=True)
    before = session.query(OPTIONS)
    (item,) = session.schema.settings("things")
    assert session.schema.is_there(item)
    for _ in range(2):
        session.schema.remove(item)
        assert session.query(OPTIONS) == [(off,)]
        assert not session.schema.is_there(item)
    for _ in range(2):
        assert session.schema.restore(item)
        assert session.query(OPTIONS) == before
    assert session.schema.settings("things") == [item]


@pytest.mark.parametrize("value", ["false", "off", "0"])
def test_what_somebody_has_switched_off_stays_off(
    side: EngineDatabase, value: str
) -> None:
    side.run(f"ALTER TABLE things SET (autovacuum_enabled = {value})")
    assert side.session().schema.settings("things") == []


def test_a_view_has_no_settings(side: EngineDatabase) -> None:
    side.run("CREATE VIEW seen AS SELECT * FROM things")
    assert side.session().schema.settings("seen") == []
    assert side.session().schema.settings("nowhere") == []
