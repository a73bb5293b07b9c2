"""How many rows a chunk has: as many as the clock and the bytes allow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from dashboard.models import TableCopy
from dashboard.runner.chunk_size import (
    FIRST_ROWS,
    MOST_OBJECTS,
    MOST_ROWS,
    first_rows,
    fixed_rows,
    has_missed,
    next_rows,
)
from dashboard.transfer.copy import Copied
from tests.dashboard.runs import make_run, make_table

pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture(autouse=True)
def wishes() -> Iterator[None]:
    options = {"CHUNK_SECONDS": 2.0, "CHUNK_BYTES": 1_000_000}
    with override_settings(MIGRATION_CONSOLE=options):
        yield


def table(**fields: Any) -> TableCopy:
    defaults = {"chunk_rows": 1000, "rows_total": 0}
    return make_table(make_run(), **{**defaults, **fields})


def after(
    rows: int, size: int, seconds: float, *, is_last: bool = False, **fields: Any
) -> int:
    """Return the size after a chunk of so many rows, bytes and seconds."""
    return next_rows(table(**fields), Copied(rows, size), seconds, is_last=is_last)


def test_the_next_chunk_follows_the_clock() -> None:
    assert after(1000, 1000, 2.0) == 1000
    assert after(1000, 1000, 1.0) == 2000
    assert after(1000, 1000, 8.0) == 250
    assert after(1000, 1000, 1e9) == 1


def test_a_chunk_is_at_most_four_times_the_last() -> None:
    assert after(1000, 1000, 0.001) == 4000
    assert after(1000, 1000, 0.0) == 4000


def test_bytes_of_a_row_leave_room_for_so_many() -> None:
    assert after(1000, 1_000_000, 0.1) == 1000
    assert after(1000, 4_000_000_000, 0.1) == 1


def test_where_no_bytes_were_counted_the_table_says_how_large_a_row_is() -> None:
    size = {"rows_total": 10_000, "bytes_total": 20_000_000}
    assert after(1000, 0, 0.1, **size) == 500
    assert after(1000, 0, 0.1) == 4000


def test_the_end_of_a_table_and_a_gap_in_it_tell_nothing() -> None:
    assert after(3, 3, 9.0, is_last=True) == 1000
    assert after(0, 0, 0.001) == 1000
    assert after(99, 99, 0.001) == 1000
    assert after(100, 100, 2.0) == 100


def test_a_range_with_less_than_a_tenth_of_its_rows_has_missed() -> None:
    assert has_missed(table(), Copied(99, 0), is_last=False)
    assert not has_missed(table(), Copied(100, 0), is_last=False)
    assert not has_missed(table(), Copied(0, 0), is_last=True)


def test_there_is_a_most_on_either_route() -> None:
    with override_settings(MIGRATION_CONSOLE={"CHUNK_BYTES": 10**15}):
        assert after(10**6, 10**6, 0.001, chunk_rows=10**6) == MOST_ROWS
        fast = {"chunk_rows": 4000, "route": "values"}
        assert after(4000, 4000, 0.001, **fast) == MOST_OBJECTS


def test_a_fixed_number_is_kept_whatever_happens() -> None:
    given = table()
    given.run.chunk_rows = 7
    assert fixed_rows(given.run) == 7
    assert next_rows(given, Copied(1000, 1000), 0.001, is_last=False) == 7
    with override_settings(MIGRATION_CONSOLE={"CHUNK_ROWS": 9}):
        # The project's word goes first.
        assert fixed_rows(given.run) == 9
    given.run.chunk_rows = None
    assert fixed_rows(given.run) is None


def test_the_first_chunk_is_small_and_smaller_for_fat_rows() -> None:
    with override_settings(MIGRATION_CONSOLE={"CHUNK_BYTES": 8_000_000}):
        assert first_rows(0, None, None) == FIRST_ROWS
        assert first_rows(100, 0, None) == FIRST_ROWS
        assert first_rows(0, 100, None) == FIRST_ROWS
        assert first_rows(10**9, 10**11, None) == 10_000
        assert first_rows(10**9, 10**9, None) == 4 * FIRST_ROWS
        assert first_rows(100, 10**10, None) == 1
        assert first_rows(100, 10**10, 50) == 50
