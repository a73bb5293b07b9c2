"""Equal tables are equal in every direction; what differs is named."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.compare import counts
from dashboard.transfer.differences import RowDifference
from dashboard.transfer.errors import Unsupported
from dashboard.transfer.keys import KeyRange
from tests.dashboard.transfer.every_kind import (
    FIELD,
    FIELDS,
    ID,
    ROWS,
    DatabasePair,
    DatabasePairs,
    Field,
    compared,
    make_plan,
    stored,
    types,
)
from tests.dashboard.transfer.large_tables import FEW_FIELDS, filled_by_servers
from tests.project import DIRECTIONS, VENDORS
from tests.servers import fresh_name


def filled(pair: DatabasePair, fields: list[Field], rows: list[dict[str, Any]]) -> str:
    table = fresh_name("t")
    for side in pair:
        side.create(table, fields)
        for row in rows:
            side.insert(table, fields, row)
    return table


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_every_kind_is_equal(
    pairs: DatabasePairs, source: str, destination: str
) -> None:
    pair = pairs.pair(source, destination)
    fields = [ID, *FIELDS]
    table = filled(pair, fields, ROWS)
    found = compared(pair, make_plan(pair, table, fields))
    assert found.differences == ()
    assert found.unverifiable == ""
    assert found.is_equal
    assert (found.source_rows, found.destination_rows) == (5, 5)


def test_nothing_is_the_same_as_nothing_whatever_its_type(
    pairs: DatabasePairs,
) -> None:
    pair = pairs.pair("postgresql", "sqlite")
    for fields in (
        [ID, Field("odd", ColumnKind.OTHER, types("int4range", "text"))],
        [Field("id", ColumnKind.OTHER, types("int4range", "text"))],
    ):
        table = filled(pair, fields, [])
        plan = make_plan(pair, table, fields)
        found = compared(pair, plan)
        assert found.is_equal
        assert (found.source_rows, found.destination_rows) == (0, 0)
        for side in pair:
            values = ["1"] * (len(fields) - 1)
            value = "'[1,2)'"
            side.run(f"INSERT INTO {table} VALUES ({', '.join([*values, value])})")
        assert compared(pair, plan).unproved


NFC, NFD = "Caf\u00e9", "Cafe\u0301"

CHANGES: list[tuple[str, int, Any]] = [
    ("number", 1, 9_223_372_036_854_775_806),
    ("number", -4, None),
    ("number", 3, 0),
    ("flag", 2, True),
    ("flag", 3, False),
    ("price", 1, "123456789.1231"),
    ("price", 2, "0.0001"),
    ("price", 5, "10.0000"),
    ("size", 1, 0.10000000000000002),
    ("size", -4, 5e-324),
    ("size", 3, 0.0),
    ("name", 1, "bob "),
    ("name", 1, "Bob"),
    ("name", 2, " trailing"),
    ("name", -4, None),
    ("name", 3, ""),
    ("body", 1, None),
    ("body", 1, "!"),
    ("body", 2, "Straße 🚲 " * 299 + "Straße 🚳 "),
    ("body", 5, "e" * 1024),
    ("image", 1, bytes(range(255)) + b"\xfe"),
    ("image", 2, None),
    ("image", 2, b"\x00"),
    ("image", -4, b"\x00" * 1999),
    ("token", 1, "00112233-4455-6677-8899-aabbccddeefe"),
    ("code", 1, "00112233-4455-6677-8899-aabbccddeefe"),
    ("moment", 1, "2024-02-29 23:59:59.999998"),
    ("moment", 2, "1970-01-01 00:00:00.000001"),
    ("moment", -4, "9999-12-31 23:59:59.010000"),
    ("day", 5, "2000-01-02"),
    ("clock", 1, "23:59:59.000002"),
    ("clock", 2, "00:00:01"),
    ("pause", 2, 0),
    ("pause", 1, 86_400_000_000),
    ("document", 2, None),
    ("document", 3, "null"),
    ("document", 1, '{"b": [1, 1.51, null], "a": "\\u00e9"}'),
    ("document", 1, '{"b": [1, "1.5", null], "a": "\\u00e9"}'),
    ("document", 1, '{"b": [1.5, 1, null], "a": "\\u00e9"}'),
    ("document", -4, "{}"),
    ("address", 1, "192.168.0.2"),
    ("address", 2, "2001:db8::2"),
]


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_every_change_is_found(
    pairs: DatabasePairs, source: str, destination: str
) -> None:
    pair = pairs.pair(source, destination)
    fields = [ID, *FIELDS]
    table = filled(pair, fields, ROWS)
    plan = make_plan(pair, table, fields)
    wrong = []
    for name, key, value in CHANGES:
        before = next(row.get(name) for row in ROWS if row["id"] == key)
        pair[1].change(table, FIELD[name], key, value)
        found = compared(pair, plan)
        expected = (RowDifference("differs", (str(key),), (name,)),)
        if found.differences != expected or found.differences_count != 1:
            wrong.append((name, key, found.differences, found.unverifiable))
        pair[1].change(table, FIELD[name], key, before)
    assert not wrong
    assert compared(pair, plan).is_equal


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_f44_rows_are_told_apart(
    pairs: DatabasePairs, source: str, destination: str
) -> None:
    pair = pairs.pair(source, destination)
    fields = [ID, FIELD["name"], FIELD["body"]]
    rows = [{"id": n, "name": f"name {n}", "body": "same"} for n in range(1, 8)]
    table = filled(pair, fields, rows)
    new = pair[1]
    new.run(f"DELETE FROM {table} WHERE id = 2")
    new.insert(table, fields, {"id": 9, "name": "name 9"})
    # Two rows change placeholders.
    new.run(f"UPDATE {table} SET id = 100 WHERE id = 3")
    new.run(f"UPDATE {table} SET id = 3 WHERE id = 4")
    new.run(f"UPDATE {table} SET id = 4 WHERE id = 100")
    found = compared(pair, make_plan(pair, table, fields))
    assert sorted(found.differences, key=lambda one: one.key) == [
        RowDifference("missing", ("2",)),
        RowDifference("differs", ("3",), ("name",)),
        RowDifference("differs", ("4",), ("name",)),
        RowDifference("extra", ("9",)),
    ]
    assert found.differences_count == 4
    assert (found.source_rows, found.destination_rows) == (7, 7)


@pytest.mark.parametrize("destination", VENDORS)
def test_normal_forms_differ(pairs: DatabasePairs, destination: str) -> None:
    pair = pairs.pair("postgresql", destination)
    fields = [ID, FIELD["body"]]
    table = filled(pair, fields, [{"id": 1, "body": NFC}])
    pair[1].change(table, FIELD["body"], 1, NFD)
    found = compared(pair, make_plan(pair, table, fields))
    assert found.differences == (RowDifference("differs", ("1",), ("body",)),)


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_names_are_only_names(
    pairs: DatabasePairs, source: str, destination: str
) -> None:
    pair = pairs.pair(source, destination)
    odd = Field("100% of %s `it` 'ö'", ColumnKind.TEXT, types("varchar(20)"))
    table = filled(pair, [ID, odd], [{"id": 1, odd.name: "a"}])
    plan = make_plan(pair, table, [ID, odd])
    assert compared(pair, plan).is_equal
    assert compared(pair, plan, KeyRange((0,), (1,))).is_equal
    pair[1].run(f"DELETE FROM {table}")
    found = compared(pair, plan, KeyRange((0,), (1,)))
    assert found.differences == (RowDifference("missing", ("1",)),)


BINARY_TEXT = "varchar(50) COLLATE utf8mb4_bin"
KEYS = {
    "text": (
        Field("key", ColumnKind.TEXT, types("varchar(50)", BINARY_TEXT, "varchar(50)")),
        ["a", "B", "b", "ß", "a!"],
    ),
    "uuid": (
        FIELD["token"],
        [row["token"] for row in ROWS if "token" in row],
    ),
    "date": (FIELD["day"], ["0999-01-01", "2024-02-29", "9999-12-31"]),
    "decimal": (FIELD["price"], ["1.1000", "2.0000", "-3.0000"]),
}


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_any_key_names_its_rows(
    pairs: DatabasePairs, source: str, destination: str, name: str
) -> None:
    pair = pairs.pair(source, destination)
    key, values = KEYS[name]
    body = Field("body", ColumnKind.TEXT, types("varchar(50)"))
    table = fresh_name("t")
    for side in pair:
        side.create(table, [key, body], key.name)
        for value in values:
            side.insert(table, [key, body], {key.name: value, "body": "same"})
    plan = make_plan(pair, table, [key, body], key=(key.name,))
    assert compared(pair, plan).is_equal
    new, quoted = pair[1], pair[1].quote(key.name)
    last = [stored(new.engine, key, values[-1])]
    new.run(f"UPDATE {table} SET body = 'other' WHERE {quoted} = %s", last)
    in_sqlite = "sqlite" in (source, destination)
    shown = "-3" if name == "decimal" and in_sqlite else values[-1]
    found = compared(pair, plan)
    assert found.differences == (RowDifference("differs", (shown,), ("body",)),)
    new.run(f"DELETE FROM {table} WHERE {quoted} = %s", last)
    found = compared(pair, plan)
    assert found.differences == (RowDifference("missing", (shown,)),)


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_a_composite_key(pairs: DatabasePairs, source: str, destination: str) -> None:
    pair = pairs.pair(source, destination)
    tenant = Field("tenant", ColumnKind.TEXT, types("varchar(20)"))
    table = fresh_name("t")
    rows = [{"id": n, "tenant": t, "flag": True} for n in (1, 11) for t in ("1", "a,")]
    fields = [ID, tenant, FIELD["flag"]]
    for side in pair:
        side.create(table, fields, key="")
        for row in rows:
            side.insert(table, fields, row)
    plan = make_plan(pair, table, fields, key=("id", "tenant"))
    assert compared(pair, plan).is_equal
    pair[1].run(f"UPDATE {table} SET flag = NULL WHERE id = 11 AND tenant = 'a,'")
    found = compared(pair, plan)
    assert found.differences == (RowDifference("differs", ("11", "a,"), ("flag",)),)
    pair[1].insert(table, fields, rows[0])
    found = compared(pair, plan)
    assert found.differences_count == 2
    assert RowDifference("extra", ("1", "1")) in found.differences


@pytest.mark.parametrize("destination", VENDORS)
def test_local_clocks(pairs: DatabasePairs, destination: str) -> None:
    """A zone's winter and summer, and the hour that is there twice."""
    pair = pairs.pair("postgresql", destination)
    moment = FIELD["moment"]
    table = fresh_name("t")
    for side in pair:
        side.create(table, [ID, moment])
    instants = ["2024-01-15 12:00:00", "2024-07-15 12:00:00", "2024-10-27 00:30:00"]
    clocks = ["2024-01-15 12:00:00", "2024-07-15 13:00:00", "2024-10-27 01:30:00"]
    zoned = destination == "postgresql"
    for number, (instant, clock) in enumerate(zip(instants, clocks, strict=True)):
        pair[0].insert(table, [ID, moment], {"id": number, "moment": instant})
        given = instant if zoned else clock
        pair[1].insert(table, [ID, moment], {"id": number, "moment": given})
    plan = make_plan(pair, table, [ID, moment], zone="Europe/London")
    assert compared(pair, plan).is_equal
    # The same digits an hour later: another instant.
    later = "2024-10-27 01:30:00" if zoned else "2024-10-27 02:30:00"
    pair[1].change(table, moment, 2, later)
    found = compared(pair, plan)
    assert found.differences == (RowDifference("differs", ("2",), ("moment",)),)


def test_only_integer_keys_have_ranges(pairs: DatabasePairs) -> None:
    pair = pairs.pair("postgresql", "postgresql")
    table = filled_by_servers(pair, 3)
    plan = make_plan(pair, table, FEW_FIELDS, key=("name",))
    with pytest.raises(Unsupported):
        compared(pair, plan, KeyRange(("a",), None))


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_counts(pairs: DatabasePairs, source: str, destination: str) -> None:
    pair = pairs.pair(source, destination)
    table = filled_by_servers(pair, 30)
    pair[1].run(f"DELETE FROM {table} WHERE id > 28")
    plan = make_plan(pair, table, FEW_FIELDS)
    with pair[0].session() as old, pair[1].session() as new:
        found = counts(old, new, plan)
    assert (found.source_rows, found.destination_rows) == (30, 28)
    assert found.differences_count == 2
