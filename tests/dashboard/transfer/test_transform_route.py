"""Rows through a function of the project's, between every two engines."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections, models
from django.test.utils import isolate_apps, override_settings

from dashboard.transfer.compare import Comparison, compare
from dashboard.transfer.copy import Copied, move
from dashboard.transfer.transform import Transform
from dashboard.transfer.transform_route import Model, TransformRoute, compared_plan
from dashboard.transfer.transformed_rows import Refusal
from dashboard.transfer.transformed_side import TransformedSide
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
    *,
    aware: bool = True,
    **facts: Any,
) -> TransformRoute:
    plan = make_plan(pair, table, ALL, zone=zone)
    plan = replace(plan, transform=Transform("shop.changed", "", **facts))
    fields = {field.column: field for field in model._meta.local_concrete_fields}
    # Never opened: converters are only told which engine it is.
    both = connections["default"], connections["default"]
    return TransformRoute(plan, function, Model(fields, both, aware=aware))


def moved(pair: DatabasePair, route: TransformRoute) -> Copied:
    old, new = pair[0].session(), pair[1].session(writing=True)
    with old, new, new.transaction():
        return move(old, new, route.plan, objects=route)


def compared(pair: DatabasePair, route: TransformRoute) -> Comparison:
    old, new = pair[0].session(), pair[1].session()
    with old, new, closing(TransformedSide(route, old)) as side:
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


def test_what_nobody_touches_is_as_without_a_function(
    pairs: DatabasePairs, model: type[models.Model]
) -> None:
    """Months, -0.0, spelled documents, infinity: nothing of it is made a value."""
    pair = pairs.pair("postgresql", "postgresql")
    table = filled(pair, [{"id": 1}, {"id": 2}])
    pair[0].run(
        f"UPDATE {table} SET pause = '1 mon 2 days -00:00:01', size = '-0',"
        " moment = 'infinity', price = 'NaN', day = '0044-03-15 BC',"
        " document = '{\"n\": 1.00000000000000000000000001}', address = '10.0.0.0/8'"
        " WHERE id = 1"
    )
    route = route_of(pair, table, model, lambda row: {"name": "n"})
    moved(pair, route)
    names = ", ".join(f"{one.name}::text" for one in ALL if one.name != "name")
    sql = f"SELECT {names} FROM {table} ORDER BY id"
    assert pair[0].read(sql) == pair[1].read(sql)
    found = compared(pair, route)
    assert (found.differences, found.unverifiable) == ((), "")

    def asks(row: Any) -> Any:
        return {"day": row["day"]}

    with pytest.raises(Refusal) as refused:
        moved(pair, route_of(pair, table, model, asks))
    assert "Column 'day'" in refused.value.message
    assert "(ValueError)" in refused.value.message
    assert "0044" not in str(refused.value)


@override_settings(USE_TZ=False, TIME_ZONE="Europe/Berlin")
@pytest.mark.parametrize("source", ["postgresql", "mariadb"])
def test_moments_without_a_zone_are_those_of_the_project_s_clock(
    pairs: DatabasePairs, model: type[models.Model], source: str
) -> None:
    """Hours that a clock has twice, or never, are what the server takes them for."""
    pair = pairs.pair(source, "postgresql")
    moments = ("2024-07-01 12:00", "2024-10-27 02:30", "2024-03-31 02:30")
    seen: dict[int, Any] = {}
    table = filled(pair, [{"id": n} for n in (1, 2, 3)])
    there = "'2024-07-01 10:00+00'" if source == "postgresql" else "'2024-07-01 12:00'"
    pair[0].run(f"UPDATE {table} SET moment = {there}")

    def set_anew(row: Any) -> Any:
        seen[row["id"]] = row["moment"]
        return {"moment": datetime.fromisoformat(moments[row["id"] - 1])}

    moved(pair, route_of(pair, table, model, set_anew, "Europe/Berlin", aware=False))
    assert set(seen.values()) == {datetime(2024, 7, 1, 12)}
    for number, moment in enumerate(moments, 1):
        sql = f"moment = timestamptz '{moment} Europe/Berlin'"
        assert pair[1].read(f"SELECT {sql} FROM {table} WHERE id = {number}") == [
            (True,)
        ]


def test_rows_get_keys_of_their_own_and_a_function_that_is_not_sure_is_named(
    pairs: DatabasePairs, model: type[models.Model]
) -> None:
    pair = pairs.pair("sqlite", "mariadb")
    table = filled(pair, [{"id": n, "name": str(n)} for n in (1, 2, 3)])

    def split(row: Any) -> Any:
        yield {"id": 10 * row["id"]}
        if row["id"] != 2:
            yield {**row, "id": 10 * row["id"] + 1, "name": None}

    route = route_of(pair, table, model, split, makes_keys=True)
    copied = moved(pair, route)
    assert (copied.read, copied.rows) == (3, 5)
    rows = sorted(pair[1].read(f"SELECT id, name FROM {table}"))
    assert rows == [(10, "1"), (11, None), (20, "2"), (30, "3"), (31, None)]
    assert compared(pair, route).is_equal

    numbers = itertools.count()
    unsure = route_of(pair, table, model, lambda row: {"name": str(next(numbers))})
    found = compared(pair, unsure)
    assert found.differences == ()
    assert "gives two answers for the same row (key 1, columns name)" in (
        found.unverifiable
    )
