"""Batches: many short rows, few long ones, a megabyte or so."""

from __future__ import annotations

import pytest

from dashboard.transfer.batches import (
    BATCH_OCTETS,
    GATHERED_OCTETS,
    LARGE_OCTETS,
    BatchSize,
    gathered,
)
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


def test_a_large_row_goes_by_itself_wherever_it_stands() -> None:
    large = (b"x" * LARGE_OCTETS, 1)
    small = (b"x", 2)
    rows = [large, small, small, large, large, (None, 3), small]
    given = iter([[row] for row in rows])
    batches = list(gathered(lambda: next(given, ()), [0]))
    assert batches == [
        [large],
        [small, small],
        [large],
        [large],
        [(None, 3), small],
    ]


def test_long_rows_are_few_and_every_long_value_counts() -> None:
    row = (b"x" * GATHERED_OCTETS, b"y" * (LARGE_OCTETS - GATHERED_OCTETS), 1)
    given = iter([[row[:1]], [row[:1]], [row], [row]])
    assert [len(b) for b in gathered(lambda: next(given, ()), [0])] == [1, 1, 1, 1]
    given = iter([[(b"", row)], *([[(b"", 0)]] * 300)])
    assert [len(b) for b in gathered(lambda: next(given, ()), [0])] == [256, 45]
