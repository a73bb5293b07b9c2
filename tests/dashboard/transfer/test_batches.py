"""Batches: many short rows, few long ones, a megabyte or so."""

from __future__ import annotations

import pytest

from dashboard.transfer.batches import BATCH_OCTETS, BatchSize
from dashboard.transfer.columns import ColumnKind, ColumnType
from dashboard.transfer.plan import PlanColumn, TablePlan


def plan_of(kind: ColumnKind, length: int | None) -> TablePlan:
    found = ColumnType("text", length=length)
    column = PlanColumn("body", kind, True, found, found)
    return TablePlan(model="app.Model", table="t", columns=(column,), key=())


@pytest.mark.parametrize(
    ("kind", "length"),
    [(ColumnKind.INTEGER, None), (ColumnKind.TEXT, 255), (ColumnKind.BINARY, 16)],
)
def test_short_columns_come_in_full_batches(
    kind: ColumnKind, length: int | None
) -> None:
    size = BatchSize(plan_of(kind, length), 5_000, 64)
    size.follow([(b"x",)])
    assert size.rows == 5_000


@pytest.mark.parametrize(
    ("octets", "rows"),
    [(10, 64), (10_000, 64), (100_000, 10), (BATCH_OCTETS, 1), (40 * BATCH_OCTETS, 1)],
)
def test_a_batch_of_long_values_is_about_a_megabyte(octets: int, rows: int) -> None:
    size = BatchSize(plan_of(ColumnKind.TEXT, None), 5_000, 64)
    value = memoryview(bytes(octets))
    fetched = []
    for _ in range(10):
        fetched.append(size.rows)
        size.follow([(value, None, 7)] * size.rows)
    # Nothing is known at first, and after that at most twice as many follow.
    assert fetched[0] == 8
    assert all(new <= 2 * old for old, new in zip(fetched, fetched[1:], strict=False))
    assert size.rows == rows
