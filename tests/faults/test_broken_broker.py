"""Redis dies, forgets, freezes or sends a call twice; clocks of workers disagree."""

from __future__ import annotations

import os
import signal
import time

import pytest

from dashboard.models import Chunk, Lane, MigrationRun
from dashboard.runner import controls
from dashboard.runner.dispatch import send
from tests.dashboard.admin.browsing import sign_in, url
from tests.faults.conftest import Measured
from tests.faults.failing import INSIDE
from tests.faults.going_on import in_the_middle, seconds_until_it_goes_on
from tests.faults.invariants import Witness
from tests.faults.test_deaths import OPTIONS, started, wait_for_end
from tests.faults.test_outages import codes, most_attempts
from tests.project import Project, soaked, wait_until


def prepared(project: Project) -> Witness:
    project.options.update(OPTIONS, SLICE_SECONDS=1)
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    return Witness(project, "old", "new")


def test_f19_f20_redis_dies_and_comes_back_empty_and_is_emptied(
    project: Project, measured: Measured
) -> None:
    witness = prepared(project)
    project.worker()
    run = started(project, "old", "new")
    in_the_middle(run)
    redis = project.redis
    redis.kill()
    # So that every slice ends while there is nobody to call the next one.
    wait_until(lambda: not Lane.objects.leased().exists(), 30, "Slices do not end")
    redis.start()
    measured("F19", seconds_until_it_goes_on(run))
    redis.flush()
    measured("F20", seconds_until_it_goes_on(run))
    wait_for_end(run)
    witness.assert_kept(run)


def test_f21_calls_that_come_twice_do_nothing_twice(
    project: Project, measured: Measured
) -> None:
    witness = prepared(project)
    project.worker()
    run = started(project, "old", "new")
    with project.redis.client() as client:
        for _ in range(4):
            in_the_middle(run, 1)
            # A blip: the broker gives back what is not acknowledged, and runs twice.
            client.execute_command("CLIENT", "KILL", "TYPE", "normal")
            measured("F21", seconds_until_it_goes_on(run))
    for lane in Lane.objects.filter(run=run):
        for epoch in range(lane.epoch + 1):
            # The same call again, from whenever.
            send(run.pk, lane.number, epoch)
    wait_for_end(run, 240)
    witness.assert_kept(run)


def test_f22_a_start_with_a_frozen_broker_is_answered_and_done(
    project: Project, measured: Measured
) -> None:
    witness = prepared(project)
    project.worker()
    run = controls.draft(MigrationRun(source="old", destination="new"), "superuser")
    controls.check(run, "superuser")
    browser = sign_in("superuser")
    server = project.redis
    os.kill(server.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        answer = browser.post(url("start", run.pk), {"plan_hash": run.plan_hash})
        answered = time.monotonic() - began
    finally:
        os.kill(server.pid, signal.SIGCONT)
    assert answer.status_code == 302
    assert answered < 5
    run.refresh_from_db()
    assert run.status == "running"
    measured("F22", seconds_until_it_goes_on(run))
    wait_for_end(run)
    witness.assert_kept(run)


@pytest.mark.soak
@pytest.mark.parametrize("control", ["postgresql", soaked("mariadb")])
def test_f33_a_worker_whose_clock_is_two_hours_ahead(
    project: Project, control: str
) -> None:
    project.control(control)
    witness = prepared(project)
    path = os.pathsep.join(filter(None, [str(INSIDE), os.environ.get("PYTHONPATH")]))
    project.worker(concurrency=1)
    ahead = project.worker(
        concurrency=1, environment={"PYTHONPATH": path, "TEST_CLOCK_SECONDS": "7200"}
    )
    run = wait_for_end(started(project, "old", "new"))
    witness.assert_kept(run)
    assert "run_slice" in ahead.log
    assert most_attempts(run) <= 1
    assert not Chunk.objects.of(run).filter(deaths__gt=0).exists()


@pytest.mark.soak
def test_f40_f47_a_worker_that_lives_and_takes_no_call(
    project: Project, measured: Measured
) -> None:
    witness = prepared(project)
    deaf = project.worker()
    # Its main process, which hears the broker; the pool's processes live.
    os.kill(deaf.pid, signal.SIGSTOP)
    run = started(project, "old", "new")
    wait_until(
        lambda: {"no-worker", "not-taken", "stalled"} & set(codes(run)),
        60,
        "The page does not say that nobody works",
    )
    assert (run.status, run.error) == ("running", "")
    os.kill(deaf.pid, signal.SIGCONT)
    measured("F47", seconds_until_it_goes_on(run))
    wait_for_end(run)
    witness.assert_kept(run)
