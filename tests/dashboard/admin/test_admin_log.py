"""Who asked for what: in the run's own log, and in that of the admin."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User

from dashboard.models import Event, MigrationRun, Reservation
from dashboard.runner import controls
from tests.dashboard.admin.browsing import confirmation, ready, sign_in, url
from tests.dashboard.runner.asking import STARTED
from tests.dashboard.runs import make_run, make_table

pytestmark = pytest.mark.usefixtures("project")

HERE = "127.0.0.1"
# Each action with the status that it needs, and those that it leads through.
ACTIONS: dict[str, tuple[str, list[str]]] = {
    "check": ("draft", ["checking", "draft"]),
    "empty": ("draft", ["checking", "draft"]),
    "discard": ("draft", ["cancelled"]),
    "pause": ("running", ["pausing"]),
    "resume": ("pausing", ["running"]),
    "cancel": ("running", ["cancelling"]),
    "retry": ("failed", ["running"]),
    "restore": ("failed", ["cancelling"]),
    "force": ("cancelling", ["cancelled"]),
    "pace": ("running", ["running"]),
}
DATA = {"pace": {"lanes": "1", "rows_per_second": "500"}}


def waiting(status: str, **fields: Any) -> MigrationRun:
    run = make_run(status=status, executor="terminal", **fields)
    run.schema_objects.create(object_type="index", name="one", state="removed")
    return run


@pytest.mark.parametrize("name", ACTIONS)
def test_each_action_is_written_down_once_in_both(name: str) -> None:
    status, through = ACTIONS[name]
    run = waiting(status, **({"started_at": STARTED} if name == "pace" else {}))
    sign_in("superuser").post(url(name, run.pk), DATA.get(name, {}))
    events = list(run.events.all())
    assert [event.status for event in events] == through
    assert [event.was for event in events] == [status, *through[:-1]]
    for event in events:
        assert (event.actor, event.address) == ("superuser", HERE)
    assert events[-1].plan_hash == MigrationRun.objects.get(pk=run.pk).plan_hash
    entries = LogEntry.objects.order_by("pk")
    assert [entry.change_message for entry in entries] == [e.message for e in events]
    assert {(e.user.get_username(), e.object_id) for e in entries} == {
        ("superuser", str(run.pk))
    }


def test_a_start_says_what_it_confirmed() -> None:
    run = ready()
    data = {"plan_hash": run.plan_hash, "typed": "default"}
    data["confirmation"] = confirmation(run, "starter")
    sign_in("starter").post(url("start", run.pk), data)
    event = run.events.get()
    table = run.tables.get(rows_confirmed__gt=0).table
    assert event.confirmed == {table: 1_234}
    assert (event.was, event.status, event.address) == ("ready", "running", HERE)
    assert event.plan_hash == run.plan_hash


def test_what_was_done_before_an_error_stays_in_both() -> None:
    run = waiting("draft")
    browser = sign_in("superuser")
    browser.raise_request_exception = False
    with patch.object(controls, "check_run", side_effect=ZeroDivisionError):
        assert browser.post(url("check", run.pk)).status_code == 500
    said = [event.message for event in run.events.all()]
    assert [event.status for event in run.events.all()] == ["checking", "draft"]
    assert said[-1] == "The checks could not be finished."
    entries = LogEntry.objects.order_by("pk")
    assert [entry.change_message for entry in entries] == said


def test_a_refused_action_leaves_no_entry() -> None:
    run = waiting("succeeded")
    browser = sign_in("superuser")
    for name in ACTIONS:
        browser.post(url(name, run.pk), DATA.get(name, {}))
    assert not Event.objects.exists()
    assert not LogEntry.objects.exists()


def test_what_is_taken_back_leaves_no_entry() -> None:
    run = ready()
    other = make_run(destination="default", destination_identity="theirs")
    identity = MigrationRun.objects.get(pk=run.pk).destination_identity
    Reservation.objects.create(run=other, identity=identity, role="writes")
    data = {"plan_hash": run.plan_hash, "typed": "default"}
    data["confirmation"] = confirmation(run, "superuser")
    sign_in("superuser").post(url("start", run.pk), data)
    assert MigrationRun.objects.get(pk=run.pk).status == "ready"
    assert not run.events.exists()
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("side", ["source", "destination"])
def test_a_log_that_a_run_moves_is_left_alone(side: str) -> None:
    run = waiting("running", **{side: "default"})
    make_table(run, "admin.LogEntry")
    sign_in("superuser").post(url("pause", run.pk))
    assert run.events.get().address == HERE
    assert not LogEntry.objects.exists()


def test_who_asked_is_known_when_the_account_is_gone() -> None:
    run = waiting("running")
    sign_in("superuser").post(url("pause", run.pk))
    User.objects.get(username="superuser").delete()
    assert run.events.get().actor == "superuser"
