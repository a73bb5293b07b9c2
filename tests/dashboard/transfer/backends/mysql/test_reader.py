"""Every type of MySQL's that may hold NULL, read as text and judged by drivers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.copy import move
from tests.dashboard.transfer.every_kind import (
    DatabasePairs,
    EngineDatabase,
    Field,
    make_plan,
    stored,
    types,
)
from tests.project import VENDORS, Servers
from tests.servers import BOTH

# The type there, the type that takes it elsewhere, the kind, and a value's text.
COLUMNS = [
    ("tinyint", "smallint", ColumnKind.INTEGER, "-128"),
    ("smallint unsigned", "integer", ColumnKind.INTEGER, "65535"),
    ("mediumint", "integer", ColumnKind.INTEGER, "-8388608"),
    ("int", "integer", ColumnKind.INTEGER, "2147483647"),
    ("bigint", "bigint", ColumnKind.INTEGER, "-9223372036854775808"),
    ("decimal(20,4)", "numeric(20,4)", ColumnKind.DECIMAL, "-12345678901.7890"),
    ("double", "double precision", ColumnKind.FLOAT, "0.1"),
    ("char(10)", "varchar(10)", ColumnKind.TEXT, "é"),
    ("varchar(100)", "varchar(100)", ColumnKind.TEXT, "Straße 🚲"),
    ("varchar(100) CHARACTER SET latin1", "varchar(100)", ColumnKind.TEXT, "Straße"),
    ("varchar(5000)", "varchar(5000)", ColumnKind.TEXT, "long"),
    ("longtext", "text", ColumnKind.TEXT, "body"),
    ("uuid", "uuid", ColumnKind.UUID, "00112233-4455-6677-8899-aabbccddeeff"),
    ("char(36)", "uuid", ColumnKind.UUID, "00112233-4455-6677-8899-aabbccddeeff"),
    ("inet4", "inet", ColumnKind.ADDRESS, "192.168.0.1"),
    ("inet6", "inet", ColumnKind.ADDRESS, "2001:db8::1"),
    ("char(39)", "inet", ColumnKind.ADDRESS, "10.0.0.1"),
    ("datetime(6)", "timestamp", ColumnKind.TIMESTAMP, "2024-02-29 23:59:59.000001"),
    ("date", "date", ColumnKind.DATE, "0999-01-01"),
    ("time(6)", "time", ColumnKind.TIME, "23:59:59.999999"),
    ("json", "text", ColumnKind.JSON, '{"a": 1}'),
]
FIELDS = [Field("id", ColumnKind.INTEGER, types("integer"))] + [
    Field(f"c{number}", kind, types(there, here, here.partition(" CHAR")[0]))
    for number, (here, there, kind, _) in enumerate(COLUMNS)
]


@pytest.fixture(scope="module")
def pairs(servers: Servers) -> Iterator[DatabasePairs]:
    pairs = DatabasePairs(servers)
    for engine in BOTH:
        fill(pairs.get(engine, "old"))
    yield pairs
    pairs.close()


def fill(source: EngineDatabase) -> None:
    source.create("things", FIELDS)
    values = [
        stored(source.engine, field, value) if field.kind is ColumnKind.UUID else value
        for field, (*_, value) in zip(FIELDS[1:], COLUMNS, strict=True)
    ]
    placeholders = ", ".join(["%s"] * len(values))
    source.run(f"INSERT INTO things VALUES (1, {placeholders})", values)
    source.run("INSERT INTO things (id) VALUES (2)")
    # A NULL beside a value, in front of it and behind it.
    for number, _ in enumerate(COLUMNS):
        given = [None if other == number else v for other, v in enumerate(values)]
        source.run(f"INSERT INTO things VALUES ({number + 3}, {placeholders})", given)


@pytest.mark.parametrize("destination", VENDORS)
@pytest.mark.parametrize("source", BOTH)
def test_null_arrives_as_null_from_every_type(
    pairs: DatabasePairs, source: str, destination: str
) -> None:
    pair = pairs.pair(source, destination)
    pair[1].run("DROP TABLE IF EXISTS things")
    pair[1].create("things", FIELDS)
    plan = make_plan(pair, "things", FIELDS)

    writing = pair[1].session(writing=True)
    with pair[0].session() as reading, writing.transaction():
        copied = move(reading, writing, plan)

    assert copied.rows == len(COLUMNS) + 2
    assert nulls(pair[1]) == nulls(pair[0])
    # Texts are spelled alike by every driver: nothing else has become of them.
    texts = [f.name for f in FIELDS if f.kind in (ColumnKind.TEXT, ColumnKind.UUID)]
    assert spelled(pair[1], texts) == spelled(pair[0], texts)


def nulls(side: EngineDatabase) -> list[tuple[object, ...]]:
    tests = ", ".join(f"{field.name} IS NULL" for field in FIELDS)
    rows = side.read(f"SELECT id, {tests} FROM things ORDER BY id")
    return [(row[0], *map(bool, row[1:])) for row in rows]


def spelled(side: EngineDatabase, names: list[str]) -> list[tuple[str, ...]]:
    rows = side.read(f"SELECT {', '.join(names)} FROM things ORDER BY id")
    # Only UUIDs have dashes.
    return [tuple(str(value).replace("-", "") for value in row) for row in rows]
