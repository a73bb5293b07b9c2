"""What functions answer: what makes sense of it, what is refused, what is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.db import models

from dashboard.transfer.errors import Busy
from dashboard.transfer.transformed_rows import Refusal
from tests.dashboard.transfer import test_transform_route
from tests.dashboard.transfer.every_kind import DatabasePairs
from tests.dashboard.transfer.test_transform_route import (
    compared,
    filled,
    moved,
    route_of,
)

model = test_transform_route.model
Function = Callable[[Any], Any]


def odd(row: Any) -> Any:
    if row["id"] == 3:
        raise KeyError(row["body"])
    return row


WRONG: list[tuple[Function, str]] = [
    (odd, "failed at the row with the key 3: KeyError (test_transforming.py:"),
    (lambda row: {"nothing": 1}, "names a field that the model does not have"),
    (lambda row: {"id": row["id"] + 1}, "it changes the key"),
    (lambda row: [row, row], "it makes several rows of one"),
    (lambda row: "text", "it returns no row"),
    (lambda row: {"price": "a"}, "'price' of table"),
    (lambda row: {"moment": datetime(2024, 1, 1)}, "'moment' of table"),
    (lambda row: row.update(name="x"), "it changes the row and returns nothing"),
    (lambda row: {"name": "\ud800"}, "'name' of table"),
    # A return that was forgotten, though every value is as before.
    (lambda row: row.update(body=row["body"]), "it changes the row and returns"),
    (lambda row: row.update(body=row["body"]) or [], "it changes the row and returns"),
]


def test_an_answer_that_makes_no_sense_is_named_without_its_values(
    pairs: DatabasePairs, model: type[models.Model]
) -> None:
    pair = pairs.pair("sqlite", "postgresql")
    table = filled(pair, [{"id": n, "body": "secret"} for n in (1, 2, 3)])
    for function, words in WRONG:
        with pytest.raises(Refusal) as refused:
            moved(pair, route_of(pair, table, model, function))
        assert words in refused.value.message
        assert "secret" not in str(refused.value)
    with pytest.raises(Refusal, match="which it does not name"):
        moved(
            pair,
            route_of(pair, table, model, lambda r: {"name": "x"}, fields=("body",)),
        )
    assert pair[1].read(f"SELECT count(*) FROM {table}") == [(0,)]


def test_a_batch_may_be_taken_apart_and_must_be_given_back(
    pairs: DatabasePairs, model: type[models.Model]
) -> None:
    pair = pairs.pair("sqlite", "sqlite")
    table = filled(pair, [{"id": n, "name": str(n)} for n in (1, 2, 3)])

    def taken(rows: list[Any]) -> Any:
        found = []
        while rows:
            found.append(rows.pop())
        return [{"id": one["id"], "body": "b"} for one in found if one["id"] != 2]

    def forgotten(rows: list[Any]) -> None:
        for row in rows:
            row["name"] = row["name"]
        rows.clear()

    taken.whole_batches = forgotten.whole_batches = True  # type: ignore[attr-defined]
    with pytest.raises(Refusal, match="changes a row and does not return it"):
        moved(pair, route_of(pair, table, model, forgotten))
    route = route_of(pair, table, model, taken)
    moved(pair, route)
    rows = sorted(pair[1].read(f"SELECT id, name, body FROM {table}"))
    assert rows == [(1, "1", "b"), (3, "3", "b")]
    assert compared(pair, route).is_equal


class Words(models.TextField):  # type: ignore[type-arg]
    """Gives an object that can be changed inside, and is equal to no other one."""

    class List:
        def __init__(self, text: str) -> None:
            self.words = text.split()

    def from_db_value(self, value: str, expression: Any, connection: Any) -> Any:
        return self.List(value)

    def get_prep_value(self, value: Any) -> Any:
        return " ".join(value.words)


def test_objects_changed_inside_arrive_and_columns_may_have_each_other_s_names(
    pairs: DatabasePairs, model: type[models.Model]
) -> None:
    pair = pairs.pair("sqlite", "sqlite")
    table = filled(pair, [{"id": n, "name": "n", "body": "a  b"} for n in (1, 2)])

    def longer(row: Any) -> Any:
        if row["name"].words and row["id"] == 1:
            row["name"].words.append("c")
        return row

    route = route_of(pair, table, model, longer, fields=("body",))
    fields = {**route._model.fields}
    words = Words(null=True, db_column="body")
    words.set_attributes_from_name("name")
    words.model = model
    other = models.TextField(null=True, db_column="name")
    other.set_attributes_from_name("body")
    other.model = model
    fields |= {"name": other, "body": words}
    route._model = replace(route._model, fields=fields)
    moved(pair, route)
    rows = sorted(pair[1].read(f"SELECT id, name, body FROM {table}"))
    assert rows == [(1, "n", "a b c"), (2, "n", "a  b")]


def test_a_row_that_is_refused_is_never_equal(
    pairs: DatabasePairs, model: type[models.Model]
) -> None:
    pair = pairs.pair("sqlite", "sqlite")
    table = filled(pair, [{"id": n, "name": str(n)} for n in (1, 2, 3)])
    moved(pair, route_of(pair, table, model, lambda row: row))
    route = route_of(pair, table, model, odd)
    found = compared(pair, route)
    assert not found.is_equal
    assert "failed at the row with the key 3: KeyError" in found.unverifiable
    pair[1].run(f"DELETE FROM {table} WHERE id = 3")
    found = compared(pair, route)
    assert [(one.problem, one.key) for one in found.differences] == [
        ("missing", ("3",))
    ]


def test_work_that_nobody_wants_ends_between_two_rows(
    pairs: DatabasePairs, model: type[models.Model]
) -> None:
    pair = pairs.pair("sqlite", "mariadb")
    table = filled(pair, [{"id": n} for n in (1, 2, 3)])
    seen = []

    def ending(row: Any) -> Any:
        seen.append(row["id"])
        route.end_statement()
        return row

    route = route_of(pair, table, model, ending)
    with pytest.raises(Busy, match="ended between two rows"):
        moved(pair, route)
    assert seen == [1]
    assert pair[1].read(f"SELECT count(*) FROM {table}") == [(0,)]
