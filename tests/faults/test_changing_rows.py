"""Rows that others write while a run copies, and people who go meanwhile."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import pytest

from dashboard.models import MigrationRun
from dashboard.runner import controls
from tests import oracle
from tests.faults.conftest import Measured
from tests.faults.going_on import in_the_middle, seconds_until_it_goes_on
from tests.faults.invariants import Witness
from tests.faults.test_deaths import OPTIONS, started, wait_for_end
from tests.faults.test_outages import codes
from tests.project import Project, soaked, wait_until

CHANGES = [
    "UPDATE bookshop_author SET last_name = 'behind {n}' WHERE id ="
    " (SELECT min(id) FROM bookshop_author)",
    "INSERT INTO bookshop_currency (code, name, per_euro)"
    " SELECT 'a{n}', 'new', 1 WHERE {n} < 10",
    "DELETE FROM bookshop_currency WHERE code = 'a{n}' AND {n} < 5",
]


@contextmanager
def writing(server: Any, database: str) -> Iterator[None]:
    """Change rows of a database again and again, as its pages would."""
    over = threading.Event()

    def write() -> None:
        for number in range(100_000):
            for sql in CHANGES:
                server.execute(sql.format(n=number), database=database)
            if over.wait(0.02):
                return

    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(write)
        try:
            yield
        finally:
            over.set()
        written.result()


@pytest.mark.parametrize(("fault", "written"), [("F30", "old"), soaked("F31", "new")])
def test_f30_f31_rows_that_change_meanwhile_are_never_verified(
    project: Project, fault: str, written: str
) -> None:
    project.options.update(OPTIONS)
    for alias, vendor in (("old", "postgresql"), ("new", "postgresql")):
        project.database(vendor, alias, filled=alias == "old")
    project.worker()
    run = started(project, "old", "new")
    in_the_middle(run, 1)
    server = project.servers.server("postgresql")
    with writing(server, project.entry(written)["NAME"]):
        wait_until(lambda: phase(run) != "copying", 60, "It copies on")
    wait_for_end(run)

    found = oracle.differences(project.entry("old"), project.entry("new"))
    assert (run.verdict == "verified") == (found == []), found
    assert run.status == ("failed" if found else "succeeded")
    named = {one.partition(":")[0] for one in found}
    differing = run.tables.filter(verdict="mismatched").values_list("table", flat=True)
    assert named <= set(run.tables.values_list("table", flat=True))
    assert set(differing) <= named


def phase(run: MigrationRun) -> str:
    run.refresh_from_db()
    return "" if run.is_ended else run.phase


@pytest.mark.soak
def test_f39_whoever_started_a_run_is_deleted(project: Project) -> None:
    project.options.update(OPTIONS)
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    witness = Witness(project, "old", "new")
    user = project.superuser("gone")
    project.worker()
    run = controls.draft(MigrationRun(source="old", destination="new"), "gone")
    controls.check(run, "gone")
    controls.start(run, "gone", run.plan_hash)
    user.delete()
    controls.pause(run, "another")
    controls.resume(run, "another")
    wait_for_end(run)
    witness.assert_kept(run)
    assert run.started_by == "gone"
    assert "another" in run.events.values_list("actor", flat=True)


@pytest.mark.soak
def test_f45_an_sqlite_destination_that_another_process_locks(
    project: Project, measured: Measured
) -> None:
    project.options.update(OPTIONS, LOCK_SECONDS=2)
    project.database("postgresql", "old", filled=True)
    project.database("sqlite", "new")
    witness = Witness(project, "old", "new")
    project.worker()
    run = started(project, "old", "new")
    in_the_middle(run)
    with closing(sqlite3.connect(project.entry("new")["NAME"], timeout=30)) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        wait_until(lambda: "waiting" in codes(run), 60, "The page names no lock")
        assert (run.status, run.error) == ("running", "")
        other.execute("ROLLBACK")
    measured("F45", seconds_until_it_goes_on(run))
    wait_for_end(run)
    witness.assert_kept(run)
