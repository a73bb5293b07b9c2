"""The values route: a field of one's own, stored here so and there so."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections, models
from django.db.models import Value
from django.test.utils import isolate_apps

from dashboard.databases import database, django_connection
from dashboard.planning.table_plans import column_kind
from dashboard.planning.table_selection import ModelTable
from dashboard.transfer.backends import connect
from dashboard.transfer.compare import compare
from dashboard.transfer.copy import move
from dashboard.transfer.differences import RowDifference
from dashboard.transfer.errors import DataRefused
from dashboard.transfer.matching import plan_table
from dashboard.transfer.plan import VALUES, TablePlan
from dashboard.transfer.values import BATCH_ROWS, ObjectRoute
from tests.project import Project
from tests.servers import real

DIRECTIONS = [
    ("postgresql", "mariadb"),
    ("mariadb", "postgresql"),
    ("postgresql", "mysql"),
    ("mysql", "postgresql"),
    ("postgresql", "sqlite"),
    ("sqlite", "postgresql"),
]


class NumbersField(models.Field):  # type: ignore[type-arg]
    """A list of numbers: an array of PostgreSQL's, JSON anywhere else."""

    def db_type(self, connection: Any) -> str:
        return "integer[]" if connection.vendor == "postgresql" else "text"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if value is None or connection.vendor == "postgresql":
            return value
        return json.loads(value)

    def get_db_prep_value(
        self, value: Any, connection: Any, prepared: bool = False
    ) -> Any:
        if value is None or connection.vendor == "postgresql":
            return value
        return json.dumps(value)


@pytest.fixture(scope="module")
def model() -> Iterator[type[models.Model]]:
    with isolate_apps("migration_console.bookshop"):

        class Thing(models.Model):  # noqa: DJ008
            numbers = NumbersField(null=True)
            name = models.CharField(max_length=100, null=True)  # noqa: DJ001
            number = models.BigIntegerField(null=True)
            flag = models.BooleanField(null=True)
            price = models.DecimalField(max_digits=13, decimal_places=4, null=True)
            size = models.FloatField(null=True)
            body = models.TextField(null=True)  # noqa: DJ001
            image = models.BinaryField(null=True)
            token = models.UUIDField(null=True)
            moment = models.DateTimeField(null=True)
            day = models.DateField(null=True)
            clock = models.TimeField(null=True)
            pause = models.DurationField(null=True)
            document = models.JSONField(null=True)
            address = models.GenericIPAddressField(null=True)
            touched = models.DateTimeField(auto_now=True)

            class Meta:
                app_label = "bookshop"
                db_table = "thing"

        yield Thing


ROWS: list[dict[str, Any]] = [
    {
        "numbers": [1, -2, 2_147_483_647],
        "name": " Straße 🚲 ",
        "number": 9_223_372_036_854_775_807,
        "flag": True,
        "price": Decimal("123456789.1230"),
        "size": 0.1,
        "body": "a,b\\N\t\n\r'\"%s",
        "image": bytes(range(256)),
        "token": uuid.UUID("00112233-4455-6677-8899-aabbccddeeff"),
        "moment": datetime(2024, 7, 1, 23, 59, 59, 999999, tzinfo=UTC),
        "day": date(2024, 2, 29),
        "clock": time(23, 59, 59, 1),
        "pause": timedelta(days=1, microseconds=1),
        "document": {"b": [1, 1.5, None], "a": "é"},
        "address": "192.168.0.1",
    },
    {
        "numbers": [],
        "name": "",
        "number": -9_223_372_036_854_775_808,
        "flag": False,
        "price": Decimal("-0.0001"),
        "size": -1.5e-300,
        "body": "",
        "image": b"",
        "token": uuid.UUID(int=1),
        "moment": datetime(1970, 1, 1, tzinfo=UTC),
        "day": date(999, 1, 1),
        "clock": time(0, 0),
        "pause": timedelta(microseconds=-1),
        "document": [],
        "address": "2001:db8::1",
    },
    {},
    # Not the same as no document at all.
    {"document": Value(None, models.JSONField())},
    {"document": "null"},
]
LONG_NUMBER = '{"n": 1.00000000000000000000000001}'
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


def make_tables(model: type[models.Model], *aliases: str) -> None:
    for alias in aliases:
        with connections[alias].schema_editor() as editor:
            editor.create_model(model)


def planned(item: ModelTable, source: Any, destination: Any) -> TablePlan:
    tables = [side.catalog.table(item.table) for side in (source, destination)]
    plan, _ = plan_table(
        item.label,
        (source, tables[0]),
        (destination, tables[1]),
        {column: column_kind(item, column) for column in item.fields},
        item.key,
        "UTC",
    )
    assert plan is not None
    assert (plan.route, plan.route_reason) == (VALUES, "no common text for numbers")
    return plan


def values(model: type[models.Model], alias: str) -> list[dict[str, Any]]:
    found = list(model._base_manager.using(alias).order_by("pk").values())
    for row in found:
        if row["image"] is not None:
            row["image"] = bytes(row["image"])
    return found


def documents(alias: str) -> list[Any]:
    """Every document as the server has it, to the last digit."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT id, document FROM thing ORDER BY id")
        return [
            (key, text and json.loads(text, parse_float=Decimal))
            for key, text in cursor.fetchall()
        ]


def without_documents(alias: str) -> list[Any]:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT id FROM thing WHERE document IS NULL ORDER BY id")
        return list(cursor.fetchall())


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_a_field_with_another_type_on_each_side_arrives_exactly(
    project: Project, model: type[models.Model], source: str, destination: str
) -> None:
    project.database(source, "old", migrated=False)
    project.database(destination, "new", migrated=False)
    make_tables(model, "old", "new")
    objects = model._base_manager.using("old")
    objects.bulk_create(model(**row) for row in ROWS)
    objects.bulk_create(model(number=n) for n in range(BATCH_ROWS + 1))
    objects.update(touched=LONG_AGO)
    with connections["old"].cursor() as cursor:
        cursor.execute("UPDATE thing SET document = %s WHERE id = 5", [LONG_NUMBER])
    item = ModelTable("bookshop.Thing", model, model, replaced_last=False)

    with (
        connect(database("old"), "tests") as old,
        connect(database("new"), "tests", writing=True, loading=True) as new,
    ):
        plan = planned(item, old, new)
        route = ObjectRoute(
            django_connection("old"), django_connection("new"), item.fields
        )
        with new.transaction():
            moved = move(old, new, plan, objects=route)
        route.close()
        found = compare(old, new, plan)

    assert moved.rows == len(ROWS) + BATCH_ROWS + 1
    assert values(model, "new") == values(model, "old")
    assert {row["touched"] for row in values(model, "new")} == {LONG_AGO}
    assert without_documents("new") == without_documents("old")
    # What the servers cannot compare is said, and all the rest is compared.
    assert "numbers" in found.uncompared
    lost = [
        one
        for one, other in zip(documents("old"), documents("new"), strict=True)
        if one != other
    ]
    if real(destination).startswith("mysql"):
        # Its JSON has no numbers but those of 64 bits.
        assert [key for key, _ in lost] == [5]
        assert found.differences == (RowDifference("differs", ("5",), ("document",)),)
    else:
        assert lost == []
        assert found.differences == ()


def test_numbers_become_others_on_this_route_too(
    project: Project, model: type[models.Model]
) -> None:
    project.database("sqlite", "old", migrated=False)
    project.database("postgresql", "new", migrated=False)
    make_tables(model, "old", "new")
    objects = model._base_manager.using("old")
    objects.bulk_create(model(number=number) for number in (1, 2, None))
    item = ModelTable("bookshop.Thing", model, model, replaced_last=False)
    with (
        connect(database("old"), "tests") as old,
        connect(database("new"), "tests", writing=True, loading=True) as new,
    ):
        found = planned(item, old, new)
        numbers = ((1, 2), (2, 1))
        columns = tuple(
            replace(one, numbers=numbers) if one.name == "number" else one
            for one in found.columns
        )
        plan = replace(found, columns=columns)
        route = ObjectRoute(
            django_connection("old"), django_connection("new"), item.fields
        )
        with new.transaction():
            move(old, new, plan, objects=route)
        assert [row["number"] for row in values(model, "new")] == [2, 1, None]
        assert compare(old, new, plan).differences == ()
        objects.create(number=3)
        with pytest.raises(DataRefused), new.transaction():
            move(old, new, plan, objects=route)
        route.close()
