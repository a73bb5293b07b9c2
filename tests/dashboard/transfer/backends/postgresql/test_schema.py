"""PostgreSQL's settings of a table go off for a load and come back as they were."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.transfer.errors import Busy, DataRefused
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


PARTED = (
    "CREATE TABLE place (id int PRIMARY KEY)",
    "CREATE TABLE visit (id int, at int, "
    "place int CONSTRAINT to_place REFERENCES place, PRIMARY KEY (id, at)) "
    "PARTITION BY RANGE (at)",
    "CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM (0) TO (10)",
    "CREATE TABLE visit_2 PARTITION OF visit FOR VALUES FROM (10) TO (20)",
)
KEYS = """
    SELECT conrelid::regclass::text, conname, convalidated FROM pg_constraint
    WHERE contype = 'f' AND confrelid = 'place'::regclass ORDER BY 1, 2
"""


def test_a_partitioned_table_does_without_its_foreign_keys_meanwhile(
    side: EngineDatabase,
) -> None:
    for statement in PARTED:
        side.run(statement)
    with side.session(writing=True) as session:
        before = session.query(KEYS)
        assert len(before) == 3
        (item,) = session.schema.foreign_keys(["visit", "place"])
        assert (item.table, item.to_table) == ("visit", "place")
        session.schema.remove(item)
        assert session.query(KEYS) == []
        session.execute("INSERT INTO visit VALUES (1, 5, 7), (2, 15, 7)")
        # Not validated it holds for new rows, by the partitions; repeated too.
        for _ in range(2):
            assert not session.schema.restore(item, validated=False)
            names = [f"visit_{number}" for number in (1, 2)]
            assert session.query(KEYS) == [(n, "to_place", False) for n in names]
        with pytest.raises(DataRefused):
            session.execute("INSERT INTO visit VALUES (3, 5, 8)")
        with pytest.raises(DataRefused):
            session.schema.restore(item)
        session.execute("INSERT INTO place VALUES (7)")
        assert session.schema.restore(item)
        assert session.query(KEYS) == before


REFERRING = (
    "CREATE TABLE place (id int PRIMARY KEY)",
    "CREATE TABLE visit (id int PRIMARY KEY, "
    "a int CONSTRAINT a_place REFERENCES place, "
    "b int CONSTRAINT b_place REFERENCES place)",
    "CREATE TABLE tour (id int PRIMARY KEY, "
    "place int CONSTRAINT to_place REFERENCES place)",
    "ALTER TABLE tour ADD CONSTRAINT unproved FOREIGN KEY (place) REFERENCES place "
    "NOT VALID",
    *(statement.replace("visit", "parted") for statement in PARTED[1:]),
)
TABLES = ["visit", "tour", "parted"]


@pytest.fixture
def referring(side: EngineDatabase) -> EngineDatabase:
    for statement in REFERRING:
        side.run(statement)
    return side


def test_keys_of_many_tables_go_and_come_back_together(
    referring: EngineDatabase,
) -> None:
    with referring.session(writing=True) as session:
        before = session.query(KEYS)
        items = session.schema.foreign_keys(TABLES)
        assert len(items) == 5
        session.schema.remove_together(items)
        assert session.query(KEYS) == []
        session.execute("INSERT INTO visit VALUES (1, NULL, NULL)")
        unproved = [not item.definition["valid"] for item in items]
        for _ in range(2):
            states = session.schema.restore_keys_together(items, validated=False)
            assert states == unproved
        session.schema.remove(items[0])
        for _ in range(2):
            states = session.schema.restore_keys_together(items, validated=True)
            assert states == [True] * 5
        assert session.query(KEYS) == before


def test_of_keys_that_come_back_together_all_or_none_do(
    referring: EngineDatabase,
) -> None:
    with referring.session(writing=True) as session:
        items = session.schema.foreign_keys(TABLES)
        session.schema.remove_together(items)
        session.execute("INSERT INTO tour VALUES (1, 7)")
        with pytest.raises(DataRefused):
            session.schema.restore_keys_together(items, validated=True)
        assert session.query(KEYS) == []
        # Not proved, they all hold for new rows.
        session.schema.restore_keys_together(items, validated=False)
        assert not any(valid for _, _, valid in session.query(KEYS))


def test_keys_do_not_wait_for_somebody_while_they_hold_other_tables(
    referring: EngineDatabase,
) -> None:
    with referring.session(writing=True) as session, referring.session() as other:
        items = session.schema.foreign_keys(TABLES)
        session.schema.remove_together(items)
        with other.transaction():
            other.execute("LOCK TABLE tour IN SHARE MODE")
            with pytest.raises(Busy):
                session.schema.restore_keys_together(items, validated=True)
            with pytest.raises(Busy):
                session.schema.remove_together(items)
        assert session.query(KEYS) == []
        session.schema.restore_keys_together(items, validated=True)
