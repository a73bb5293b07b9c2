"""Rows through a function of the project's, between every two engines."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections, models
from django.test.utils import isolate_apps

from dashboard.transfer.compare import Comparison, compare
from dashboard.transfer.copy import Copied, move
from dashboard.transfer.transform import Transform
from dashboard.transfer.transform_route import Model, TransformRoute, compared_plan
from tests.dashboard.transfer.every_kind import (
    FIELDS,
    ID,
    ROWS,
    DatabasePair,
    DatabasePairs,
    EngineDatabase,
    make_plan,
)
from tests.project import DIRECTIONS
from tests.servers import fresh_name

ALL = [ID, *FIELDS]
Function = Callable[[Any], Any]


@pytest.fixture(scope="module")
def model() -> Iterator[type[models.Model]]:
    with isolate_apps("migration_console.bookshop"):

        class Thing(models.Model):  # noqa: DJ008
            number = models.BigIntegerField(null=True)
            flag = models.BooleanField(null=True)
            price = models.DecimalField(max_digits=13, decimal_places=4, null=True)
            size = models.FloatField(null=True)
            name = models.CharField(max_length=100, null=True)  # noqa: DJ001
            body = models.TextField(null=True)  # noqa: DJ001
            image = models.BinaryField(null=True)
            token = models.UUIDField(null=True)
            code = models.UUIDField(null=True)
            moment = models.DateTimeField(null=True)
            day = models.DateField(null=True)
            clock = models.TimeField(null=True)
            pause = models.DurationField(null=True)
            document = models.JSONField(null=True)
            address = models.GenericIPAddressField(null=True)

            class Meta:
                app_label = "bookshop"

        yield Thing


def filled(pair: DatabasePair, rows: list[dict[str, Any]]) -> str:
    table = fresh_name("t")
    for side in pair:
        side.create(table, ALL)
    for row in rows:
        pair[0].insert(table, ALL, row)
    return table


def route_of(
    pair: DatabasePair,
    table: str,
    model: type[models.Model],
    function: Function,
    zone: str = "UTC",
    **facts: Any,
) -> TransformRoute:
    plan = make_plan(pair, table, ALL, zone=zone)
    plan = replace(plan, transform=Transform("shop.changed", "", **facts))
    fields = {field.column: field for field in model._meta.local_concrete_fields}
    # Never opened: converters are only told which engine it is.
    both = connections["default"], connections["default"]
    return TransformRoute(plan, function, Model(fields, both, aware=True))


def moved(pair: DatabasePair, route: TransformRoute) -> Copied:
    old, new = pair[0].session(), pair[1].session(writing=True)
    with old, new, new.transaction():
        return move(old, new, route.plan, objects=route)


def compared(pair: DatabasePair, route: TransformRoute) -> Comparison:
    old, new = pair[0].session(), pair[1].session()
    with old, new, closing(route.compared(old)) as side:
        return compare(side, new, compared_plan(route.plan))


def read(side: EngineDatabase, table: str) -> dict[tuple[Any, str], str]:
    """Every value as the driver alone reads it, by key and column."""
    names = [field.name for field in ALL]
    listed = ", ".join(map(side.quote, names))
    return {
        (row[0], name): _shown(name, v)
        for row in side.read(f"SELECT {listed} FROM {table}")
        for name, v in zip(names, row, strict=True)
    }


def _shown(name: str, value: Any) -> str:
    if name == "code" and isinstance(value, str):
        # A text of either length, as it is in the source.
        return value.replace("-", "")
    return repr(bytes(value) if isinstance(value, memoryview) else value)


SEEN = {
    "number": 9_223_372_036_854_775_807,
    "flag": True,
    "price": Decimal("123456789.1230"),
    "size": 0.1,
    "name": "bob",
    "body": "",
    "image": bytes(range(256)),
    "token": uuid.UUID("00112233-4455-6677-8899-aabbccddeeff"),
    "code": uuid.UUID("00112233-4455-6677-8899-aabbccddeeff"),
    "moment": datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
    "day": date(2024, 2, 29),
    "clock": time(23, 59, 59, 1),
    "pause": timedelta(days=1, microseconds=1),
    "document": {"b": [1, 1.5, None], "a": "é"},
    "address": "192.168.0.1",
}
GIVEN = {
    "number": -5,
    "flag": False,
    "price": Decimal("1.5"),
    "size": -1.5e-7,
    "name": "Straße\t\\N\n\"',",
    "body": "b",
    "image": b"\x00\xff",
    "token": uuid.UUID(int=7),
    "code": uuid.UUID(int=8),
    "moment": datetime(2024, 7, 1, 1, 2, 3, 4, tzinfo=UTC),
    "day": date(999, 1, 2),
    "clock": time(1, 2, 3),
    "pause": timedelta(days=-1, microseconds=1),
    "document": {"z": 1},
    "address": "10.0.0.9",
}
STORED = {
    **GIVEN,
    "id": 1,
    "price": "1.5000",
    "token": str(GIVEN["token"]),
    "code": str(GIVEN["code"]),
    "moment": "2024-07-01 01:02:03.000004",
    "day": "0999-01-02",
    "clock": "01:02:03",
    "pause": -86_399_999_999,
    "document": '{"z": 1}',
}


def changed(row: Any) -> Any:
    """Change one row, look at another, leave out a third, and touch no more."""
    match row["id"]:
        case 1:
            assert {**row} == {"id": 1, **SEEN}
            row.update(GIVEN)
        case 2:
            return {**row}
        case 3:
            return None
        case 5:
            row["document"]["more"] = [True]
            return {"name": None}
    return row


EXPECTED = [
    STORED,
    ROWS[1],
    ROWS[3],
    {
        **ROWS[4],
        "name": None,
        "document": '{"long": "%s", "more": [true]}' % ("x" * 2000),
    },
]


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_what_a_function_changes_arrives_and_all_else_is_as_it_was(
    pairs: DatabasePairs, model: type[models.Model], source: str, destination: str
) -> None:
    pair = pairs.pair(source, destination)
    table = filled(pair, ROWS)
    route = route_of(pair, table, model, changed)
    copied = moved(pair, route)
    assert (copied.read, copied.rows) == (5, 4)

    new, expected = pair[1], fresh_name("t")
    new.create(expected, ALL)
    for row in EXPECTED:
        new.insert(expected, ALL, row)
    assert read(new, table) == read(new, expected)
    assert compared(pair, route).is_equal

    new.run(f"UPDATE {table} SET body = 'c' WHERE id = 1")
    new.run(f"DELETE FROM {table} WHERE id = 2")
    differing = compared(pair, route)
    found = {(one.problem, one.key, one.columns) for one in differing.differences}
    assert found == {("missing", ("2",), ()), ("differs", ("1",), ("body",))}
