"""MySQL's indexes and the foreign keys on them go off and come back as they were."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.transfer.backends.base import Session
from dashboard.transfer.columns import ForeignKey
from dashboard.transfer.errors import DataRefused
from dashboard.transfer.receipts import Receipts
from dashboard.transfer.schema_items import SchemaItem
from tests.dashboard.transfer.every_kind import DatabasePairs, EngineDatabase
from tests.project import Servers
from tests.servers import BOTH, fresh_name

PARENT = """
    CREATE TABLE parent (
        id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
        code varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL,
        number int NOT NULL,
        other int NOT NULL,
        UNIQUE KEY referred (number),
        UNIQUE KEY text_key (code),
        UNIQUE KEY plain (other)
    )
"""
CHILD = """
    CREATE TABLE child (
        id int NOT NULL PRIMARY KEY,
        parent_id int,
        number int,
        body text,
        lonely int,
        twice int GENERATED ALWAYS AS (number * 2) VIRTUAL,
        counted int NOT NULL AUTO_INCREMENT,
        KEY counter (counted),
        KEY `odd ``name``, 50%% (x)` (number, parent_id) COMMENT 'it''s, `50%%`',
        KEY prefix (body(10)),
        UNIQUE KEY prefix_unique (body(5)),
        KEY computed (twice),
        FULLTEXT KEY words (body),
        UNIQUE KEY pair (parent_id, number),
        CONSTRAINT to_parent FOREIGN KEY (parent_id) REFERENCES parent (id)
            ON DELETE SET NULL ON UPDATE CASCADE,
        CONSTRAINT lonely FOREIGN KEY (lonely) REFERENCES parent (id),
        CONSTRAINT to_number FOREIGN KEY (number) REFERENCES parent (number),
        CONSTRAINT positive CHECK (number > 0)
    )
"""


@pytest.fixture(params=BOTH)
def side(servers: Servers, request: pytest.FixtureRequest) -> Iterator[EngineDatabase]:
    pairs = DatabasePairs(servers)
    side = pairs.get(request.param, "new")
    side.run(PARENT)
    side.run(CHILD)
    yield side
    pairs.close()


def definition(session: Session, table: str) -> list[str]:
    """Return the lines of SHOW CREATE TABLE, whatever their order."""
    text = session.query(f"SHOW CREATE TABLE {table}")[0][1]
    return sorted(line.strip(" ,") for line in text.splitlines())


def removable(session: Session, table: str) -> list[SchemaItem]:
    schema = session.schema
    source = session.catalog.table(table)
    return [*schema.foreign_keys([table]), *schema.indexes(table, source)]


def test_what_comes_off_goes_back_as_it_was(side: EngineDatabase) -> None:
    session = side.session(writing=True)
    for table, names in {
        "parent": ["plain", "text_key"],
        "child": [
            "computed",
            # Of the foreign key, and of the index that the server made for it.
            "lonely",
            "lonely",
            "odd `name`, 50% (x)",
            "pair",
            "prefix",
            "to_number",
            "to_parent",
        ],
    }.items():
        before = definition(session, table)
        items = removable(session, table)
        assert sorted(item.name for item in items) == names
        for item in items:
            session.schema.remove(item)
            session.schema.remove(item)
            assert not session.schema.is_there(item)
        keys = [item for item in items if item.object_type == "foreign key"]
        indexes = [item for item in items if item.object_type != "foreign key"]
        assert all("KEY `" in item.definition["sql"] for item in indexes)
        # Whatever an earlier attempt has put back stays.
        session.schema.restore(indexes[0])
        for _ in range(2):
            session.schema.restore_together(indexes)
            for key in keys:
                session.schema.restore(key)
        assert definition(session, table) == before


def test_a_reference_is_known_while_it_is_off(side: EngineDatabase) -> None:
    session = side.session(writing=True)
    known = session.catalog.foreign_keys()
    items = session.schema.foreign_keys(["child"])
    assert [item.as_foreign_key() for item in items] == known
    assert ForeignKey("to_number", "child", ("number",), "parent", ("number",)) in known


def test_a_text_stays_unique_where_the_source_compares_otherwise(
    side: EngineDatabase,
) -> None:
    side.run(
        "CREATE TABLE strict (id int PRIMARY KEY, code varchar(20) "
        "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, number int NOT NULL, "
        "other int NOT NULL, UNIQUE KEY (code), UNIQUE KEY (other))"
    )
    session = side.session(writing=True)
    found = session.schema.indexes("parent", session.catalog.table("strict"))
    assert [item.name for item in found] == ["plain"]
    assert session.schema.indexes("parent", None) == []


def test_what_is_not_unique_keeps_nothing_else_off(side: EngineDatabase) -> None:
    session = side.session(writing=True)
    items = removable(session, "parent")
    for item in items:
        session.schema.remove(item)
    side.run("INSERT INTO parent VALUES (1, 'a', 1, 7), (2, 'b', 2, 7)")
    with pytest.raises(DataRefused, match=r"\[1062\], key '(parent\.)?plain'"):
        session.schema.restore_together(items)
    there = {item.name: session.schema.is_there(item) for item in items}
    assert there == {"text_key": True, "plain": False}


def test_the_rights_that_the_readme_names_suffice(
    side: EngineDatabase, servers: Servers
) -> None:
    server, database = servers.server(side.engine), side.entry["NAME"]
    name = fresh_name("u")
    rights = "ALTER, CREATE, DROP, INDEX, REFERENCES, SELECT, INSERT, UPDATE, DELETE"
    server.execute(f"CREATE USER {name}@'%' IDENTIFIED BY 'canary'")
    try:
        server.execute(f"GRANT {rights} ON `{database}`.* TO {name}@'%'")
        entry = {**side.entry, "USER": name, "PASSWORD": "canary"}
        session = EngineDatabase(side.engine, entry).session(writing=True)
        before = definition(session, "child")
        items = removable(session, "child")
        for item in items:
            session.schema.remove(item)
        session.loader.empty("child", 0)
        indexes = [item for item in items if item.object_type != "foreign key"]
        session.schema.restore_together(indexes)
        for item in items:
            session.schema.restore(item)
        assert definition(session, "child") == before
        receipts = Receipts(session, fresh_name("migration_console_receipts"))
        receipts.create()
        with session.transaction():
            receipts.take("chunk.1.1", 1)
            receipts.settle("chunk.1.1", 1, 1)
        receipts.drop()
        session.close()
    finally:
        server.execute(f"DROP USER {name}@'%'")
