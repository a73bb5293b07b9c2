"""Waking workers: one message for each lane that nobody serves."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import override_settings

from dashboard.conf import option
from dashboard.control_database import now_ms
from dashboard.models import Lane, MigrationRun
from dashboard.runner import dispatch
from dashboard.runner.dispatch import RUN_SLICE, celery_app, send, wake
from localservers.ports import free_port
from tests.dashboard.runs import make_lane, make_run
from tests.project import VENDORS, Project, wait_until

WAKERS = 8
LANES = 3


class Queue:
    """The queue as it lies in Redis."""

    def __init__(self, project: Project) -> None:
        self._redis = project.redis
        prefix = settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
        self._prefix = prefix

    def messages(self) -> list[dict[str, Any]]:
        with self._redis.client() as client:
            found = client.lrange(self._prefix + option("QUEUE"), 0, -1)
        return [json.loads(one) for one in found]

    def slices(self) -> list[list[int]]:
        bodies = [json.loads(b64decode(one["body"])) for one in self.messages()]
        return sorted(arguments for arguments, *_ in bodies)


@pytest.fixture
def queue(project: Project) -> Iterator[Queue]:
    queue = Queue(project)
    project.redis.flush()
    assert queue.messages() == []
    yield queue


def waiting(lanes: int = LANES, **fields: Any) -> MigrationRun:
    run = make_run(**{"lane_count": lanes, **fields})
    for number in range(lanes):
        make_lane(run, number, epoch=number, is_leased=False, leased_until_ms=0)
    return run


def test_every_free_lane_is_sent_for_at_its_epoch(queue: Queue) -> None:
    run = waiting()
    wake(run)
    assert queue.slices() == [[run.pk, number, number] for number in range(LANES)]
    assert {one["headers"]["task"] for one in queue.messages()} == {RUN_SLICE}


def test_a_lane_that_is_served_or_was_woken_a_moment_ago_is_left_alone(
    queue: Queue,
) -> None:
    run = waiting()
    Lane.objects.filter(run=run, number=0).update(
        is_leased=True, leased_until_ms=now_ms() + 60_000
    )
    Lane.objects.filter(run=run, number=1).update(leased_until_ms=now_ms() + 60_000)
    wake(run)
    wake(run)
    assert queue.slices() == [[run.pk, 2, 2]]


def test_a_lane_whose_holder_died_is_sent_for(queue: Queue) -> None:
    run = waiting(1)
    Lane.objects.update(is_leased=True, leased_until_ms=now_ms() - 1)
    wake(run)
    assert queue.slices() == [[run.pk, 0, 0]]
    assert not Lane.objects.get().is_leased


@pytest.mark.parametrize("control", VENDORS)
def test_of_many_that_wake_one_sends(
    project: Project, queue: Queue, control: str
) -> None:
    project.control(control)
    run = waiting()
    barrier = threading.Barrier(WAKERS)
    done: list[bool] = []

    def look() -> None:
        try:
            barrier.wait(30)
            wake(MigrationRun.objects.get(pk=run.pk))
            done.append(True)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=look) for _ in range(WAKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(done) == WAKERS
    assert queue.slices() == [[run.pk, number, number] for number in range(LANES)]


def test_a_run_that_was_told_to_pause_is_not_woken(queue: Queue) -> None:
    run = waiting(status="pausing")
    wake(run)
    assert queue.messages() == []
    run.refresh_from_db()
    assert run.status == "paused"


def test_the_queue_of_the_options_is_used(queue: Queue) -> None:
    with override_settings(MIGRATION_CONSOLE={"QUEUE": "elsewhere"}):
        send(1, 2, 3)
        assert queue.slices() == [[1, 2, 3]]
    assert queue.messages() == []


def test_without_a_broker_nothing_is_raised_and_a_later_look_sends(
    project: Project, queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    run = waiting(1)
    project.redis.stop()
    wake(run)
    assert f"slice not sent run={run.pk} lane=0" in caplog.text
    # It comes back, and a lease later the lane is sent for again.
    assert project.redis.running()
    wake(run)
    assert queue.messages() == []
    Lane.objects.update(leased_until_ms=now_ms() - 1)
    wake(run)
    assert queue.slices() == [[run.pk, 0, 0]]


WAKE = """
import time
from dashboard.models import MigrationRun
from dashboard.runner import dispatch
from dashboard.runner.dispatch import wake
run = MigrationRun.objects.get()
began = time.monotonic()
wake(run)
print(time.monotonic() - began)
"""


def test_a_broker_that_was_never_there_holds_nobody_up(project: Project) -> None:
    """A page sends for every lane of a run while somebody waits for it."""
    run = waiting(8)
    done = project.manage(
        *("shell", "--verbosity=0", "--command", WAKE),
        check=True,
        environment={
            "MIGRATION_CONSOLE_BROKER_URL": f"redis://127.0.0.1:{free_port()}/0"
        },
    )
    assert done.stderr.count("slice not sent") == 8
    assert float(done.stdout) < 3
    assert not run.lanes.due().exists()


def test_other_threads_find_the_projects_own_application() -> None:
    from migration_console.celery import app

    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(celery_app()))
    thread.start()
    thread.join(30)
    assert found == [app]
    assert celery_app() is app


def test_nobody_waits_for_a_frozen_broker_lane_after_lane(
    queue: Queue, project: Project
) -> None:
    run = waiting(8)
    server = project.redis
    os.kill(server.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        wake(run)
        Lane.objects.update(leased_until_ms=0)
        wake(run)
        waited_for = time.monotonic() - began
    finally:
        os.kill(server.pid, signal.SIGCONT)
    assert waited_for < 4
    wait_until(
        lambda: not any(one.is_alive() for one in dispatch._under_way),
        60,
        "It is stuck",
    )
    project.redis.flush()
    Lane.objects.update(leased_until_ms=0)
    wake(run)
    assert len(queue.slices()) == 8
