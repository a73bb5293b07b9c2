"""Runs that stand still are found by whoever looks."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from dashboard.control_database import now_ms
from dashboard.models import Lane, MigrationRun
from dashboard.runner.stalls import look
from localservers.ports import free_port
from tests.dashboard.runner.test_dispatch import Queue, queue, waiting  # noqa: F401
from tests.dashboard.runs import make_lane
from tests.project import Project

SILENT = 60_000


def again(run: MigrationRun) -> MigrationRun:
    return MigrationRun.objects.get(pk=run.pk)


def test_active_runs_of_workers_are_woken_and_no_others(queue: Queue) -> None:  # noqa: F811
    wanted = [waiting(1, status=status) for status in ("running", "cancelling")]
    for status in ("draft", "ready", "paused", "failed", "cancelled", "succeeded"):
        waiting(1, status=status)
    waiting(1, executor="terminal", alive_ms=0)
    look()
    assert [run for run, _, _ in queue.slices()] == [run.pk for run in wanted]


def test_a_cancelling_run_whose_terminal_died_goes_to_workers(
    queue: Queue,  # noqa: F811
) -> None:
    run = waiting(
        1, status="cancelling", executor="terminal", alive_ms=now_ms() - SILENT
    )
    look()
    assert again(run).executor == "workers"
    assert queue.slices() == [[run.pk, 0, 0]]


@pytest.mark.parametrize(
    ("status", "silent", "leased"),
    [
        ("cancelling", 0, False),
        ("cancelling", SILENT, True),
        ("running", SILENT, False),
        ("pausing", SILENT, False),
    ],
)
def test_a_terminal_that_lives_or_was_not_told_to_end_keeps_its_run(
    queue: Queue,  # noqa: F811
    status: str,
    silent: int,
    leased: bool,
) -> None:
    run = waiting(0, status=status, executor="terminal", alive_ms=now_ms() - silent)
    make_lane(run, is_leased=leased, leased_until_ms=now_ms() + SILENT if leased else 0)
    look()
    assert (again(run).executor, again(run).status) == ("terminal", status)
    assert queue.messages() == []


def test_a_pausing_run_is_paused_once_no_lane_works(queue: Queue) -> None:  # noqa: F811
    run = waiting(2, status="pausing")
    lanes = Lane.objects.filter(run=run, number=1)
    lanes.update(is_leased=True, leased_until_ms=now_ms() + SILENT)
    look()
    assert again(run).status == "pausing"
    # Its holder dies.
    lanes.update(leased_until_ms=now_ms() - 1)
    look()
    assert again(run).status == "paused"
    assert queue.messages() == []


def test_nothing_is_raised_while_the_broker_is_away(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    project.redis.stop()
    runs = [waiting(1), waiting(1)]
    look()
    for run in runs:
        assert f"slice not sent run={run.pk}" in caplog.text


def test_nothing_is_raised_while_the_control_database_is_away(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    entry = project.entry("default")
    away: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "nothing",
        "HOST": "127.0.0.1",
        "PORT": str(free_port()),
    }
    project.register("default", away)
    try:
        look()
    finally:
        project.register("default", entry)
    assert "runs could not be looked at" in caplog.text


def test_one_look_after_another_sends_no_second_message(queue: Queue) -> None:  # noqa: F811
    with override_settings(MIGRATION_CONSOLE={"LEASE_SECONDS": 60}):
        run = waiting(1)
        for _ in range(3):
            look()
        assert queue.slices() == [[run.pk, 0, 0]]
