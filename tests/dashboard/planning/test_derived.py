"""Search vectors and search indexes are rebuilt where no other engine holds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from dashboard.planning.derived import rebuilding, vectors
from dashboard.planning.table_selection import Item
from dashboard.transfer.columns import Column, ColumnType, Table


@dataclass(frozen=True)
class Given(Item):
    """An item with these fields."""

    label: str = "shop.Page"
    replaced_last: bool = False
    given: dict[str, Any] = field(default_factory=dict)

    @property
    def fields(self) -> dict[str, Any]:
        return self.given


def table(**types: str) -> Table:
    columns = tuple(Column(n, ColumnType(t), nullable=True) for n, t in types.items())
    return Table("page", columns, ("id",))


ITEM = Given(
    given={
        "id": models.BigAutoField(),
        "title": models.CharField(),
        "vector": SearchVectorField(),
        "generated": models.GeneratedField(
            expression=models.F("title"),
            output_field=SearchVectorField(),
            db_persist=True,
        ),
    }
)
THERE = table(id="int8", title="varchar", vector="tsvector", generated="tsvector")


@pytest.mark.parametrize(
    ("other", "one_engine", "found"),
    [
        (THERE, True, []),
        (table(id="int8", title="text"), True, ["vector", "generated"]),
        (THERE, False, ["vector", "generated"]),
        # A field of another type over a real vector, as a search index has it.
        (table(id="int8", title="tsvector"), False, ["title", "vector", "generated"]),
    ],
)
def test_a_vector_is_copied_only_to_its_like(
    other: Table, one_engine: bool, found: list[str]
) -> None:
    assert vectors(ITEM, THERE, other, one_engine=one_engine) == found
    assert vectors(ITEM, other, THERE, one_engine=one_engine) == found


def test_a_search_index_of_another_engine_is_filled_by_its_command() -> None:
    index = Given("wagtailsearch.IndexEntry")
    assert "manage.py update_index" in rebuilding(index, one_engine=False)
    assert rebuilding(index, one_engine=True) == ""
    assert rebuilding(ITEM, one_engine=False) == ""
