"""How fast rows go through functions, in one process: no server is asked.

    python -m benchmarks.transforms [ROWS]

Prints rows a second of CPU for a function that sets two fields, for one that answers
with a mapping, for whole batches, and for masks; and what a copy's text costs besides.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import django
from django.db import connections
from django.utils.module_loading import import_string

from dashboard import transforms
from dashboard.transfer.columns import ColumnKind, ColumnType
from dashboard.transfer.plan import PlanColumn, TablePlan
from dashboard.transfer.rows import LoadFormat
from dashboard.transfer.transform import Transform
from dashboard.transfer.transform_route import Model, TransformRoute

KEY = "a key of the benchmark's own"
BATCH = 2_000
KINDS = {"id": ColumnKind.INTEGER, "born_on": ColumnKind.DATE}
MOMENTS = ("created_at", "updated_at")


@transforms.changes("email", "first_name")
def cleaned(row: Any) -> Any:
    row["email"] = row["email"].strip().lower()
    row["first_name"] = row["first_name"].title()
    return row


def answered(row: Any) -> Any:
    return {**row, "email": row["email"].lower() + "x"}


@transforms.whole_batches
def batches(rows: list[Any]) -> Iterator[Any]:
    for row in rows:
        row["email"] = row["email"].strip().lower()
        yield row


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "two fields of the row": cleaned,
    "a mapping of all fields": answered,
    "whole batches": batches,
    "a mask of one field": transforms.fields(email=transforms.mask_email(KEY)),
    "masks of three fields": transforms.fields(
        email=transforms.mask_email(KEY),
        last_name=transforms.mask_name(KEY),
        first_name=transforms.mask_name(KEY),
    ),
}


def planned(fields: list[Any]) -> TablePlan:
    """Return the plan of the authors' table, as between two PostgreSQLs."""
    columns = []
    for field in fields:
        kind = KINDS.get(field.column, ColumnKind.TEXT)
        if field.column in MOMENTS:
            kind = ColumnKind.TIMESTAMP
        real = ColumnType(kind.value, instant=kind is ColumnKind.TIMESTAMP)
        columns.append(PlanColumn(field.column, kind, True, real, real))
    found = Transform("benchmark", "")
    return TablePlan(
        "bookshop.Author", "authors", tuple(columns), ("id",), transform=found
    )


def rows(number: int) -> list[tuple[bytes, ...]]:
    """Return rows as a server sends them."""
    moment = b"2024-02-29 23:59:59.999999+00"
    return [
        (
            b"%d" % n,
            b"Ada",
            b"Lovelace %d" % n,
            b"Ada.%d@Example.org" % n,
            b"",
            b"A biography of some words",
            b"1815-12-10",
            moment,
            moment,
        )
        for n in range(number)
    ]


def main(number: int) -> None:
    """Measure each function once."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "migration_console.settings")
    django.setup()
    author = import_string("migration_console.bookshop.models.Author")
    columns = author._meta.local_concrete_fields
    plan, given = planned(columns), rows(number)
    fields = {field.column: field for field in columns}
    both = connections["default"], connections["default"]
    for name, function in FUNCTIONS.items():
        route = TransformRoute(plan, function, Model(fields, both, aware=True))
        transforming = route.transforming(LoadFormat.COPY)
        began = time.process_time()
        for start in range(0, number, BATCH):
            transforming(given[start : start + BATCH])
        seconds = time.process_time() - began
        print(f"{name:28} {number / seconds:12,.0f} rows/s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
