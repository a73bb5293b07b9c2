"""What a person may ask of a run, in which status, and what is said otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from dashboard.control_database import now_ms
from dashboard.models import MigrationRun, Reservation
from dashboard.runner import controls
from dashboard.runner.refusals import RequestRefused
from dashboard.statuses import TRANSITIONS, Status
from dashboard.transfer.plan import VERSION
from tests.dashboard.planning.checking import SMALL, files
from tests.dashboard.runner.asking import (
    ACTOR,
    CONTROLS,
    again,
    in_status,
    log,
    reserved,
)
from tests.dashboard.runs import make_lane
from tests.project import Project

pytestmark = pytest.mark.usefixtures("project")


# What a control makes of a run of each status; nothing else may be asked.
BECOMES: dict[str, dict[str, str]] = {
    # Its aliases are unknown, so that the checks find something.
    "check": {"draft": "draft", "checking": "draft", "ready": "draft"},
    "start": {"ready": "running"},
    "pause": {"running": "pausing"},
    "resume": {"pausing": "running", "paused": "running"},
    "cancel": {
        "draft": "cancelled",
        "checking": "cancelled",
        "ready": "cancelled",
        "running": "cancelling",
        "pausing": "cancelling",
        "paused": "cancelling",
        "failed": "cancelled",
    },
    "retry": {"failed": "running", "cancelled": "running"},
}
EVERY_PAIR = [(control, status) for control in CONTROLS for status in Status.values]


@pytest.mark.parametrize(("control", "status"), EVERY_PAIR)
def test_every_control_in_every_status(control: str, status: str) -> None:
    # Nobody has been heard of, so that checks are taken for dead.
    run = in_status(status, alive_ms=0)
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
    assert refused.value.remedy.endswith(" is running, pausing or paused.")


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
    MigrationRun.objects.filter(pk=run.pk).update(labels=5)
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
    assert reserved(run) == {("one", "reads"), ("other", "writes")}
    assert (kept.confirmations, kept.confirmed_by) == (1, "z" * 150)


def test_a_comparison_reserves_what_it_reads() -> None:
    run = in_status("ready", mode="compare", started_at=None)
    controls.start(run, ACTOR, run.plan_hash)
    assert run.lanes.exists()
    assert reserved(run) == {("one", "reads"), ("other", "reads")}


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


@pytest.mark.parametrize(
    ("control", "status"),
    [("start", "ready"), ("resume", "paused"), ("retry", "failed")],
)
def test_what_may_not_be_written_to_is_not_begun_nor_gone_on_with(
    control: str, status: str
) -> None:
    run, compares = in_status(status), in_status(status, mode="compare")
    for options in ({"PROTECTED": ["away"]}, {"DESTINATIONS": ["default"]}):
        with override_settings(MIGRATION_CONSOLE=options):
            with pytest.raises(RequestRefused, match="Alias 'away' is "):
                CONTROLS[control](run)
            assert again(run).status == status
    with override_settings(MIGRATION_CONSOLE={"PROTECTED": ["away"]}):
        CONTROLS[control](compares)
    compares.reservations.all().delete()
    CONTROLS[control](run)
    assert again(run).status == "running"
