"""Triggers of partitioned tables: each partition has a state of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.dashboard.transfer.every_kind import DatabasePairs, EngineDatabase
from tests.project import Servers

STATES = """
    SELECT tgrelid::regclass::text, tgname, tgenabled::text FROM pg_trigger
    ORDER BY 1, 2
"""


@pytest.fixture
def side(servers: Servers) -> Iterator[EngineDatabase]:
    pairs = DatabasePairs(servers)
    yield pairs.get("postgresql", "new")
    pairs.close()


def test_partitions_have_states_of_their_own(side: EngineDatabase) -> None:
    trigger = "FOR EACH ROW EXECUTE FUNCTION nothing()"
    for sql in (
        "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RAISE EXCEPTION ''%%'', TG_NAME; END'",
        'CREATE TABLE "Things" (id int PRIMARY KEY) PARTITION BY RANGE (id)',
        'CREATE TABLE low PARTITION OF "Things" FOR VALUES FROM (0) TO (10)',
        'CREATE TABLE high PARTITION OF "Things" FOR VALUES FROM (10) TO (20)',
        f'CREATE TRIGGER all_of_them AFTER INSERT ON "Things" {trigger}',
        f"CREATE TRIGGER only_high BEFORE INSERT ON high {trigger}",
        'CREATE TRIGGER "Emptied" BEFORE TRUNCATE ON "Things" '
        "EXECUTE FUNCTION nothing()",
        "ALTER TABLE low DISABLE TRIGGER all_of_them",
        "ALTER TABLE high ENABLE ALWAYS TRIGGER only_high",
    ):
        side.run(sql)
    before = side.read(STATES)
    session = side.session(writing=True)
    schema = session.schema
    assert len(schema.triggers(["Things"])) == 3
    items = schema.triggers(["Things"], emptied=["Things"])
    assert len({item.name for item in items}) == len(items) == 4
    assert schema.hindrances(items) == []
    schema.remove_together(items)
    session.execute('INSERT INTO "Things" VALUES (1), (11)')
    session.execute('TRUNCATE "Things"')
    assert not any(map(schema.is_there, items))
    for _ in range(2):
        for item in items:
            schema.restore(item)
    assert side.read(STATES) == before
    assert all(map(schema.is_as_before, items))
    session.execute("SET session_replication_role = 'replica'")
    # Only what fires always does there.
    (always,) = schema.triggers(["Things"])
    assert "only_high" in always.name
