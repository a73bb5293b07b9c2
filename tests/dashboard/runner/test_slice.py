"""A slice: what becomes of errors."""

from __future__ import annotations

import pytest

from dashboard.control_database import now_ms
from dashboard.models import Lane, MigrationRun, SchemaObject, Step
from dashboard.runner import (
    abstentions,
    bundle_claims,
    controls,
    phases,
)
from dashboard.runner.sessions import Sessions
from dashboard.runner.slice import SliceEnd, work
from dashboard.transfer.errors import TooMuch
from tests.dashboard.runner.steering import (
    again,
    finished,
    lease_of,
    perform_all,
    started,
)
from tests.project import Project


@pytest.fixture
def run(project: Project) -> MigrationRun:
    """A started run whose destination has foreign keys."""
    return started(project, "postgresql")


def test_an_error_that_nobody_foresaw_ends_the_run_with_a_reason(
    run: MigrationRun,
) -> None:
    lease = lease_of(run, 0)
    with Sessions(run, "label") as sessions:
        assert phases.advance(again(run), lease, sessions)
        perform_all(run, lease, sessions)
    # What the next phase is made of cannot be read any more.
    SchemaObject.objects.filter(run=run).update(definition={"columns": []})
    Lane.objects.filter(run=run).update(is_leased=False)
    # One slice finds it, the next one that nothing can be put back either.
    for outcome in (SliceEnd.MORE, SliceEnd.OVER):
        other = Lane.objects.get(run=run, number=1)
        assert work(run.pk, 1, other.epoch, 60) is outcome
    assert again(run).status == "failed"
    assert "does not know: TypeError" in again(run).error


def made_to_wait(run: MigrationRun) -> None:
    """Write down that the run waits for something since ten minutes."""
    MigrationRun.objects.filter(pk=run.pk).update(
        waiting_for="The server is away.", waiting_since_ms=now_ms() - 600_000
    )


def visited_by_a_wrong_worker(project: Project, run: MigrationRun) -> None:
    """Let lane 0 be served by a process with another password."""
    right = project.entry("new")
    project.register("new", {**right, "PASSWORD": "last-years"})
    lane = Lane.objects.get(run=run, number=0)
    try:
        assert work(run.pk, 0, lane.epoch, 60) is SliceEnd.WAIT
    finally:
        project.register("new", right)
        abstentions._until.clear()


def test_a_wait_from_before_a_cancel_does_not_end_the_run(
    run: MigrationRun, project: Project
) -> None:
    lease = lease_of(run, 0)
    with Sessions(run, lease.label) as sessions:
        assert phases.advance(again(run), lease, sessions)
    Lane.objects.filter(run=run).update(is_leased=False)
    made_to_wait(run)
    controls.cancel(again(run), "tests", here=True)
    visited_by_a_wrong_worker(project, run)
    assert again(run).status == "cancelling"
    assert "did not accept user" in again(run).waiting_for


def test_a_wrong_worker_ends_nothing_while_another_puts_the_schema_back(
    run: MigrationRun, project: Project
) -> None:
    lease = lease_of(run, 1)
    with Sessions(run, lease.label) as sessions:
        assert phases.advance(again(run), lease, sessions)
        perform_all(run, lease, sessions)
        controls.cancel(again(run), "tests", here=True)
        assert phases.advance(again(run), lease, sessions)
        held, left = Step.objects.filter(run=run, phase="restoring")[:2]
        # One is at work; what a dead holder of lane 0 left needs the destination.
        for step, number, epoch in ((held, 1, lease.epoch), (left, 0, 99)):
            step.state, step.lane, step.epoch = "claimed", number, epoch
            step.save()
        # What was waited for before it was claimed.
        made_to_wait(run)
        visited_by_a_wrong_worker(project, run)
    assert again(run).status == "cancelling"


def test_tables_that_are_too_much_to_claim_together_are_claimed_alone(
    run: MigrationRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def claim(*args: object) -> None:
        raise TooMuch("Out of memory for locks.")

    monkeypatch.setattr(bundle_claims, "claim", claim)
    run = finished(run, 0)
    assert (run.status, run.verdict, run.error) == ("succeeded", "verified", "")


def test_a_catalogue_that_is_damaged_is_not_waited_for_for_ever(
    run: MigrationRun,
) -> None:
    # Its indexes are looked at, and one of them is of a function that is gone.
    run.tables.filter(table="bookshop_orderline").update(rows_total=20_000)
    with Sessions(run, "label") as sessions:
        for sql in (
            "CREATE FUNCTION lost(bigint) RETURNS bigint IMMUTABLE LANGUAGE plpgsql "
            "AS 'BEGIN RETURN $1; END'",
            "CREATE INDEX ON bookshop_orderline (lost(id))",
            "DELETE FROM pg_proc WHERE proname = 'lost'",
        ):
            sessions.destination.execute(sql)
    # A long wait for something else says nothing of this one.
    made_to_wait(run)
    for _ in range(2):
        assert end_of_a_slice(run) is SliceEnd.WAIT
        assert "the catalogue may be damaged" in again(run).waiting_for
    MigrationRun.objects.filter(pk=run.pk).update(waiting_since_ms=now_ms() - 31_000)
    assert end_of_a_slice(run) is SliceEnd.MORE
    assert end_of_a_slice(run) is SliceEnd.OVER
    run = again(run)
    assert (run.status, run.waiting_for) == ("failed", "")
    assert "XX000" in run.error
    assert "the catalogue may be damaged" in run.remedy


def end_of_a_slice(run: MigrationRun) -> SliceEnd:
    return work(run.pk, 0, Lane.objects.get(run=run, number=0).epoch, 60)
