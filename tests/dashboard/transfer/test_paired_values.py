"""The values route reads a row twice, as texts and as objects, and pairs them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from django.db import models
from django.test.utils import isolate_apps

from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.copy import move
from dashboard.transfer.matching import Remark, plan_table
from dashboard.transfer.plan import VALUES, TablePlan
from dashboard.transfer.renumbering import Numbers
from dashboard.transfer.values import ObjectRoute
from tests.dashboard.transfer.every_kind import DatabasePair, DatabasePairs
from tests.opening import wrapper_of
from tests.servers import fresh_name

ROWS = 300


class NumbersField(models.Field):  # type: ignore[type-arg]
    """A list of numbers: an array of PostgreSQL's, JSON anywhere else."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return json.loads(value)

    def get_db_prep_value(
        self, value: Any, connection: Any, prepared: bool = False
    ) -> Any:
        return value


@pytest.fixture(scope="module")
def fields() -> Iterator[dict[str, Any]]:
    with isolate_apps("migration_console.bookshop"):

        class Thing(models.Model):  # noqa: DJ008
            numbers = NumbersField()

            class Meta:
                app_label = "bookshop"
                db_table = "thing"

        yield {"numbers": Thing._meta.get_field("numbers")}


def filled(pair: DatabasePair, key: str, there: str, values: Sequence[Any]) -> str:
    """Make a table of rows whose ``name`` and ``numbers`` say the same."""
    table = fresh_name("t")
    old, new = pair
    old.run(f"CREATE TABLE {table} (k {key}, name varchar(20), numbers text)")
    new.run(f"CREATE TABLE {table} (k {there}, name varchar(20), numbers int[])")
    # In another order than the rows', and it holds all that is read as text.
    old.run(f"CREATE INDEX {table}_i ON {table} (name, k)")
    for number, value in enumerate(values):
        name = (number * 7919) % len(values)
        old.run(
            f"INSERT INTO {table} VALUES (%s, %s, %s)",
            (value, f"{name:05}", f"[{name}]"),
        )
    return table


def planned(
    pair: DatabasePair, table: str, kind: ColumnKind, key: tuple[str, ...]
) -> tuple[TablePlan | None, list[Remark]]:
    kinds = {"k": kind, "name": ColumnKind.TEXT, "numbers": None}
    with pair[0].session() as source, pair[1].session() as destination:
        old, new = source.catalog.table(table), destination.catalog.table(table)
        assert old and new
        return plan_table(
            "a.Model", (source, old), (destination, new), kinds, key, "UTC"
        )


def copied(
    pair: DatabasePair,
    fields: dict[str, Any],
    table: str,
    kind: ColumnKind,
    numbers: Numbers | None = None,
) -> list[tuple[Any, ...]]:
    plan, _ = planned(pair, table, kind, ("k",))
    assert plan is not None
    assert plan.route == VALUES
    first, *rest = plan.columns
    plan = replace(plan, columns=(replace(first, numbers=numbers), *rest))
    wrappers = [wrapper_of(side.entry, "tested") for side in pair]
    route = ObjectRoute(wrappers[0], wrappers[1], fields)
    with (
        pair[0].session() as source,
        pair[1].session(writing=True) as destination,
        destination.transaction(),
    ):
        move(source, destination, plan, objects=route)
    route.close()
    return pair[1].read(f"SELECT name::int, numbers[1], k::text FROM {table}")


SOURCES = ["sqlite", "mariadb", "mysql"]


@pytest.mark.parametrize("source", SOURCES)
def test_a_key_of_octets_is_that_of_the_same_row(
    pairs: DatabasePairs, fields: dict[str, Any], source: str
) -> None:
    pair = pairs.pair(source, "postgresql")
    there = "blob" if source == "sqlite" else "binary(16)"
    values = [bytes([255 - number]) * 16 for number in range(20)]
    key = f"{there} NOT NULL PRIMARY KEY"
    table = filled(pair, key, "uuid PRIMARY KEY", values)
    found = copied(pair, fields, table, ColumnKind.UUID)
    assert {row[2].replace("-", "") for row in found} == {v.hex() for v in values}
    assert all(name == number for name, number, _ in found)


@pytest.mark.parametrize("source", SOURCES)
def test_a_renumbered_key_is_that_of_the_same_row(
    pairs: DatabasePairs, fields: dict[str, Any], source: str
) -> None:
    pair = pairs.pair(source, "postgresql")
    key = "integer NOT NULL PRIMARY KEY"
    table = filled(pair, key, "integer PRIMARY KEY", [1, 2, 3])
    found = copied(pair, fields, table, ColumnKind.INTEGER, ((1, 20), (2, 30), (3, 10)))
    names = {int(k): name for name, _, k in found}
    assert {20, 30, 10} == set(names)
    assert [names[k] for k in (20, 30, 10)] == [n * 7919 % 3 for n in range(3)]
    assert all(name == number for name, number, _ in found)


@pytest.mark.parametrize("source", SOURCES)
def test_rows_stay_whole_where_the_key_divides_nothing(
    pairs: DatabasePairs, fields: dict[str, Any], source: str
) -> None:
    pair = pairs.pair(source, "postgresql")
    values = [number + 0.5 for number in range(ROWS)]
    key = "double NOT NULL PRIMARY KEY"
    table = filled(pair, key, "float8 PRIMARY KEY", values)
    found = copied(pair, fields, table, ColumnKind.FLOAT)
    assert len(found) == ROWS
    assert all(name == number for name, number, _ in found)


@pytest.mark.parametrize("source", SOURCES)
def test_rows_without_a_key_are_not_paired_at_all(
    pairs: DatabasePairs, source: str
) -> None:
    pair = pairs.pair(source, "postgresql")
    table = filled(pair, "integer", "integer", [1, 1, 2])
    for key in ((), ("k",)):
        plan, remarks = planned(pair, table, ColumnKind.INTEGER, key)
        assert plan is None
        (blocking,) = [one for one in remarks if one.blocks]
        assert "no primary key" in blocking.message
        assert "numbers" in blocking.message
        assert "Add one" in blocking.remedy
