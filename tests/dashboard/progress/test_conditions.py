from __future__ import annotations

import pytest

from dashboard.models import Abstention, MigrationRun, Worker
from tests.dashboard.progress.look import look
from tests.dashboard.runs import NOW, make_lane, make_run, make_worker

pytestmark = pytest.mark.usefixtures("project")


def condition(run: MigrationRun) -> str:
    found = look(run).condition
    return found.code if found else ""


def test_f40_no_worker_is_said_with_the_command_that_starts_one() -> None:
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


def test_what_lanes_wait_for_is_said_once_and_instead_of_a_stall() -> None:
    run = make_run(alive_ms=NOW - 46_000, waiting_for="A lock is held.")
    make_worker()
    make_lane(run, waiting_for="The source has not answered for 10 s.")
    make_lane(run, 1, waiting_for="A lock is held.")
    make_lane(run, 2, waiting_for="Of somebody who has let go.", is_leased=False)
    assert [(one.code, one.message) for one in look(run).conditions] == [
        ("waiting", "A lock is held."),
        ("waiting", "The source has not answered for 10 s."),
    ]


def test_a_process_that_leaves_the_run_to_others_is_named_for_a_minute() -> None:
    run = make_run()
    make_worker()
    for age, process in ((59_000, "web1:7"), (61_000, "web1:8")):
        Abstention.objects.create(
            run=run,
            process=process,
            reason=f"The process {process} cannot.",
            remedy="Stop it.",
            seen_ms=NOW - age,
        )
    (found,) = look(run).conditions
    assert (found.code, found.message) == ("aside", "The process web1:7 cannot.")
    assert found.remedy == "Stop it."


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
    assert found.message == (
        "Waiting for 1 lane to finish its work in hand. 1 of 2 lanes have stopped."
    )


@pytest.mark.parametrize("status", ["ready", "paused", "succeeded", "failed"])
def test_a_run_that_does_not_work_needs_no_worker(status: str) -> None:
    assert condition(make_run(status=status)) in ("", "paused")
