"""One wrong worker among right ones steps aside, is named, and ends no run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from dashboard.models import Abstention
from dashboard.transfer.plan import VERSION
from tests import oracle
from tests.faults.test_deaths import OPTIONS, assert_arrived, started, wait_for_end
from tests.faults.test_outages import codes, copied
from tests.project import BASE_DIR, Project, soaked, wait_until
from tests.workers import Worker


def of_another_version(project: Project, directory: Path) -> Worker:
    """Start a worker whose code knows another format of plans."""
    for name in ("dashboard", "migration_console"):
        shutil.copytree(BASE_DIR / name, directory / name)
    plan = directory / "dashboard/transfer/plan.py"
    text = plan.read_text()
    known = f"VERSION = {VERSION}\n"
    assert text.count(known) == 1
    plan.write_text(text.replace(known, f"VERSION = {VERSION + 1}\n"))
    assert project.redis.running()
    process = project.process(
        "The worker of another version",
        *("-m", "celery", "--app=migration_console", "worker", "--concurrency=2"),
        *("--hostname=another@%h", "--loglevel=INFO"),
        directory=directory,
    )
    process.wait_until(lambda: " ready." in process.log, 120, "No worker is ready")
    return Worker(process, "another")


def lanes_taken(run: Any) -> int:
    return sum(run.lanes.values_list("epoch", flat=True))


@pytest.mark.soak
def test_f26_f27_a_worker_of_another_version_leaves_the_run_to_others(
    project: Project, tmp_path: Path
) -> None:
    project.options.update(OPTIONS, CHUNK_ROWS=10)
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    schema = oracle.schema_snapshot(project.entry("new"))
    right = project.worker()
    run = started(project, "old", "new")
    wait_until(lambda: copied(run) > 3, 60, "Nothing is copied")
    right.kill9()
    other = of_another_version(project, tmp_path / "other")

    # Alone it does nothing, says so, and does not spin through the broker.
    wait_until(
        lambda: f"format {VERSION + 1}" in codes(run).get("aside", ""),
        60,
        "The page does not name the worker",
    )
    wait_until(
        lambda: f"has format {VERSION}" in codes(run).get("waiting", ""),
        30,
        "The page does not say that the run waits",
    )
    assert (run.status, run.error) == ("running", "")
    before, calls = lanes_taken(run), other.log.count("succeeded in")
    wait_until(lambda: lanes_taken(run) > before + 3, 60, "It does not look again")
    assert other.log.count("succeeded in") - calls < 20

    project.worker()
    assert_arrived(project, wait_for_end(run, 180), schema)


@pytest.mark.parametrize(
    ("vendor", "change", "said"),
    [
        ("postgresql", {"PASSWORD": "last-years"}, "did not accept user"),
        soaked("mariadb", {"PASSWORD": "last-years"}, "did not accept user"),
        soaked("mysql", {"PASSWORD": "last-years"}, "did not accept user"),
        soaked("postgresql", {"ENGINE": "no.such.engine"}, "cannot use the alias"),
        soaked("postgresql", {"NAME": "another"}, "has no database"),
        soaked("sqlite", {"NAME": "/nowhere/at/all.sqlite3"}, "There is no file"),
    ],
)
def test_a_worker_that_cannot_connect_ends_no_run(
    project: Project, vendor: str, change: dict[str, str], said: str
) -> None:
    project.options.update(OPTIONS)
    project.database("sqlite", "old", filled=True)
    project.database(vendor, "new")
    schema = oracle.schema_snapshot(project.entry("new"))
    entries = {**project.entries, "new": {**project.entry("new"), **change}}
    wrong = project.worker(
        concurrency=1, environment={"MIGRATION_CONSOLE_DATABASES": json.dumps(entries)}
    )
    run = started(project, "old", "new")

    wait_until(
        lambda: said in codes(run).get("aside", ""), 60, "The page does not name it"
    )
    process = Abstention.objects.filter(run=run).values_list("process", flat=True)[0]
    assert process in codes(run)["aside"]
    assert int(process.rpartition(":")[2]) in wrong.children()
    assert "last-years" not in wrong.log
    assert (run.status, run.error) == ("running", "")
    project.worker()

    assert_arrived(project, wait_for_end(run, 180), schema)
