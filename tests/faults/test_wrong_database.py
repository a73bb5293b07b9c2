"""A worker whose settings give an alias another database than was checked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.models import Sum

from dashboard.models import Chunk, MigrationRun
from dashboard.progress import snapshot
from dashboard.runner import controls
from dashboard.runner.confirmations import Confirmation, ConfirmationNeeded
from tests import oracle
from tests.faults.test_deaths import OPTIONS, assert_arrived, wait_for_end
from tests.project import Project, soaked, wait_until
from tests.servers import BOTH


def checked(project: Project, source: str, destination: str) -> MigrationRun:
    request = MigrationRun(
        source=source, destination=destination, lane_count=2, empty_first=True
    )
    run = controls.draft(request, "tests")
    controls.check(run, "tests")
    assert run.status == "ready", list(run.findings.values_list("message", flat=True))
    return run


def elsewhere(project: Project, alias: str, entry: dict[str, Any]) -> dict[str, str]:
    """The environment of a worker for which the alias is another database."""
    entries = {**project.entries, alias: entry}
    return {"MIGRATION_CONSOLE_DATABASES": json.dumps(entries)}


def wait_for_refusal(run: MigrationRun) -> str:
    """What the page says of a process that leaves the run to others."""

    def said() -> str:
        run.refresh_from_db()
        found = [one for one in snapshot(run).conditions if one.code == "aside"]
        return f"{found[0].message} {found[0].remedy}" if found else ""

    return str(wait_until(said, 60, "The page does not name the process"))


@contextmanager
def untouched(entry: dict[str, Any]) -> Iterator[None]:
    before = oracle.row_counts(entry), oracle.schema_snapshot(entry)
    yield
    assert (oracle.row_counts(entry), oracle.schema_snapshot(entry)) == before


@pytest.mark.parametrize(
    ("vendor", "wrong"),
    [
        ("postgresql", "new"),
        soaked("mysql", "old"),
        soaked("postgresql", "old"),
        *(soaked(vendor, "new") for vendor in BOTH),
        soaked("mariadb", "old"),
    ],
)
def test_a_run_is_not_begun_in_another_database(
    project: Project, vendor: str, wrong: str
) -> None:
    project.options.update(OPTIONS)
    project.database("sqlite", "old", filled=True)
    project.database(vendor, "new", filled=True)
    vendors = {"old": "sqlite", "new": vendor}
    live = project.database(vendors[wrong], filled=True)
    run = checked(project, "old", "new")
    worker = elsewhere(project, wrong, project.entry(live))

    with untouched(project.entry(live)), untouched(project.entry("new")):
        project.worker(environment=worker)
        controls.start(run, "tests", run.plan_hash)
        said = wait_for_refusal(run)
        assert (run.status, run.phase, run.error) == ("running", "", "")
        controls.cancel(run, "tests")
        wait_for_end(run)

    assert run.status != "succeeded"
    assert f"alias '{wrong}' is another database" in said
    assert f"DATABASES['{wrong}']" in said


def test_work_that_has_begun_waits_for_a_worker_that_reaches_the_right_database(
    project: Project,
) -> None:
    project.options.update(OPTIONS)
    source = project.database("sqlite", "old", filled=True)
    destination = project.database("postgresql", "new")
    live = project.database("postgresql", filled=True)
    schema = oracle.schema_snapshot(project.entry(destination))
    run = checked(project, source, destination)
    right = project.worker()
    controls.start(run, "tests", run.plan_hash)
    wait_until(
        lambda: Chunk.objects.filter(table__run=run, state="copied").count() > 3,
        60,
        "No chunk was copied",
    )
    right.kill9()

    with untouched(project.entry(live)):
        wrong = project.worker(
            environment=elsewhere(project, "new", project.entry(live))
        )
        wait_until(lambda: "is another database" in wrong.log, 60, "Nobody has noticed")
        run.refresh_from_db()
        assert (run.status, run.error) == ("running", "")
        project.worker()
        wait_for_end(run)

    assert_arrived(project, run, schema)


def test_another_schema_of_the_same_database_is_another_database(
    project: Project,
) -> None:
    project.options.update(OPTIONS)
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new", filled=True)
    entry = project.entry("new")
    server = project.servers.server("postgresql")
    server.execute("CREATE SCHEMA live", database=entry["NAME"])
    server.execute(
        "CREATE TABLE live.auth_group AS SELECT * FROM public.auth_group",
        database=entry["NAME"],
    )
    run = checked(project, "old", "new")
    live = {**entry, "OPTIONS": {"options": "-c search_path=live"}}
    before = oracle.row_counts(entry)
    project.worker(environment=elsewhere(project, "new", live))

    controls.start(run, "tests", run.plan_hash)

    assert "is another database" in wait_for_refusal(run)
    rows = server.execute(
        "SELECT count(*) FROM live.auth_group", database=entry["NAME"]
    )
    assert rows == [(before["auth_group"],)]
    assert oracle.row_counts(entry) == before


def begun_with_wrong_workers_left(project: Project) -> MigrationRun:
    """A run in the middle, and nobody who reaches its destination."""
    project.options.update({**OPTIONS, "ATTEMPTS": 2})
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    live = project.database("postgresql", filled=True)
    run = checked(project, "old", "new")
    right = project.worker()
    controls.start(run, "tests", run.plan_hash)
    wait_until(
        lambda: Chunk.objects.of(run).copied().count() > 3, 60, "No chunk was copied"
    )
    right.kill9()
    project.worker(environment=elsewhere(project, "new", project.entry(live)))

    def is_said() -> bool:
        run.refresh_from_db()
        return "is another database" in run.waiting_for

    wait_until(is_said, 60, "The run does not say what it waits for")
    return run


@pytest.mark.soak
def test_waiting_costs_no_attempt_and_cuts_no_chunk(project: Project) -> None:
    run = begun_with_wrong_workers_left(project)
    cut = Chunk.objects.of(run).count()
    lanes = run.lanes.aggregate(epochs=Sum("epoch"))["epochs"]

    def tried() -> bool:
        now = run.lanes.aggregate(epochs=Sum("epoch"))["epochs"]
        return bool(now > lanes + 4)

    wait_until(tried, 60, "Nobody tries any more")

    assert Chunk.objects.of(run).count() == cut
    assert not Chunk.objects.of(run).filter(attempts__gt=1).exists()
    project.worker()
    wait_for_end(run)
    assert (run.status, run.waiting_for) == ("succeeded", ""), run.error


def retry(run: MigrationRun) -> None:
    """Go on with a run, and confirm what it deletes that it had not begun."""
    run.refresh_from_db()
    try:
        controls.retry(run, "tests")
    except ConfirmationNeeded as needed:
        confirmation = Confirmation.asked(run, "tests", needed.rows)
        controls.retry(run, "tests", confirmation)


@pytest.mark.soak
def test_a_cancel_ends_where_nobody_reaches_the_database(project: Project) -> None:
    run = begun_with_wrong_workers_left(project)

    controls.cancel(run, "tests")
    wait_for_end(run)

    assert run.status == "failed"
    assert "could not be put back" in run.error
    assert "is another database" in run.error
    # Nobody is there yet: it ends again, and nothing is forgotten.
    retry(run)
    controls.cancel(run, "tests")
    wait_for_end(run)
    assert run.status == "failed"
    project.worker()
    retry(run)
    controls.cancel(run, "tests")
    wait_for_end(run)
    assert run.status == "cancelled", run.error
    assert not run.schema_objects.filter(state="removed").exists()
