from __future__ import annotations

import pytest

from tests.dashboard.progress.look import look
from tests.dashboard.runs import make_chunks, make_lane, make_run, make_table

pytestmark = pytest.mark.usefixtures("project")


def test_the_rate_is_that_of_the_last_seconds() -> None:
    run = make_run()
    table = make_table(run, rows_total=1_000_000, rows_copied=200_000)
    make_chunks(table, 100, rows=2_000, every=1_000)
    shot = look(run)
    assert shot.rate == pytest.approx(2_000)
    assert shot.seconds_left == pytest.approx(400)


@pytest.mark.parametrize(("chunks", "every"), [(0, 1_000), (2, 5_000), (20, 100)])
def test_no_rate_is_told_too_early(chunks: int, every: int) -> None:
    run = make_run()
    make_chunks(make_table(run), chunks, every=every)
    assert look(run).rate is None
    assert look(run).seconds_left is None


def test_a_young_run_is_not_measured_over_the_whole_window() -> None:
    run = make_run()
    make_chunks(make_table(run), 5, rows=1_000, every=1_000)
    assert look(run).rate == pytest.approx(1_000)


def test_chunks_of_other_runs_do_not_count() -> None:
    run, other = make_run(), make_run()
    make_table(run)
    make_chunks(make_table(other), 20)
    assert look(run).rate is None


@pytest.mark.parametrize("status", ["pausing", "paused", "cancelling", "failed"])
def test_nothing_is_estimated_while_nothing_is_to_go_on(status: str) -> None:
    run = make_run(status=status)
    make_chunks(make_table(run), 20)
    assert look(run).seconds_left is None


def test_the_rate_of_a_comparison_comes_from_its_seconds() -> None:
    run = make_run(phase="verifying")
    make_lane(run)
    make_lane(run, 1)
    make_table(run, rows_total=1_000, rows_compared=500, verify_seconds=5.0)
    shot = look(run)
    assert shot.rate == pytest.approx(200)
    assert shot.seconds_left == pytest.approx(2.5)
