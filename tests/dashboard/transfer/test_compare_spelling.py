"""What is spelled differently and is the same, and what only looks the same."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.transfer import canonical
from dashboard.transfer.backends.base import Cell, Layout
from dashboard.transfer.columns import ColumnType, Kind
from dashboard.transfer.compare import RowDifference
from dashboard.transfer.keys import KeyRange
from tests.dashboard.transfer.every_kind import (
    FIELDS,
    ID,
    Field,
    Side,
    Sides,
    compared,
    make_plan,
    types,
)
from tests.project import DIRECTIONS, Servers
from tests.servers import fresh_name

FIELD = {field.name: field for field in FIELDS}
DIFFERS = (RowDifference("differs", ("1",), ("value",)),)


@pytest.fixture(scope="module")
def sides(servers: Servers) -> Iterator[Sides]:
    sides = Sides(servers)
    yield sides
    sides.close()


# Vendor, type and SQL of a value, for both sides.
Spelling = tuple[str, str, str]

SAME: list[tuple[Kind, Spelling, Spelling]] = [
    (
        Kind.DECIMAL,
        ("postgresql", "numeric", "1.10"),
        ("postgresql", "numeric(9, 1)", "1.1"),
    ),
    (
        Kind.DECIMAL,
        ("postgresql", "numeric(20, 6)", "-0.500000"),
        ("mariadb", "decimal(9, 2)", "-0.50"),
    ),
    (
        Kind.DECIMAL,
        ("mariadb", "decimal(20, 6)", "1000.000000"),
        ("sqlite", "decimal", "1000"),
    ),
    (
        Kind.DECIMAL,
        ("mariadb", "decimal(10, 0)", "1000"),
        ("mariadb", "decimal(10, 2)", "1000.00"),
    ),
    (
        Kind.DECIMAL,
        ("mariadb", "bigint", "100"),
        ("postgresql", "numeric(9, 2)", "100"),
    ),
    (Kind.DECIMAL, ("sqlite", "text", "'1.100'"), ("sqlite", "decimal", "1.1")),
    (
        Kind.DECIMAL,
        ("sqlite", "decimal", "0.1 + 0.2"),
        ("postgresql", "numeric(9, 2)", "0.3"),
    ),
    (Kind.FLOAT, ("mariadb", "float", "0.1"), ("postgresql", "real", "0.1")),
    (Kind.FLOAT, ("mariadb", "double(9, 2)", "0.1"), ("sqlite", "real", "0.1")),
    (Kind.FLOAT, ("postgresql", "real", "16777217"), ("sqlite", "real", "16777216.0")),
    (
        Kind.UUID,
        ("mariadb", "char(32)", "'00112233445566778899AABBCCDDEEFF'"),
        ("mariadb", "uuid", "'00112233-4455-6677-8899-aabbccddeeff'"),
    ),
    (
        Kind.UUID,
        ("mariadb", "char(36)", "'00112233-4455-6677-8899-AABBCCDDEEFF'"),
        ("postgresql", "uuid", "'00112233-4455-6677-8899-aabbccddeeff'"),
    ),
    (
        Kind.UUID,
        ("sqlite", "char(36)", "'00112233-4455-6677-8899-AABBCCDDEEFF'"),
        ("postgresql", "text", "'00112233445566778899aabbccddeeff'"),
    ),
    (
        Kind.TIMESTAMP,
        ("sqlite", "datetime", "'2024-01-02T03:04:05.120Z'"),
        ("postgresql", "timestamptz", "'2024-01-02 03:04:05.12+00'"),
    ),
    (
        Kind.TIMESTAMP,
        ("sqlite", "datetime", "'2024-01-02 05:04:05+02:00'"),
        ("mariadb", "datetime", "'2024-01-02 03:04:05'"),
    ),
    (
        Kind.TIMESTAMP,
        ("mariadb", "datetime(3)", "'2024-01-02 03:04:10.100'"),
        ("mariadb", "datetime(6)", "'2024-01-02 03:04:10.100000'"),
    ),
    (
        Kind.TIMESTAMP,
        ("mariadb", "timestamp(6)", "FROM_UNIXTIME(1704164650)"),
        ("postgresql", "timestamptz", "'2024-01-02 03:04:10+00'"),
    ),
    (
        Kind.TIMESTAMP,
        ("mariadb", "timestamp NULL", "FROM_UNIXTIME(1704164650)"),
        ("mariadb", "datetime(6)", "'2024-01-02 03:04:10'"),
    ),
    (
        Kind.TIMESTAMP,
        ("postgresql", "timestamp", "'2024-01-02 03:04:10'"),
        ("mariadb", "datetime(6)", "'2024-01-02 03:04:10'"),
    ),
    (
        Kind.DATE,
        ("sqlite", "date", "'2024-01-02 00:00:00'"),
        ("postgresql", "date", "'2024-01-02'"),
    ),
    (Kind.TIME, ("mariadb", "time", "'10:00:00'"), ("sqlite", "time", "'10:00'")),
    (
        Kind.DURATION,
        ("postgresql", "interval", "'1 day 2 hours'"),
        ("mariadb", "bigint", "93600000000"),
    ),
    (Kind.BOOLEAN, ("mariadb", "bit(1)", "b'1'"), ("postgresql", "boolean", "true")),
    (Kind.BOOLEAN, ("mariadb", "tinyint(1)", "1"), ("sqlite", "bool", "1")),
    (
        Kind.JSON,
        ("mariadb", "longtext", """'{"b": 1e2, "a":[1.10,"\\\\u00e9\\\\/"]}'"""),
        ("postgresql", "jsonb", """'{"a": [1.1, "é/"], "b": 100}'"""),
    ),
    (
        Kind.JSON,
        ("sqlite", "text", "'[12345678901234567890123, 0.1000, -0.0]'"),
        ("postgresql", "json", "'[12345678901234567890123,1e-1,0]'"),
    ),
    (
        Kind.JSON,
        ("postgresql", "jsonb", "'[1.10]'"),
        ("postgresql", "jsonb", "'[1.1]'"),
    ),
    (
        Kind.ADDRESS,
        ("mariadb", "char(39)", "'2001:0DB8::1'"),
        ("postgresql", "inet", "'2001:db8::1'"),
    ),
    (
        Kind.ADDRESS,
        ("sqlite", "char(39)", "'2001:0DB8:0::1'"),
        ("postgresql", "inet", "'2001:db8::1'"),
    ),
    (
        Kind.ADDRESS,
        ("mariadb", "char(43)", "'10.0.0.1/24'"),
        ("postgresql", "inet", "'10.0.0.1/24'"),
    ),
    (
        Kind.ADDRESS,
        ("mariadb", "inet6", "'2001:db8::1'"),
        ("postgresql", "inet", "'2001:db8::1'"),
    ),
    (
        Kind.TEXT,
        ("mariadb", "varchar(50) CHARACTER SET latin1", "'Grüße ÿ€'"),
        ("postgresql", "text", "'Grüße ÿ€'"),
    ),
    (
        Kind.TEXT,
        ("mariadb", "longtext CHARACTER SET latin1", "repeat('ü', 600)"),
        ("postgresql", "text", "repeat('ü', 600)"),
    ),
    (
        Kind.TEXT,
        ("mariadb", "varchar(50) CHARACTER SET utf8mb3", "'Grüße'"),
        ("sqlite", "text", "'Grüße'"),
    ),
    (Kind.TEXT, ("mariadb", "enum('a','b')", "'b'"), ("postgresql", "text", "'b'")),
    (
        Kind.TEXT,
        ("postgresql", "char(5)", "'ab'"),
        ("mariadb", "char(5)", "'ab'"),
    ),
    (
        Kind.OTHER,
        ("postgresql", "int4range", "'[1,4]'"),
        ("postgresql", "int4range", "'[1,5)'"),
    ),
    (
        Kind.OTHER,
        ("postgresql", "int[]", "'{1,NULL}'"),
        ("postgresql", "int[]", "'{1,NULL}'"),
    ),
    (
        Kind.OTHER,
        ("mariadb", "set('a','b')", "'b,a'"),
        ("mariadb", "set('a','b')", "'a,b'"),
    ),
    (Kind.OTHER, ("mariadb", "year", "2024"), ("mariadb", "year", "2024")),
    (
        Kind.OTHER,
        ("mariadb", "point", "point(1,2)"),
        ("mariadb", "point", "point(1,2)"),
    ),
    (Kind.OTHER, ("sqlite", "whatever", "x'00ff'"), ("sqlite", "whatever", "x'00ff'")),
]

DIFFERENT: list[tuple[Kind, Spelling, Spelling]] = [
    (
        Kind.JSON,
        ("mariadb", "longtext", """'{"a": 1, "a": 2}'"""),
        ("postgresql", "jsonb", """'{"a": 2}'"""),
    ),
    (
        Kind.JSON,
        ("mariadb", "longtext", """'[0.30000000000000004000000000000001]'"""),
        ("postgresql", "jsonb", """'[0.30000000000000004]'"""),
    ),
    (Kind.JSON, ("mariadb", "longtext", "'[1]'"), ("postgresql", "jsonb", "'[true]'")),
    (Kind.JSON, ("sqlite", "text", "'[1'"), ("postgresql", "jsonb", "'[1]'")),
    (
        Kind.DECIMAL,
        ("sqlite", "decimal", "12345678901234567890.12"),
        ("postgresql", "numeric(30, 2)", "12345678901234567890.12"),
    ),
    (
        Kind.DECIMAL,
        ("postgresql", "numeric(9, 2)", "'NaN'"),
        ("mariadb", "decimal(9, 2)", "0"),
    ),
    (Kind.FLOAT, ("postgresql", "float8", "'NaN'"), ("mariadb", "double", "0")),
    (Kind.FLOAT, ("postgresql", "float8", "'NaN'"), ("sqlite", "real", "NULL")),
    (
        Kind.FLOAT,
        ("postgresql", "float8", "'Infinity'"),
        ("mariadb", "double", "1.7e308"),
    ),
    (Kind.FLOAT, ("sqlite", "real", "'abc'"), ("mariadb", "double", "0")),
    (
        Kind.FLOAT,
        ("postgresql", "float8", "'-0'"),
        ("postgresql", "float8", "'0'"),
    ),
    (
        Kind.TIMESTAMP,
        ("postgresql", "timestamptz", "'infinity'"),
        ("mariadb", "datetime(6)", "'9999-12-31 23:59:59'"),
    ),
    (
        Kind.TIMESTAMP,
        ("postgresql", "timestamptz", "'0044-03-15 12:00:00+00 BC'"),
        ("postgresql", "timestamptz", "'0044-03-15 12:00:00+00'"),
    ),
    (
        Kind.TIMESTAMP,
        ("sqlite", "datetime", "'garbage'"),
        ("postgresql", "timestamptz", "'2024-01-02 03:04:10+00'"),
    ),
    (
        Kind.DATE,
        ("sqlite", "date", "'2024-01-02 00:00:01'"),
        ("postgresql", "date", "'2024-01-02'"),
    ),
    (
        Kind.DURATION,
        ("postgresql", "interval", "'1 month'"),
        ("mariadb", "bigint", "2592000000000"),
    ),
    (
        Kind.DURATION,
        ("postgresql", "interval", "'1 day'"),
        ("postgresql", "interval", "'24 hours'"),
    ),
    (Kind.INTEGER, ("sqlite", "integer", "'many'"), ("postgresql", "integer", "0")),
    (
        Kind.INTEGER,
        ("sqlite", "bigint unsigned", "18446744073709551615"),
        ("mariadb", "bigint unsigned", "18446744073709551615"),
    ),
    (Kind.BOOLEAN, ("mariadb", "tinyint(1)", "2"), ("postgresql", "boolean", "true")),
    (Kind.BINARY, ("sqlite", "blob", "x'0000'"), ("postgresql", "bytea", r"'\x00'")),
    (Kind.BINARY, ("mariadb", "binary(3)", "x'61'"), ("postgresql", "bytea", "'a'")),
    (Kind.TEXT, ("sqlite", "text", "'a' || char(0)"), ("postgresql", "text", "'a'")),
    (Kind.TEXT, ("sqlite", "text", "x'ff'"), ("mariadb", "longtext", "'?'")),
    (Kind.TEXT, ("mariadb", "varchar(9)", "'a '"), ("postgresql", "varchar(9)", "'a'")),
    (
        Kind.ADDRESS,
        ("mariadb", "char(39)", "'10.0.0.1'"),
        ("postgresql", "inet", "'10.0.0.1/24'"),
    ),
    (
        Kind.ADDRESS,
        ("mariadb", "char(39)", "'nowhere'"),
        ("postgresql", "inet", "'10.0.0.1'"),
    ),
    (
        Kind.OTHER,
        ("postgresql", "int[]", "'{1,NULL}'"),
        ("postgresql", "int[]", "'{1,0}'"),
    ),
    (Kind.OTHER, ("sqlite", "whatever", "x'35'"), ("sqlite", "whatever", "5")),
]


def spelled(
    sides: Sides, kind: Kind, source: Spelling, destination: Spelling
) -> tuple[RowDifference, ...]:
    pair = sides.pair(source[0], destination[0])
    table = fresh_name("t")
    for side, (_, column_type, sql) in zip(pair, (source, destination), strict=True):
        side.run(f"CREATE TABLE {table} (id int PRIMARY KEY, value {column_type})")
        side.run(f"INSERT INTO {table} VALUES (1, {sql})")
    field = Field("value", kind, {})
    found = compared(pair, make_plan(pair, table, [ID, field]))
    assert found.unverifiable == ""
    return found.differences


def names(case: Any) -> str:
    return "-".join(case[:2]) if isinstance(case, tuple) else str(case)


@pytest.mark.parametrize(("kind", "source", "destination"), SAME, ids=names)
def test_same_values(
    sides: Sides, kind: Kind, source: Spelling, destination: Spelling
) -> None:
    assert spelled(sides, kind, source, destination) == ()
    assert spelled(sides, kind, destination, source) == ()


@pytest.mark.parametrize(("kind", "source", "destination"), DIFFERENT, ids=names)
def test_different_values(
    sides: Sides, kind: Kind, source: Spelling, destination: Spelling
) -> None:
    assert spelled(sides, kind, source, destination) == DIFFERS
    assert spelled(sides, kind, destination, source) == DIFFERS


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_a_type_without_a_common_text(
    sides: Sides, source: str, destination: str
) -> None:
    pair = sides.pair(source, destination)
    table = fresh_name("t")
    value = Field("value", Kind.OTHER, types("varchar(9)"))
    for side in pair:
        side.create(table, [ID, value, FIELD["name"]])
        side.insert(table, [ID, value], {"id": 1, "value": "a"})
    plan = make_plan(pair, table, [ID, value, FIELD["name"]])
    found = compared(pair, plan)
    assert bool(found.unverifiable) is (source != destination)
    assert "'value'" in found.unverifiable or source == destination
    # The other columns are compared all the same.
    pair[1].change(table, FIELD["name"], 1, "other")
    found = compared(pair, plan)
    assert found.differences == (RowDifference("differs", ("1",), ("name",)),)


def some_floats() -> list[float]:
    chance = random.Random(5)
    bits = [chance.getrandbits(64) for _ in range(1500)]
    wild = [struct.unpack("<d", struct.pack("<Q", number))[0] for number in bits]
    plain = [chance.uniform(-1000, 1000) for _ in range(500)]
    prices = [round(chance.uniform(0, 1e6), 2) for _ in range(500)]
    scales = [s * 10.0**e for e in range(-20, 23) for s in (1, 1.5, -9.999999)]
    edges = [2.0**53, 2.0**53 + 2, 1e15, 999999999999999.9, 1e-4, 9.9e-5, 1e-15]
    return [
        value
        for value in (*wild, *plain, *prices, *scales, *edges)
        if 1e-300 < abs(value) < 1e300
    ]


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_floats_are_mostly_spelled_alike_by_the_servers(
    sides: Sides, source: str, destination: str
) -> None:
    pair = sides.pair(source, destination)
    table = fresh_name("t")
    floats = some_floats()
    texts = {}
    for side in pair:
        side.create(table, [ID, FIELD["size"]])
        # As parameters: SQLite reads a literal of 1e-293 inexactly.
        values = [v for row in enumerate(floats) for v in row]
        places = ", ".join(["(%s, %s)"] * len(floats))
        side.run(f"INSERT INTO {table} VALUES {places}", values)
        with side.session() as session:
            cell = Cell("size", Kind.FLOAT, ColumnType("double"), canonical.FLOAT_TEXT)
            sql = session.comparer.text(cell, "UTC")
            found = session.query(f"SELECT {sql} FROM {table} ORDER BY id")
            texts[side] = [row[0] for row in found]
    first, second = texts[pair[0]], texts[pair[1]]
    unlike = sum(one != other for one, other in zip(first, second, strict=True))
    assert unlike <= 10
    assert [float(text) for text in first] == floats
    assert compared(pair, make_plan(pair, table, [ID, FIELD["size"]])).is_equal


def test_addresses_are_spelled_alike_by_the_servers(sides: Sides) -> None:
    chance = random.Random(7)
    pair = sides.pair("mariadb", "postgresql")
    table = fresh_name("t")
    groups = ["0", "0", "0", "1", "ff", "abcd"]
    texts = [":".join(chance.choices(groups, k=8)) for _ in range(500)]
    texts += ["::1.2.3.4", "::ffff:1.2.3.4", "::", "::1", "1.2.3.4", "255.255.255.255"]
    for side in pair:
        side.create(table, [ID, FIELD["address"]])
        rows = ", ".join(f"({n}, '{text}')" for n, text in enumerate(texts))
        side.run(f"INSERT INTO {table} VALUES {rows}")
    assert compared(pair, make_plan(pair, table, [ID, FIELD["address"]])).is_equal


LONG_TEXTS = {"value": "ü", "other": "é", "third": "c"}
LONG_FIELDS = [ID, *[Field(name, Kind.TEXT, types("text")) for name in LONG_TEXTS]]


def fill_long_texts(side: Side, longtext: str) -> None:
    columns = ", ".join(f"{name} {longtext}" for name in LONG_TEXTS)
    side.run(f"CREATE TABLE long_texts (id int PRIMARY KEY, {columns})")
    for key, times in ((1, 500), (2, 1), (3, 64_000)):
        texts = ", ".join(f"REPEAT('{text}', {times})" for text in LONG_TEXTS.values())
        side.run(f"INSERT INTO long_texts VALUES ({key}, {texts})")
    side.run("INSERT INTO long_texts (id) VALUES (4)")


@pytest.fixture(scope="module")
def small_packets(servers: Servers) -> Iterator[Side]:
    """A MariaDB whose new connections take 1 kB and that stores more."""
    server = servers.private_server("mariadb")
    name = fresh_name("db")
    server.create_empty(name)
    side = Side("mariadb", server.entry(name))
    fill_long_texts(side, "longtext CHARACTER SET latin1")
    server.execute("SET GLOBAL max_allowed_packet = 1024")
    yield side
    for session in side.sessions:
        session.close()
    server.stop()


def test_rows_beyond_the_packet_are_hashed_in_python(
    sides: Sides, small_packets: Side
) -> None:
    new = sides.get("postgresql", "new")
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


def test_a_hash_that_is_null_is_counted(small_packets: Side) -> None:
    with small_packets.session() as session:
        kind = ColumnType("longtext", collation="latin1_swedish_ci")
        cells = (
            Cell("id", Kind.INTEGER, ColumnType("int"), canonical.INTEGER),
            *[Cell(name, Kind.TEXT, kind, canonical.TEXT) for name in LONG_TEXTS],
        )
        layout = Layout("long_texts", cells[:1], cells, (), "UTC")
        found = session.comparer.checksums(layout, KeyRange())
    assert (found[""].rows, found[""].hashed) == (4, 3)
