"""What a person may ask of a run, in which status, and what is said otherwise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from dashboard.control_database import now_ms
from dashboard.models import Chunk, Lane, MigrationRun, Reservation, Step
from dashboard.runner import controls
from dashboard.runner.refusals import RequestRefused
from dashboard.statuses import TRANSITIONS, Status
from dashboard.transfer.plan import VERSION
from tests.dashboard.planning.checking import SMALL, files
from tests.dashboard.runs import make_lane, make_run, make_table
from tests.project import Project

pytestmark = pytest.mark.usefixtures("project")

ACTOR = "maria"
STARTED = datetime(2026, 1, 1, tzinfo=timezone.get_default_timezone())

Control = Callable[[MigrationRun], object]

CONTROLS: dict[str, Control] = {
    "check": lambda run: controls.check(run, ACTOR),
    "start": lambda run: controls.start(run, ACTOR, run.plan_hash),
    "pause": lambda run: controls.pause(run, ACTOR),
    "resume": lambda run: controls.resume(run, ACTOR),
    "cancel": lambda run: controls.cancel(run, ACTOR),
    "retry": lambda run: controls.retry(run, ACTOR),
}
# What a control makes of a run of each status; nothing else may be asked.
BECOMES: dict[str, dict[str, str]] = {
    # Its aliases are unknown, so that the checks find something.
    "check": {"draft": "draft", "ready": "draft"},
    "start": {"ready": "running"},
    "pause": {"running": "pausing"},
    "resume": {"pausing": "running", "paused": "running"},
    "cancel": {
        "draft": "cancelled",
        "ready": "cancelled",
        "running": "cancelling",
        "pausing": "cancelling",
        "paused": "cancelling",
        "failed": "cancelled",
    },
    "retry": {"failed": "running", "cancelled": "running"},
}
EVERY_PAIR = [(control, status) for control in CONTROLS for status in Status.values]


def in_status(status: str, **fields: Any) -> MigrationRun:
    """Make a run of a terminal, so that nothing is sent to workers."""
    defaults = {"executor": "terminal", "source": "nowhere", "destination": "away"}
    return make_run(
        **{
            **defaults,
            "status": status,
            "phase": "",
            "started_at": STARTED,
            "source_identity": "one",
            "destination_identity": "other",
            **fields,
        }
    )


def again(run: MigrationRun) -> MigrationRun:
    return MigrationRun.objects.get(pk=run.pk)


def log(run: MigrationRun) -> list[tuple[str, str, str]]:
    return list(run.events.values_list("actor", "status", "message"))


@pytest.mark.parametrize(("control", "status"), EVERY_PAIR)
def test_every_control_in_every_status(control: str, status: str) -> None:
    run = in_status(status)
    after = BECOMES[control].get(status)
    if after is not None:
        make_lane(run, is_leased=True, leased_until_ms=now_ms() + 60_000)
        if control == "start":
            run.lanes.all().delete()
        CONTROLS[control](run)
        assert again(run).status == run.status == after
        assert log(run)[-1][:2] == (ACTOR, after)
        return
    with pytest.raises(RequestRefused) as refused:
        CONTROLS[control](run)
    told = refused.value
    assert told.message.startswith(f"The run is {Status(status).label.lower()} and ")
    # The remedy names statuses in which it can be asked for, and no other.
    _, _, words = told.remedy.partition(" is ")
    named = {s for s in Status.values if Status(s).label.lower() in words}
    assert named
    assert named <= set(BECOMES[control])
    if control != "cancel":
        assert named == set(BECOMES[control])
    assert str(told) == f"{told.message} {told.remedy}"
    # Nothing has happened.
    assert again(run).status == status
    assert log(run) == []
    assert not run.lanes.exists()
    assert not Reservation.objects.exists()


def test_a_refusal_names_every_status_that_would_do() -> None:
    with pytest.raises(RequestRefused) as refused:
        controls.pause(in_status("failed"), ACTOR)
    assert refused.value.message == "The run is failed and cannot become pausing."
    assert refused.value.remedy == "A run can become pausing when it is running."
    with pytest.raises(RequestRefused) as refused:
        controls.cancel(in_status("succeeded"), ACTOR)
    assert refused.value.remedy.endswith("when it is running, pausing or paused.")


def test_whoever_comes_second_is_told_what_the_run_has_become() -> None:
    run = in_status("running")
    make_lane(run, leased_until_ms=now_ms() + 60_000)
    shown = again(run)
    controls.cancel(run, ACTOR)
    with pytest.raises(RequestRefused, match="is cancelling and cannot become pausing"):
        controls.pause(shown, ACTOR)


# Drafts


@pytest.mark.parametrize(
    ("fields", "message", "remedy"),
    [
        (
            {"verify": "perhaps"},
            "There is no comparison called 'perhaps'.",
            "Use one of: full, counts, none.",
        ),
        ({"lane_count": 0}, "A run cannot have 0 lanes.", "Use 1 to 32."),
        ({"lane_count": 33}, "A run cannot have 33 lanes.", "Use 1 to 32."),
        ({"chunk_rows": 0}, "A chunk cannot have 0 rows.", "Use 1 to 2000000000."),
        ({"chunk_rows": -1}, "A chunk cannot have -1 rows.", "Use 1 to 2000000000."),
    ],
)
def test_options_that_make_no_sense_are_refused(
    fields: dict[str, Any], message: str, remedy: str
) -> None:
    run = MigrationRun(source="a", destination="b", **fields)
    with pytest.raises(RequestRefused) as refused:
        controls.draft(run, ACTOR)
    assert (refused.value.message, refused.value.remedy) == (message, remedy)
    assert not MigrationRun.objects.exists()


def test_the_least_and_the_most_are_drafted() -> None:
    for fields in ({"lane_count": 1, "chunk_rows": 1}, {"lane_count": 32}):
        run = MigrationRun(source="a", destination="b", **fields)
        assert controls.draft(run, "m" * 200) is run
        kept = again(run)
        assert (kept.status, kept.created_by) == ("draft", "m" * 150)
        assert kept.plan_version == VERSION


# The log


def test_every_request_is_logged_with_its_sentence(project: Project) -> None:
    files(project)
    run = MigrationRun(
        source="old", destination="new", labels=list(SMALL), executor="terminal"
    )
    controls.check(controls.draft(run, ACTOR), ACTOR)
    controls.start(run, "zoe", run.plan_hash)
    make_hold(run)
    controls.pause(run, "zoe")
    controls.resume(run, ACTOR)
    controls.cancel(run, ACTOR)
    edges = [
        (ACTOR, "draft", "checking"),
        (ACTOR, "checking", "ready"),
        ("zoe", "ready", "running"),
        ("zoe", "running", "pausing"),
        (ACTOR, "pausing", "running"),
        (ACTOR, "running", "cancelling"),
    ]
    assert log(run) == [
        (actor, new, str(TRANSITIONS[Status(old)][Status(new)]))
        for actor, old, new in edges
    ]


def make_hold(run: MigrationRun) -> None:
    """Say that somebody works for the run's lanes."""
    run.lanes.update(is_leased=True, leased_until_ms=now_ms() + 60_000)


def test_checks_that_break_off_leave_a_draft_and_say_so(project: Project) -> None:
    files(project)
    run = in_status("draft", source="old", destination="new", labels=["bookshop"])
    project.entries["old"]["NAME"] = str(project.directory)
    run.labels = 5
    with pytest.raises(TypeError):
        controls.check(run, ACTOR)
    assert again(run).status == "draft"
    assert log(run)[-1] == (ACTOR, "draft", "The checks could not be finished.")


# Start


def test_a_start_reserves_and_makes_lanes() -> None:
    run = in_status("ready", lane_count=3, started_at=None, alive_ms=0)
    controls.start(run, "z" * 200, run.plan_hash)
    kept = again(run)
    assert kept.started_by == "z" * 150
    assert kept.started_at is not None
    assert abs(kept.alive_ms - now_ms()) < 5000
    assert list(run.lanes.values_list("number", flat=True)) == [0, 1, 2]
    assert Reservation.objects.get(run=run).identity == "other"


def test_a_comparison_reserves_nothing() -> None:
    run = in_status("ready", mode="compare", started_at=None)
    controls.start(run, ACTOR, run.plan_hash)
    assert run.lanes.exists()
    assert not Reservation.objects.exists()


def test_a_plan_that_was_not_shown_is_not_started() -> None:
    run = in_status("ready")
    with pytest.raises(RequestRefused, match="has changed since it was shown"):
        controls.start(run, ACTOR, "another")
    assert again(run).status == "ready"


def test_a_start_that_is_refused_leaves_no_trace() -> None:
    other = in_status("running")
    Reservation.objects.create(run=other, identity="other")
    run = in_status("ready", started_at=None)
    with pytest.raises(RequestRefused, match="is using the destination"):
        controls.start(run, ACTOR, run.plan_hash)
    kept = again(run)
    assert (kept.status, kept.started_at, kept.started_by) == ("ready", None, ACTOR)
    assert log(run) == []
    assert not run.lanes.exists()


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
    broken = make_table(run, "a.Broken", state="failed", error="it broke")
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
    assert Reservation.objects.get(run=run).identity == "other"
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
