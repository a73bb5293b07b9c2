"""Workers and Redis die; the run goes on, and nothing is lost or twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.models import Chunk, MigrationRun
from dashboard.runner import requests
from dashboard.runner.requests import RunRequest
from tests import oracle
from tests.project import Project, wait_until

OPTIONS = {
    "LEASE_SECONDS": 3,
    "LOOK_SECONDS": 1,
    "SLICE_SECONDS": 2,
    "CHUNK_ROWS": 40,
    "INDEXES_OFF_ROWS": 100,
}


def started(project: Project, source: str, destination: str) -> MigrationRun:
    """Start a run without a command or a page that would look after it."""
    run = requests.draft(RunRequest(source, destination, lanes=2), "tests")
    requests.check(run, "tests")
    assert run.status == "ready", list(run.findings.values_list("message", flat=True))
    requests.start(run, "tests", run.plan_hash)
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
    copied = sum(run.tables.values_list("rows_copied", flat=True))
    assert copied == sum(
        rows
        for table, rows in oracle.row_counts(right).items()
        if table in set(run.tables.values_list("table", flat=True))
    )


PLACES = [
    "chunk claimed",
    "receipt taken",
    "rows loaded",
    "chunk committed",
    "step empty",
    "step remove index",
    "step restore index",
    "step restore key",
    "step compare",
    "users replaced",
]

INTO_MYSQL = [
    "receipt taken",
    "rows loaded",
    "step empty",
    "step remove index",
    "step restore index",
]


@pytest.mark.parametrize(
    ("source_vendor", "destination_vendor", "place"),
    [("mysql", "postgresql", place) for place in PLACES]
    + [("postgresql", "mysql", place) for place in INTO_MYSQL],
)
def test_a_killed_worker_process_is_made_good(
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

    if place in ("step remove key", "step restore key", "step empty"):
        # Not every direction has such a step.
        assert once.exists() or not run.steps.filter(kind=place[5:]).exists()
    else:
        assert once.exists()
    assert_arrived(project, run, schema)


def test_all_workers_and_redis_die_and_a_new_worker_goes_on(project: Project) -> None:
    project.options.update(OPTIONS)
    source = project.database("mysql", filled=True)
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
