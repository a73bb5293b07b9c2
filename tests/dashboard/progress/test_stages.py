from __future__ import annotations

import pytest

from dashboard.models import Step
from tests.dashboard.progress.look import look
from tests.dashboard.runs import make_run, make_table

pytestmark = pytest.mark.usefixtures("project")


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
