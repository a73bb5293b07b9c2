from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.models import Chunk, MigrationRun, Step, Worker
from dashboard.progress import Bar, Snapshot, snapshot
from tests.dashboard.runs import (
    NOW,
    make_chunks,
    make_lane,
    make_run,
    make_table,
    make_worker,
)

pytestmark = pytest.mark.usefixtures("project")


def look(run: MigrationRun) -> Snapshot:
    return snapshot(run, now=NOW)


@pytest.mark.parametrize(
    ("bar", "percent"),
    [
        (Bar(0, 100), 0),
        (Bar(1, 3), 33),
        (Bar(100, 100), 99),
        (Bar(999_999, 1_000_000), 99),
        (Bar(250, 100), 99),
        (Bar(0, 0), 0),
        (Bar(0, 0, done=True), 100),
        (Bar(97, 100, done=True), 100),
    ],
)
def test_percent_is_100_only_when_done(bar: Bar, percent: int) -> None:
    assert bar.percent == percent


def test_width_has_a_point_in_every_language() -> None:
    assert Bar(1, 3).width == "33.3"
    assert Bar(3, 3, done=True).width == "100.0"


def test_a_table_larger_than_estimated_is_never_over_100() -> None:
    run = make_run()
    make_table(run, rows_total=100, rows_total_exact=False, rows_copied=180)
    shot = look(run)
    assert shot.tables[0].copied.percent == 99
    assert shot.tables[0].copied.total == 180
    assert not shot.total_exact
    assert shot.bar.percent < 100


def test_a_copied_table_has_the_total_that_was_copied() -> None:
    run = make_run()
    make_table(
        run, rows_total=120, rows_total_exact=False, rows_copied=100, state="copied"
    )
    bar = look(run).tables[0].copied
    assert (bar.value, bar.total, bar.exact, bar.percent) == (100, 100, True, 100)


def test_the_whole_counts_each_row_copied_and_compared() -> None:
    run = make_run()
    make_table(run, "app.A", rows_total=1_000, rows_copied=1_000, state="copied")
    make_table(run, "app.B", rows_total=1_000)
    assert look(run).bar.percent == 25
    run.verify = "counts"
    assert look(run).bar.percent == 50


def test_the_whole_does_not_go_back_from_phase_to_phase() -> None:
    run = make_run(phase="restoring")
    make_table(run, rows_copied=1_000, state="copied")
    Step.objects.create(run=run, phase="restoring", action="sequence")
    before = look(run).bar.fraction
    run.phase = "verifying"
    assert look(run).bar.fraction >= before


def test_the_whole_is_done_when_it_succeeded() -> None:
    run = make_run(status="succeeded", phase="verifying", verdict="verified")
    make_table(run, rows_total=0, state="copied", verdict="verified")
    assert look(run).bar.percent == 100
    assert [stage.state for stage in look(run).stages] == ["done"] * 4


def test_a_failed_copy_is_not_at_100() -> None:
    run = make_run(status="failed", phase="verifying")
    make_table(run, rows_copied=1_000, state="copied")
    shot = look(run)
    assert shot.bar.percent < 100
    assert shot.stage
    assert shot.stage.state == "stopped"


def test_a_mismatch_ends_with_everything_compared() -> None:
    run = make_run(status="failed", phase="verifying", verdict="mismatched")
    make_table(run, rows_copied=1_000, state="copied", verdict="mismatched")
    assert look(run).bar.percent == 100


def test_preparing_counts_steps() -> None:
    run = make_run(phase="preparing")
    table = make_table(run)
    Step.objects.create(run=run, phase="preparing", action="open", state="done")
    Step.objects.create(
        run=run, phase="preparing", action="empty", table=table, state="claimed"
    )
    Step.objects.create(run=run, phase="restoring", action="sequence")
    stage = look(run).stage
    assert stage
    assert (stage.bar.value, stage.bar.total) == (1, 2)
    assert stage.doing == ("Empty app.Model",)
    assert not stage.counts_rows


def test_what_began_before_its_phase_is_told_too() -> None:
    run = make_run(phase="restoring")
    table = make_table(run, rows_copied=1_000, state="copied")
    for phase, action in (("restoring", "restore key"), ("verifying", "compare")):
        Step.objects.create(
            run=run, phase=phase, action=action, table=table, state="claimed"
        )
    stage = look(run).stage
    assert stage
    assert stage.bar.total == 1
    assert sorted(stage.doing) == [
        "Compare app.Model",
        "Put back foreign key app.Model",
    ]


def test_verifying_counts_compared_rows() -> None:
    run = make_run(phase="verifying")
    make_table(run, rows_copied=1_000, state="copied", rows_compared=400)
    stage = look(run).stage
    assert stage
    assert (stage.bar.value, stage.bar.total) == (400, 1_000)


def test_a_run_without_verification_has_no_such_phase() -> None:
    run = make_run(verify="none")
    assert [stage.phase for stage in look(run).stages] == [
        "preparing",
        "copying",
        "restoring",
    ]


def test_a_comparison_has_only_that_phase() -> None:
    run = make_run(mode="compare", phase="verifying")
    make_table(run, rows_compared=250)
    shot = look(run)
    assert [stage.phase for stage in shot.stages] == ["verifying"]
    assert shot.tables[0].bar.percent == 25
    assert shot.bar.percent == 25


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


def condition(run: MigrationRun) -> str:
    found = look(run).condition
    return found.code if found else ""


def test_no_worker_is_said_with_the_command_that_starts_one() -> None:
    run = make_run()
    Worker.objects.create(name="celery@gone", seen_ms=NOW - 31_000)
    found = look(run).condition
    assert found
    assert found.code == "no-worker"
    assert "celery -A migration_console worker -Q migration_console" in found.command
    make_worker()
    assert condition(run) == ""


def test_a_run_that_nobody_took_is_said() -> None:
    run = make_run(alive_ms=NOW - 61_000)
    make_worker()
    make_lane(run, epoch=0, is_leased=False)
    assert condition(run) == "not-taken"


def test_a_stalled_run_is_said() -> None:
    run = make_run(alive_ms=NOW - 46_000)
    make_worker()
    make_lane(run, is_leased=False)
    assert condition(run) == "stalled"
    run.alive_ms = NOW - 44_000
    assert condition(run) == ""


def test_a_silent_terminal_is_said_and_needs_no_worker() -> None:
    run = make_run(executor="terminal", alive_ms=NOW - 46_000)
    assert condition(run) == "terminal-silent"
    run.alive_ms = NOW - 1_000
    assert condition(run) == ""


def test_pausing_says_what_it_waits_for() -> None:
    run = make_run(status="pausing")
    make_worker()
    make_lane(run)
    make_lane(run, 1, leased_until_ms=NOW - 1)
    found = look(run).condition
    assert found
    assert found.message == "Waiting for 1 lane to finish what it holds."


@pytest.mark.parametrize("status", ["ready", "paused", "succeeded", "failed"])
def test_a_run_that_does_not_work_needs_no_worker(status: str) -> None:
    assert condition(make_run(status=status)) in ("", "paused")


def test_what_is_tried_again_is_said() -> None:
    run = make_run()
    table = make_table(run, chunks_cut=2)
    Chunk.objects.create(
        table=table, number=0, state="waiting", attempts=2, error="Lost connection"
    )
    Chunk.objects.create(table=table, number=1, state="copied", error="Old trouble")
    assert look(run).retrying == ("app.Model, attempt 2: Lost connection",)


def test_the_number_of_queries_is_the_same_for_every_size() -> None:
    small = make_run()
    make_chunks(make_table(small), 1)
    large = make_run()
    for number in range(300):
        make_table(large, f"app.Model{number}")
    make_chunks(large.tables.all()[0], 2_000)
    counts = []
    for run in (small, large):
        with CaptureQueriesContext(connection) as queries:
            look(run)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10
