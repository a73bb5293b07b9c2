"""Retrying, handing over and comparing again."""

from __future__ import annotations

import pytest

from dashboard.control_database import now_ms
from dashboard.models import Chunk, Lane, Reservation, Step
from dashboard.runner import controls
from dashboard.runner.refusals import RequestRefused
from tests.dashboard.runner.asking import (
    ACTOR,
    CONTROLS,
    STARTED,
    again,
    in_status,
    log,
    reserved,
)
from tests.dashboard.runs import make_lane, make_table
from tests.project import Project

pytestmark = pytest.mark.usefixtures("project")


# Retry


def test_what_was_never_started_is_not_retried() -> None:
    run = in_status("cancelled", started_at=None)
    with pytest.raises(RequestRefused, match="never started"):
        controls.retry(run, ACTOR)
    assert again(run).status == "cancelled"
    assert log(run) == []


def test_a_retry_keeps_what_is_copied_and_gives_the_rest_another_chance() -> None:
    run = in_status(
        "failed",
        phase="restoring",
        error="it broke",
        remedy="mend it",
        verdict="mismatched",
        finished_at=STARTED,
        alive_ms=0,
    )
    make_lane(run, is_leased=False, leased_until_ms=now_ms() + 60_000)
    # The terminal is there, and looks after its lanes itself.
    make_lane(run, 1, leased_until_ms=now_ms() + 60_000)
    done = make_table(run, "a.Done", state="copied")
    broken = make_table(run, "a.Broken", state="failed", error="it broke", chunks_cut=1)
    copied = Chunk.objects.create(table=done, number=0, state="copied", attempts=2)
    failed = Chunk.objects.create(
        table=broken,
        number=0,
        state="failed",
        attempts=5,
        error="it broke",
        not_before_ms=now_ms() + 60_000,
    )
    Step.objects.create(run=run, phase="preparing", action="open")
    controls.retry(run, ACTOR)
    kept = again(run)
    assert (kept.status, kept.phase) == ("running", "")
    assert (kept.error, kept.remedy, kept.verdict) == ("", "", "")
    assert kept.finished_at is None
    assert kept.started_at == STARTED
    assert abs(kept.alive_ms - now_ms()) < 5000
    for one in (copied, failed, done, broken):
        one.refresh_from_db()
    assert (copied.state, copied.attempts) == ("copied", 2)
    assert (failed.state, failed.attempts) == ("waiting", 0)
    assert (failed.error, failed.not_before_ms) == ("", 0)
    assert (done.state, broken.state, broken.error) == ("copied", "copying", "")
    assert not run.steps.exists()
    assert reserved(run) == {("one", "reads"), ("other", "writes")}
    # Whoever looks next finds the lane free at once.
    assert run.lanes.due().exists()


def test_a_retry_waits_for_the_destination() -> None:
    other = in_status("running")
    Reservation.objects.create(run=other, identity="other")
    run = in_status("failed", error="it broke")
    with pytest.raises(RequestRefused, match="is using the destination"):
        controls.retry(run, ACTOR)
    assert (again(run).status, again(run).error) == ("failed", "it broke")


# Hand-over


@pytest.mark.parametrize(
    ("control", "status"),
    [
        ("resume", "paused"),
        ("resume", "pausing"),
        ("cancel", "running"),
        ("cancel", "paused"),
        ("retry", "failed"),
        ("retry", "cancelled"),
    ],
)
def test_a_run_whose_terminal_is_gone_is_handed_to_workers(
    project: Project, control: str, status: str
) -> None:
    assert project.redis.running()
    run = in_status(status)
    make_lane(run, is_leased=True, leased_until_ms=now_ms() - 1)
    CONTROLS[control](run)
    assert again(run).executor == run.executor == "workers"


@pytest.mark.parametrize(
    ("control", "status"), [("resume", "pausing"), ("cancel", "running")]
)
def test_a_run_whose_terminal_works_stays_its_own(control: str, status: str) -> None:
    run = in_status(status)
    make_lane(run, leased_until_ms=now_ms() + 60_000)
    CONTROLS[control](run)
    assert again(run).executor == "terminal"


def test_whoever_cancels_here_does_the_rest_here() -> None:
    run = in_status("running", alive_ms=0)
    make_lane(run, is_leased=False, leased_until_ms=0)
    controls.cancel(run, ACTOR, here=True)
    kept = again(run)
    assert (kept.status, kept.executor) == ("cancelling", "terminal")
    assert abs(kept.alive_ms - now_ms()) < 5000


# Comparing again


def test_what_a_run_copied_can_be_compared_again() -> None:
    run = in_status(
        "succeeded", labels=["bookshop"], excluded=["bookshop.Tag"], verify="none"
    )
    drafted = controls.compare_again(run, "zoe")
    assert drafted.pk != run.pk
    assert (drafted.status, drafted.mode) == ("draft", "compare")
    assert (drafted.source, drafted.destination) == (run.source, run.destination)
    assert (drafted.labels, drafted.excluded) == (run.labels, run.excluded)
    # Whatever the run itself compared.
    assert drafted.verify == "full"
    assert drafted.created_by == "zoe"
    assert not drafted.copies
    assert not Lane.objects.exists()
