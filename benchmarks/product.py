"""The product itself: `copydata` in one process, through Celery, `verifydata`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

from benchmarks import chunks, measure
from benchmarks.contest import (
    CHECK,
    PRODUCT,
    Bout,
    Contestant,
    FailedError,
    Result,
    UnavailableError,
)
from benchmarks.house import ROOT, SETTINGS
from benchmarks.shapes import Shape
from localservers.processes import Process
from localservers.usage import reset_peak, resident, tree, tree_cpu_seconds

COPIED, NOT_VERIFIABLE = 0, 3
LANES = (1, 2, 4)
ONE_CHUNK_ROWS = 1_000_000_000
PER_TABLE = (
    "product, inline",
    "product, inline, verified",
    "product, Celery, 2 lanes, verified",
)
"""Those whose start and whose end a table of few rows can feel."""
IDLE_SECONDS = 1.0
"""A worker that has just said that it is ready gets this long to come to rest."""
WORKER_START_SECONDS = 60


# No peer looks through the values before it copies them.
NOT_BEFORE = ("--no-input", "--no-scan")


def contestants(shape: Shape) -> list[Contestant]:
    found = _all_contestants()
    if shape.per_table:
        return [each for each in found if each.name in PER_TABLE]
    return found


def _all_contestants() -> list[Contestant]:
    unverified = ("--verify", "none")
    return [
        Contestant(
            "product, inline",
            PRODUCT,
            _inline(*unverified),
            "copydata --verify none, the whole process",
        ),
        Contestant(
            "product, inline, 2 lanes",
            PRODUCT,
            _inline(*unverified, "--lanes", "2"),
            "copydata --verify none --lanes 2",
        ),
        Contestant(
            "product, inline, verified",
            PRODUCT,
            _inline("--verify", "full"),
            "copydata --verify full",
        ),
        _looking_first(*unverified),
        Contestant(
            "product, one chunk per table",
            PRODUCT,
            _one_chunk,
            "as inline, but each table in one piece",
        ),
        *_celery_contestants(*unverified),
        Contestant(
            "product, Celery, 2 lanes, verified",
            PRODUCT,
            _queued(2, "--verify", "full"),
            "copydata --queue --verify full; one worker, 2 processes",
        ),
        _comparison(),
    ]


def _looking_first(*arguments: str) -> Contestant:
    return Contestant(
        "product, inline, values looked through",
        PRODUCT,
        lambda bout: _run(bout, "copydata", "--no-input", *arguments),
        "copydata --verify none without --no-scan",
    )


def _comparison() -> Contestant:
    return Contestant(
        "product, verifydata",
        CHECK,
        _verify,
        "the comparison alone, every row and column",
        needs_copy=True,
    )


def _celery_contestants(*arguments: str) -> Iterator[Contestant]:
    for lanes in LANES:
        yield Contestant(
            f"product, Celery, {lanes} lane{'s' * (lanes > 1)}",
            PRODUCT,
            _queued(lanes, *arguments),
            f"copydata --queue --verify none; one worker, {lanes} processes",
        )


@cache
def options(command: str) -> str:
    """The help text of one of the product's commands."""
    environment = measure.plain_environment(DJANGO_SETTINGS_MODULE=SETTINGS)
    done = subprocess.run(
        [sys.executable, "manage.py", command, "--help"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise UnavailableError(f"`manage.py {command}` does not answer: {last}")
    return done.stdout


def _arguments(bout: Bout, command: str, *more: str) -> list[str]:
    options(command)
    labels = bout.case.shape.labels
    return [
        sys.executable,
        "manage.py",
        command,
        "source",
        "destination",
        *labels,
        "--json",
        *more,
    ]


def _run(bout: Bout, command: str, *more: str) -> Result:
    output, log = bout.log("json"), bout.log("log")
    began = time.time()
    usage = measure.command(
        _arguments(bout, command, *more),
        servers=bout.house.servers,
        log=log,
        output=output,
        environment=bout.environment(),
        directory=ROOT,
    )
    document = _document(output)
    extra: dict[str, Any] = {
        "exit_code": usage.exit_code,
        "status": document.get("status"),
        "verdict": document.get("verdict"),
        "seconds_it_says": document.get("seconds"),
    }
    if usage.exit_code not in (COPIED, NOT_VERIFIABLE):
        said = [line for line in log.read_text().splitlines() if line.strip()]
        reason = said[-1][:200] if said else "no message"
        raise FailedError(f"exit code {usage.exit_code}: {reason}")
    if command == "copydata" and document.get("status") != "succeeded":
        raise FailedError(f"the run is {document.get('status')!r}")
    extra |= chunks.rates(bout, began)
    return Result(usage, extra)


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text())
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _inline(*more: str) -> Callable[[Bout], Result]:
    return lambda bout: _run(bout, "copydata", *NOT_BEFORE, *more)


def _verify(bout: Bout) -> Result:
    return _run(bout, "verifydata")


def _one_chunk(bout: Bout) -> Result:
    if "--chunk-rows" not in options("copydata"):
        raise UnavailableError("copydata has no --chunk-rows yet")
    rows = ("--chunk-rows", str(ONE_CHUNK_ROWS))
    return _inline("--verify", "none", *rows)(bout)


# -- through Celery ----------------------------------------------------------------


def _queued(lanes: int, *more: str) -> Callable[[Bout], Result]:
    return partial(_run_queued, lanes, more)


def _run_queued(lanes: int, more: tuple[str, ...], bout: Bout) -> Result:
    options("copydata")
    with _worker(bout, lanes) as worker:
        members = list(tree(worker.pid))
        reset_peak(members)
        idle = {pid: resident(pid) for pid in members}
        cpu = tree_cpu_seconds(worker.pid)
        with measure.PeakWatch(worker.pid) as watch:
            lane_options = ("--queue", "--lanes", str(lanes))
            result = _run(bout, "copydata", *NOT_BEFORE, *lane_options, *more)
            watch.look()
        result.usage.cpu += tree_cpu_seconds(worker.pid) - cpu
    # A process that was replaced meanwhile is compared with the smallest one.
    least = min(idle.values())
    above = {pid: peak - idle.get(pid, least) for pid, peak in watch.peaks.items()}
    result.extra["worker_above_idle"] = max(above.values())
    result.extra["worker_idle"] = max(idle.values())
    result.usage.peak = max(result.usage.peak, *watch.peaks.values())
    return result


@contextmanager
def _worker(bout: Bout, processes_wanted: int) -> Iterator[Process]:
    """A Celery worker that is up, idle, and stopped afterwards."""
    log = bout.log("worker.log")
    log.unlink(missing_ok=True)
    bout.house.empty_redis()
    worker = Process(
        "Celery worker",
        [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "migration_console",
            "worker",
            "--concurrency",
            str(processes_wanted),
            "--loglevel",
            "INFO",
        ],
        log=log,
        environment=bout.environment(),
        directory=ROOT,
    )
    try:
        worker.wait_until(
            lambda: " ready." in worker.log,
            WORKER_START_SECONDS,
            "The worker does not say that it is ready",
        )
        time.sleep(IDLE_SECONDS)
        yield worker
    finally:
        worker.stop(30)
