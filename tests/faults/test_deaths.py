"""Workers and Redis die; the run goes on, and nothing is lost or twice."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from dashboard.models import Chunk, MigrationRun
from dashboard.runner import controls
from localservers.usage import children
from tests import oracle
from tests.faults.conftest import Measured
from tests.project import Project, soaked, wait_until
from tests.workers import Worker

OPTIONS = {
    "LEASE_SECONDS": 3,
    "LOOK_SECONDS": 1,
    "SLICE_SECONDS": 2,
    "CHUNK_ROWS": 40,
    "INDEXES_OFF_ROWS": 100,
}


def started(project: Project, source: str, destination: str) -> MigrationRun:
    """Start a run without a command or a page that would look after it."""
    run = controls.draft(
        MigrationRun(source=source, destination=destination, lane_count=2), "tests"
    )
    controls.check(run, "tests")
    assert run.status == "ready", list(run.findings.values_list("message", flat=True))
    controls.start(run, "tests", run.plan_hash)
    return run


def wait_for_end(run: MigrationRun, seconds: float = 90) -> MigrationRun:
    def ended() -> bool:
        run.refresh_from_db()
        return run.is_ended

    wait_until(ended, seconds, "The run did not end")
    return run


def assert_arrived(project: Project, run: MigrationRun, schema: object) -> None:
    left, right = project.entry(run.source), project.entry(run.destination)
    assert run.status == "succeeded", run.error
    assert oracle.differences(left, right) == []
    assert oracle.schema_snapshot(right) == schema
    for table in run.tables.all():
        assert table.rows_compared == table.destination_rows
    copied = sum(run.tables.values_list("rows_copied", flat=True))
    assert copied == sum(
        rows
        for table, rows in oracle.row_counts(right).items()
        if table in set(run.tables.values_list("table", flat=True))
    )


# The others are provoked in one run by test_crash_loop.py.
PLACES = ["rows loaded", "chunk committed", "step restore key"]
MORE_PLACES = [
    "receipt taken",
    "schema object done",
    "users replaced",
    "chunk claimed",
    "step empty",
    "step remove indexes",
    "step restore index",
    "step add keys",
    "rows compared",
]
# Whose statements commit by themselves.
INTO_MYSQL = ["step restore index"]
MORE_INTO_MYSQL = [
    "rows loaded",
    "step remove indexes",
    "receipt taken",
    "step empty",
]


@pytest.mark.parametrize(
    ("source_vendor", "destination_vendor", "place"),
    [
        *(("mariadb", "postgresql", place) for place in PLACES),
        *(("postgresql", "mysql", place) for place in INTO_MYSQL),
        *(soaked("mariadb", "postgresql", place) for place in MORE_PLACES),
        *(soaked("mysql", "postgresql", place) for place in PLACES + MORE_PLACES),
        *(soaked("postgresql", "mysql", place) for place in MORE_INTO_MYSQL),
        *(
            soaked("postgresql", engine, place)
            for engine in ("mariadb", "mysql_infile")
            for place in INTO_MYSQL + MORE_INTO_MYSQL
        ),
    ],
)
def test_f01_f03_f07_a_killed_worker_process_is_made_good(
    project: Project,
    tmp_path: Path,
    source_vendor: str,
    destination_vendor: str,
    place: str,
) -> None:
    project.options.update(OPTIONS)
    source = project.database(source_vendor, filled=True)
    destination = project.database(destination_vendor)
    schema = oracle.schema_snapshot(project.entry(destination))
    once = tmp_path / "once"
    project.worker(environment={"MIGRATION_CONSOLE_FAILPOINTS": f"{place}=kill:{once}"})

    run = wait_for_end(started(project, source, destination))

    assert once.exists()
    assert_arrived(project, run, schema)


@pytest.mark.soak
def test_f02_f20_all_workers_and_redis_die_and_a_new_worker_goes_on(
    project: Project,
) -> None:
    project.options.update(OPTIONS)
    source = project.database("mariadb", filled=True)
    destination = project.database("postgresql")
    schema = oracle.schema_snapshot(project.entry(destination))
    worker = project.worker()
    run = started(project, source, destination)
    wait_until(
        lambda: Chunk.objects.filter(table__run=run, state="copied").count() > 3,
        60,
        "No chunk was copied",
    )

    worker.kill9()
    project.redis.flush()
    run.refresh_from_db()
    assert run.status == "running"
    project.worker()

    assert_arrived(project, wait_for_end(run), schema)


def is_stopped(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] == "T"


def test_a_commands_second_process_dies_and_the_first_does_its_work(
    project: Project, tmp_path: Path
) -> None:
    project.options.update(OPTIONS)
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    schema = oracle.schema_snapshot(project.entry("new"))
    once = tmp_path / "once"
    command = project.manage_in_background(
        *("copydata", "old", "new", "--no-input", "--lanes=2"),
        environment={"MIGRATION_CONSOLE_FAILPOINTS": f"rows loaded=stop:{once}"},
    )

    def stopped() -> int:
        pids = [command.pid, *children(command.pid)]
        return next(filter(is_stopped, pids), 0)

    def second_lane_works() -> bool:
        return run.lanes.filter(number=1, epoch__gt=0).exists()

    # Whoever has loaded rows first has stopped; it is to be the second one.
    while (pid := wait_until(stopped, 60, "Nobody has stopped")) == command.pid:
        run = MigrationRun.objects.get()
        wait_until(second_lane_works, 60, "The second process does not work")
        once.unlink()
        os.kill(pid, signal.SIGCONT)
    run = MigrationRun.objects.get()
    assert Chunk.objects.filter(table__run=run, state="claimed", lane=1).exists()
    os.kill(pid, signal.SIGKILL)

    assert command.popen.wait(60) == 0, command.log
    run.refresh_from_db()
    assert_arrived(project, run, schema)
    assert run.lanes.get(number=1).epoch > 1


def stopped_child(worker: Worker) -> int:
    return next(filter(is_stopped, worker.children()), 0)


@pytest.mark.parametrize("whole", [False, True])
def test_f01_f02_work_of_a_killed_process_goes_on_before_its_lease_ends(
    project: Project, tmp_path: Path, measured: Measured, whole: bool
) -> None:
    project.options.update(OPTIONS, LEASE_SECONDS=45, LOOK_SECONDS=10)
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    schema = oracle.schema_snapshot(project.entry("new"))
    once = tmp_path / "once"
    worker = project.worker(
        environment={"MIGRATION_CONSOLE_FAILPOINTS": f"rows loaded=stop:{once}"}
    )
    run = started(project, "old", "new")
    pid = wait_until(lambda: stopped_child(worker), 60, "Nobody has stopped")
    if whole:
        project.worker()

    began = time.monotonic()
    if whole:
        worker.kill9()
    else:
        os.kill(pid, signal.SIGKILL)
    wait_until(
        lambda: Chunk.objects.of(run).filter(state="void").exists(),
        30,
        "Nobody takes up the dead process's chunk",
    )
    seconds = time.monotonic() - began

    measured("F2" if whole else "F1", seconds, 10)
    assert_arrived(project, wait_for_end(run, 180), schema)
    assert not Chunk.objects.of(run).filter(attempts__gt=1).exists()
