"""Runs beside which something breaks every minute; each ends verified by itself."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import connections

from dashboard.models import MigrationRun
from dashboard.runner import controls
from dashboard.runner.refusals import RequestRefused
from tests.faults.going_on import end_session, sessions_at
from tests.faults.invariants import Witness
from tests.faults.test_deaths import wait_for_end
from tests.faults.test_frozen import frozen
from tests.project import Project
from tests.workers import Worker

MINUTES = float(os.environ.get("SOAK_MINUTES", "120"))
SECONDS_BETWEEN = float(os.environ.get("SOAK_SECONDS_BETWEEN", "60"))
OPTIONS = {"LEASE_SECONDS": 5, "LOOK_SECONDS": 2, "SLICE_SECONDS": 5}
# Seconds; longer than any fault together with what the run then waits for.
LONGEST_RUN = 900
DIRECTIONS = [("mariadb", "postgresql"), ("postgresql", "mariadb")]


class Breaker:
    """Breaks servers and workers of one project; mends what it broke."""

    def __init__(self, project: Project, servers: dict[str, Any], seed: int) -> None:
        self._project = project
        self._servers = servers
        self._chance = random.Random(seed)
        self._workers = [project.worker(), project.worker()]
        self.done: list[str] = []
        self._faults: list[Callable[[MigrationRun], str]] = [
            *(self.kill_process, self.kill_worker, self.stop_process),
            *(self.restart_server, self.kill_server, self.freeze_server),
            *(self.end_sessions, self.restart_redis, self.flush_redis, self.pause),
        ]

    def break_something(self, run: MigrationRun) -> None:
        fault = self._chance.choice(self._faults)
        self.done.append(f"{fault.__name__} {fault(run)}".strip())

    def _worker(self) -> Worker:
        return self._chance.choice(self._workers)

    def _server(self) -> Any:
        return self._servers[self._chance.choice(sorted(self._servers))]

    def _child(self) -> int:
        return self._chance.choice(self._worker().children() or [0])

    def kill_process(self, run: MigrationRun) -> str:
        with suppress(ProcessLookupError):
            if child := self._child():
                os.kill(child, signal.SIGKILL)
        return ""

    def stop_process(self, run: MigrationRun) -> str:
        with suppress(ProcessLookupError):
            if child := self._child():
                os.kill(child, signal.SIGSTOP)
                time.sleep(2 * OPTIONS["LEASE_SECONDS"])
                os.kill(child, signal.SIGCONT)
        return ""

    def kill_worker(self, run: MigrationRun) -> str:
        worker = self._worker()
        worker.kill9()
        self._workers.remove(worker)
        self._workers.append(self._project.worker())
        return ""

    def restart_server(self, run: MigrationRun) -> str:
        server = self._server()
        server.stop()
        server.start()
        return str(server.name)

    def kill_server(self, run: MigrationRun) -> str:
        server = self._server()
        server.kill()
        time.sleep(self._chance.uniform(0, 10))
        server.start()
        return str(server.name)

    def freeze_server(self, run: MigrationRun) -> str:
        server = self._server()
        with frozen(server):
            time.sleep(self._chance.uniform(1, 20))
        return str(server.name)

    def end_sessions(self, run: MigrationRun) -> str:
        server = self._server()
        alias = next(name for name, one in self._servers.items() if one is server)
        name = self._project.entry(alias)["NAME"]
        for number in sessions_at(server, name, "."):
            end_session(server, number)
        return str(server.name)

    def restart_redis(self, run: MigrationRun) -> str:
        redis = self._project.redis
        redis.kill()
        time.sleep(self._chance.uniform(0, 5))
        redis.start()
        return ""

    def flush_redis(self, run: MigrationRun) -> str:
        self._project.redis.flush()
        return ""

    def pause(self, run: MigrationRun) -> str:
        # The one fault that a person makes and takes back.
        with suppress(RequestRefused):
            controls.pause(run, "tests")
            time.sleep(self._chance.uniform(0, 5))
            controls.resume(run, "tests")
        return ""


def begun(project: Project) -> MigrationRun:
    request = MigrationRun(
        source="old", destination="new", lane_count=3, chunk_rows=100
    )
    run = controls.check(controls.draft(request, "tests"), "tests")
    assert run.status == "ready", list(run.findings.values_list("message", flat=True))
    controls.start(run, "tests", run.plan_hash)
    return run


@pytest.mark.soak
@pytest.mark.timeout(int(MINUTES * 60) + 2 * LONGEST_RUN)
@pytest.mark.parametrize("seed", [int(os.environ.get("SOAK_SEED", time.time()))])
def test_runs_end_verified_whatever_breaks(project: Project, seed: int) -> None:
    project.options.update(OPTIONS)
    project.control("postgresql")
    until = time.monotonic() + MINUTES * 60
    number = done = 0
    while time.monotonic() < until:
        source, destination = DIRECTIONS[number % len(DIRECTIONS)]
        number += 1
        done += one_run(project, source, destination, seed + number, until)
    said = f"{number} runs ended verified beside {done} faults; seed {seed}"
    sys.stdout.write(f"{said}\n")


def one_run(
    project: Project, source: str, destination: str, seed: int, until: float
) -> int:
    """Break one run until it ends; return how often."""
    old = project.private_server(source, durable=True)
    new = project.private_server(destination, durable=True)
    project.database(source, "old", filled=True, rows=40_000, server=old)
    project.database(destination, "new", server=new)
    witness = Witness(project, "old", "new")
    breaker = Breaker(project, {"old": old, "new": new}, seed)
    run = begun(project)
    next_one = time.monotonic() + SECONDS_BETWEEN / 4
    deadline = time.monotonic() + LONGEST_RUN
    while not ended(run) and time.monotonic() < min(until, deadline):
        if time.monotonic() >= next_one:
            breaker.break_something(run)
            next_one = time.monotonic() + SECONDS_BETWEEN
        time.sleep(0.2)
    wait_for_end(run, LONGEST_RUN)
    try:
        witness.assert_kept(run)
    except AssertionError as error:
        raise AssertionError(f"{breaker.done}, seed {seed}") from error
    for worker in breaker._workers:
        worker.kill9()
    connections["old"].close()
    connections["new"].close()
    for server in (old, new):
        server.stop()
    sys.stdout.write(f"{source} to {destination}: {', '.join(breaker.done)}\n")
    return len(breaker.done)


def ended(run: MigrationRun) -> bool:
    run.refresh_from_db()
    return run.is_ended
