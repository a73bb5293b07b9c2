"""Equal tables are equal in every direction; what differs is named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.transfer.compare import RowDifference
from tests.dashboard.transfer.every_kind import (
    FIELDS,
    ID,
    ROWS,
    Field,
    Sides,
    Side,
    compared,
    make_plan,
)
from tests.project import DIRECTIONS, VENDORS, Servers
from tests.servers import fresh_name

Pair = tuple[Side, Side]


@pytest.fixture(scope="module")
def sides(servers: Servers) -> Iterator[Sides]:
    sides = Sides(servers)
    yield sides
    sides.close()


def filled(pair: Pair, fields: list[Field], rows: list[dict[str, Any]]) -> str:
    table = fresh_name("t")
    for side in pair:
        side.create(table, fields)
        for row in rows:
            side.insert(table, fields, row)
    return table


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_every_kind_is_equal(sides: Sides, source: str, destination: str) -> None:
    pair = sides.pair(source, destination)
    fields = [ID, *FIELDS]
    table = filled(pair, fields, ROWS)
    found = compared(pair, make_plan(pair, table, fields))
    assert found.differences == ()
    assert found.unverifiable == ""
    assert found.is_equal
    assert (found.source_rows, found.destination_rows) == (5, 5)


FIELD = {field.name: field for field in FIELDS}
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
def test_every_change_is_found(sides: Sides, source: str, destination: str) -> None:
    pair = sides.pair(source, destination)
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
def test_rows_are_told_apart(sides: Sides, source: str, destination: str) -> None:
    pair = sides.pair(source, destination)
    fields = [ID, FIELD["name"], FIELD["body"]]
    rows = [{"id": n, "name": f"name {n}", "body": "same"} for n in range(1, 8)]
    table = filled(pair, fields, rows)
    new = pair[1]
    new.run(f"DELETE FROM {table} WHERE id = 2")
    new.insert(table, fields, {"id": 9, "name": "name 9"})
    # Two rows change places.
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
