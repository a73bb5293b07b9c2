"""Two databases at work: one stops or fails, and the other ends with it."""

from __future__ import annotations

import threading
import time

import pytest

from dashboard.transfer import compare as comparing
from dashboard.transfer import pair as watching
from dashboard.transfer.compare import compare
from dashboard.transfer.errors import TransferError
from dashboard.transfer.keys import KeyRange
from tests.dashboard.transfer.every_kind import ID, DatabasePairs, compared, make_plan
from tests.dashboard.transfer.large_tables import FEW_FIELDS, TEXT, filled_by_servers
from tests.project import DIRECTIONS, VENDORS


class StopError(Exception):
    """What the caller ends a comparison with."""


@pytest.mark.slow
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_stop_ends_both_statements(
    pairs: DatabasePairs, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "WATCH_SECONDS", 0.1)
    pair = pairs.pair(vendor, vendor)
    fields = [ID, TEXT]
    table = filled_by_servers(pair, 1_500_000, fields)
    plan = make_plan(pair, table, fields)

    def stop() -> None:
        raise StopError

    threads = set(threading.enumerate())
    started = time.monotonic()
    with pair[0].session() as source, pair[1].session() as destination:
        with pytest.raises(StopError):
            compare(source, destination, plan, still_working=stop)
        assert time.monotonic() - started < 2
        # Both can be used on, and nothing is left running.
        assert compare(source, destination, plan, KeyRange((5,), (9,))).is_equal
    assert set(threading.enumerate()) <= threads


@pytest.mark.slow
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_stop_ends_a_look_at_rows(
    pairs: DatabasePairs, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "WATCH_SECONDS", 0.1)
    monkeypatch.setattr(comparing, "UNDIVIDED_ROWS", 10_000_000)
    pair = pairs.pair(vendor, vendor)
    fields = [ID, TEXT]
    table = filled_by_servers(pair, 300_000, fields)
    pair[1].run(f"UPDATE {table} SET name = 'other' WHERE id < 3")
    plan = make_plan(pair, table, fields)
    looking = []

    def stop() -> None:
        if looking:
            raise StopError

    original = comparing._Comparing._compare_rows

    def look(*arguments: object) -> None:
        looking.append(True)
        original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(comparing._Comparing, "_compare_rows", look)
    with pair[0].session() as source, pair[1].session() as destination:
        with pytest.raises(StopError):
            compare(source, destination, plan, still_working=stop)
        assert looking
        assert compare(source, destination, plan, KeyRange((5,), (9,))).is_equal


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_an_error_of_one_side_is_raised(
    pairs: DatabasePairs, source: str, destination: str
) -> None:
    pair = pairs.pair(source, destination)
    table = filled_by_servers(pair, 3)
    plan = make_plan(pair, table, FEW_FIELDS)
    pair[1].run(f"DROP TABLE {table}")
    with pytest.raises(TransferError):
        compared(pair, plan)
