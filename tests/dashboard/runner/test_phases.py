"""Phases: when each is over, and who may still work then."""

from __future__ import annotations

import pytest

from dashboard.models import MigrationRun, Step
from dashboard.runner import (
    controls,
    endings,
    phases,
    steps,
)
from dashboard.runner.sessions import Sessions
from tests.dashboard.runner.steering import (
    again,
    claimed_comparison,
    finished,
    lease_of,
    perform_all,
    restoring,
    started,
    states,
)
from tests.project import Project


@pytest.fixture
def run(project: Project) -> MigrationRun:
    """A started run whose destination has foreign keys."""
    return started(project, "postgresql")


def test_a_lane_that_has_not_heard_of_the_end_takes_nothing_off_any_more(
    run: MigrationRun,
) -> None:
    first, second = lease_of(run, 0), lease_of(run, 1)
    with Sessions(run, "label") as sessions:
        assert phases.advance(again(run), first, sessions)
        stale = again(run)
        endings.fail(run, "Something is wrong.", "")
        assert phases.advance(again(run), first, sessions)
    assert again(run).phase == "restoring"
    with Sessions(run, "label") as sessions:
        assert steps.claim(stale, second, sessions) is None
    assert not Step.objects.filter(run=run, phase="preparing", state="claimed").exists()


def test_restoring_ends_before_anything_more_is_compared(run: MigrationRun) -> None:
    lease = lease_of(run, 0)
    with Sessions(run, "label") as sessions:
        restoring(run, lease, sessions)
        perform_all(run, lease, sessions)
        assert not run.steps.filter(phase="restoring").exclude(state="done").exists()
        assert run.steps.filter(action="compare", state="waiting").exists()
        assert phases.advance(again(run), lease, sessions)
    assert again(run).phase == "verifying"


def test_a_cancelled_run_ends_when_nobody_compares_any_more(
    run: MigrationRun,
) -> None:
    first, second = lease_of(run, 0), lease_of(run, 1)
    with Sessions(run, "label") as sessions:
        restoring(run, first, sessions)
        rest = list(run.steps.filter(phase="restoring"))
        run.steps.filter(phase="restoring").update(state="claimed")
        comparison = claimed_comparison(run, second, sessions)
        controls.cancel(again(run), "tests", here=True)
        assert steps.claim(again(run), second, sessions) is None
        for step in rest:
            step.epoch = first.epoch
            step.save()
            Step.objects.filter(pk=step.pk).update(state="claimed")
            steps.perform(step, run, first, sessions)
        assert not phases.advance(again(run), first, sessions)
        steps.perform(comparison, run, second, sessions)
        assert phases.advance(again(run), first, sessions)
    assert again(run).status == "cancelled"
    assert states(run) == {"restored"}


def test_a_comparison_that_is_cancelled_begins_no_further_table(
    run: MigrationRun,
) -> None:
    lease = lease_of(run, 0)
    with Sessions(run, "label") as sessions:
        restoring(run, lease, sessions)
        run.steps.filter(action="compare").update(not_before_ms=2**62)
        perform_all(run, lease, sessions)
        assert phases.advance(again(run), lease, sessions)
    assert again(run).phase == "verifying"
    run.steps.filter(action="compare").update(not_before_ms=0)
    controls.cancel(again(run), "tests", here=True)
    assert finished(run, 1).status == "cancelled"
    assert not run.steps.filter(action="compare", state="done").exists()


def test_what_is_off_goes_back_though_a_retry_is_cancelled_before_it_begins(
    run: MigrationRun,
) -> None:
    with Sessions(run, "label") as sessions:
        lease = lease_of(run, 0)
        assert phases.advance(again(run), lease, sessions)
        perform_all(run, lease, sessions)
        assert "removed" in states(run)
    endings.give_up(again(run), "The server is away.")
    controls.retry(again(run), "tests")
    controls.cancel(again(run), "tests", here=True)

    assert finished(again(run), 0).status == "cancelled"
    # Keys of tables that are not complete are back for new rows.
    assert states(run) <= {"restored", "not valid"}
