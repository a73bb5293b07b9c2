"""Differences in tables that are too large for one look."""

from __future__ import annotations

import pytest

from dashboard.transfer import compare as comparing
from dashboard.transfer import differences
from dashboard.transfer.differences import RowDifference
from dashboard.transfer.keys import KeyRange
from tests.dashboard.transfer.every_kind import DatabasePairs, compared, make_plan
from tests.dashboard.transfer.large_tables import FEW_FIELDS, filled_by_servers
from tests.project import DIRECTIONS


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_few_differences_in_many_rows(
    pairs: DatabasePairs, source: str, destination: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "UNDIVIDED_ROWS", 100)
    monkeypatch.setattr(comparing, "BUCKET_ROWS", 10)
    pair = pairs.pair(source, destination)
    table = filled_by_servers(pair, 3_000)
    plan = make_plan(pair, table, FEW_FIELDS)
    assert compared(pair, plan).is_equal
    new = pair[1]
    new.run(f"DELETE FROM {table} WHERE id IN (7, 2999)")
    new.run(f"UPDATE {table} SET name = 'other' WHERE id IN (8, 1500)")
    new.run(f"UPDATE {table} SET document = '[]' WHERE id = 1501")
    new.run(f"INSERT INTO {table} (id) VALUES (-5)")
    found = compared(pair, plan)
    assert sorted(found.differences, key=lambda one: (one.problem, one.key)) == [
        RowDifference("differs", ("1500",), ("name",)),
        RowDifference("differs", ("1501",), ("document",)),
        RowDifference("differs", ("8",), ("name",)),
        RowDifference("extra", ("-5",)),
        RowDifference("missing", ("2999",)),
        RowDifference("missing", ("7",)),
    ]
    assert found.differences_count == 6
    assert (found.source_rows, found.destination_rows) == (3_000, 2_999)
    # By ranges: every one has its own.
    ranges = [(None, 1_000), (1_000, 2_000), (2_000, None)]
    by_range = [
        compared(pair, plan, KeyRange(lower and (lower,), upper and (upper,)))
        for lower, upper in ranges
    ]
    assert [one.differences_count for one in by_range] == [3, 2, 1]
    assert [one.source_rows for one in by_range] == [1_000, 1_000, 1_000]


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_counting_ends(
    pairs: DatabasePairs, source: str, destination: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(differences, "MOST_COUNTED", 300)
    pair = pairs.pair(source, destination)
    table = filled_by_servers(pair, 20_000)
    pair[1].run(f"UPDATE {table} SET name = 'other'")
    found = compared(pair, make_plan(pair, table, FEW_FIELDS), differences_kept=7)
    assert found.differences_count == 301
    assert len(found.differences) == 7
    assert {one.columns for one in found.differences} == {("name",)}


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_an_empty_side(pairs: DatabasePairs, source: str, destination: str) -> None:
    pair = pairs.pair(source, destination)
    table = filled_by_servers(pair, 5)
    plan = make_plan(pair, table, FEW_FIELDS)
    pair[1].run(f"DELETE FROM {table}")
    assert compared(pair, plan).differences_count == 5
    pair[0].run(f"DELETE FROM {table}")
    assert compared(pair, plan).is_equal
    assert compared(pair, plan, KeyRange((1,), (5,))).is_equal
