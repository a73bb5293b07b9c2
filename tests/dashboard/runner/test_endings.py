"""How a run ends, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.models import MigrationRun, Reservation, Step
from dashboard.runner.endings import fail, finish, give_up
from tests.dashboard.runner.test_verdicts import compared, result
from tests.dashboard.runs import make_run, make_table

pytestmark = pytest.mark.usefixtures("project")


def reserved(**fields: Any) -> MigrationRun:
    run = make_run(**fields)
    Reservation.objects.create(run=run, identity=f"identity {run.pk}")
    return run


def ended(run: MigrationRun) -> MigrationRun:
    """Return the run as it is written down; it has let go of its destination."""
    found = MigrationRun.objects.get(pk=run.pk)
    assert found.is_ended
    assert found.finished_at is not None
    assert not Reservation.objects.filter(run=run).exists()
    event = found.events.get()
    assert event.status == found.status
    assert event.actor == ""
    return found


def message(run: MigrationRun) -> str:
    return run.events.get().message


def test_everything_that_was_asked_for_is_done() -> None:
    run = reserved(phase="verifying")
    compared(run, "app.Model", result(3, 3))
    assert finish(run)
    run = ended(run)
    assert (run.status, run.verdict, run.error) == ("succeeded", "verified", "")
    assert message(run) == "Everything that was requested is done."


def test_nothing_was_to_be_compared() -> None:
    run = reserved(phase="restoring", verify="none")
    make_table(run)
    assert finish(run)
    run = ended(run)
    assert (run.status, run.verdict) == ("succeeded", "")
    assert "no comparison was requested" in message(run)


def test_differences_fail_a_run_and_say_where_to_read_them() -> None:
    run = reserved(phase="verifying")
    compared(run, "app.Model", result(3, 3, 2))
    assert finish(run)
    run = ended(run)
    assert (run.status, run.verdict) == ("failed", "mismatched")
    assert run.error == message(run) == "The comparison found differences."
    assert "retry" in run.remedy


def test_what_cannot_be_compared_succeeds_and_is_said() -> None:
    run = reserved(phase="verifying")
    compared(run, "app.Model", result(3, 3, 0, "no common text"))
    assert finish(run)
    assert (ended(run).status, ended(run).verdict) == ("succeeded", "not verifiable")


def test_an_error_ends_a_run_with_its_sentence() -> None:
    run = reserved(phase="restoring", error="It broke." + "x" * 600, remedy="Mend it.")
    assert finish(run)
    run = ended(run)
    assert (run.status, run.remedy) == ("failed", "Mend it.")
    # The log keeps the beginning.
    assert message(run) == run.error[:500]


@pytest.mark.parametrize("broken", [False, True])
def test_a_cancelled_run_says_whether_the_schema_is_back(broken: bool) -> None:
    run = reserved(status="cancelling", phase="restoring")
    for phase, state in (("restoring", "done"), ("preparing", "failed")):
        Step.objects.create(run=run, phase=phase, action="open", state=state)
    if broken:
        Step.objects.create(
            run=run, phase="restoring", action="restore key", state="failed"
        )
    assert finish(run)
    run = ended(run)
    assert run.status == ("failed" if broken else "cancelled")
    assert message(run) == (
        "Cancelled, but the schema is not back."
        if broken
        else "Cancelled; the destination's schema is back."
    )


def test_what_a_comparison_found_stands_when_the_schema_is_put_back() -> None:
    run = reserved(status="cancelling", phase="restoring", verdict="mismatched")
    assert finish(run)
    assert (ended(run).status, ended(run).verdict) == ("cancelled", "mismatched")


@pytest.mark.parametrize("status", ["paused", "failed", "cancelled", "succeeded"])
def test_a_run_that_has_moved_on_is_not_ended_again(status: str) -> None:
    run = reserved(phase="restoring", verify="none")
    MigrationRun.objects.filter(pk=run.pk).update(status=status)
    assert not finish(run)
    MigrationRun.objects.filter(pk=run.pk).update(status="running", phase="verifying")
    assert not finish(run)
    assert Reservation.objects.filter(run=run).exists()
    assert not run.events.exists()


@pytest.mark.parametrize("status", ["running", "cancelling"])
def test_a_schema_that_cannot_be_put_back_is_given_up(status: str) -> None:
    run = reserved(status=status, phase="restoring")
    give_up(run, "The server is away.")
    run = ended(run)
    assert run.status == "failed"
    assert run.error == message(run)
    assert run.error.endswith("could not be put back: The server is away.")
    assert "Retry" in run.remedy


def test_what_broke_first_is_what_is_said_of_a_run_that_is_given_up() -> None:
    run = reserved(phase="restoring", error="It broke.")
    give_up(run, "The server is away.")
    run = ended(run)
    assert run.error == "It broke."
    assert "The server is away." in message(run)


def test_a_run_that_has_ended_is_not_given_up() -> None:
    run = make_run(status="cancelled")
    give_up(run, "too late")
    run.refresh_from_db()
    assert (run.status, run.error) == ("cancelled", "")
    assert not run.events.exists()


def test_the_first_reason_stands() -> None:
    run = make_run()
    fail(run, "first", "mend it")
    fail(run, "second", "mend that")
    run.refresh_from_db()
    assert (run.status, run.error, run.remedy) == ("running", "first", "mend it")
