"""Workers die in the middle of a merge; what was to change has changed, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.models import MigrationRun
from dashboard.runner import controls
from tests.dashboard.planning.checking import run_sql
from tests.faults.test_deaths import OPTIONS, wait_for_end
from tests.oracle import reading
from tests.project import Project, soaked

PLACES = ("rows staged", "rows loaded", "chunk committed")
TABLE = (
    "CREATE TABLE notes (id bigint NOT NULL PRIMARY KEY, note varchar(40), "
    "slug varchar(40) NOT NULL UNIQUE)"
)
Notes = dict[int, tuple[str, str]]
SOURCE: Notes = {n: (f"note {n}", f"slug-{n}") for n in range(1, 401)}
THERE: Notes = {
    **{n: (f"note {n}", f"slug-{n}") for n in range(1, 301)},
    **{n: ("other", f"slug-{n}") for n in range(1, 301, 7)},
    **{n: ("mine", f"mine-{n}") for n in range(901, 921)},
}


def fill(project: Project, alias: str, rows: Notes) -> None:
    made = ", ".join(f"({n}, '{note}', '{slug}')" for n, (note, slug) in rows.items())
    run_sql(project, alias, TABLE, f"INSERT INTO notes VALUES {made}")


def notes(project: Project, alias: str) -> Notes:
    with reading(project.entry(alias)) as reader:
        rows = reader.query("SELECT id, note, slug FROM notes")
        return {int(n): (note, slug) for n, note, slug in rows}


@pytest.mark.parametrize(
    ("source", "destination", "mode"),
    [
        ("mariadb", "postgresql", "merge"),
        ("postgresql", "mysql", "missing"),
        soaked("postgresql", "mysql", "merge"),
        soaked("mariadb", "sqlite", "merge"),
        soaked("mariadb", "postgresql", "missing"),
    ],
)
def test_killed_in_the_middle_of_a_merge(
    project: Project, tmp_path: Path, source: str, destination: str, mode: str
) -> None:
    project.options.update(OPTIONS)
    project.database(source, "old", migrated=False)
    project.database(destination, "new", migrated=False)
    fill(project, "old", SOURCE)
    fill(project, "new", THERE)
    kills = [f"{place}=kill:{tmp_path / place}" for place in PLACES]
    project.worker(environment={"MIGRATION_CONSOLE_FAILPOINTS": ";".join(kills)})
    described = MigrationRun(
        source="old",
        destination="new",
        labels=["table:notes"],
        modes={"*": mode},
        lane_count=2,
    )
    run = controls.check(controls.draft(described, "tests"), "tests")
    controls.start(run, "tests", run.plan_hash)
    run = wait_for_end(run)
    assert all((tmp_path / place).exists() for place in PLACES)
    assert (run.status, run.verdict, run.error) == ("succeeded", "verified", "")
    wanted = {**SOURCE, **THERE} if mode == "missing" else {**THERE, **SOURCE}
    assert notes(project, "new") == wanted
    table = run.tables.get()
    updated = 43 if mode == "merge" else 0
    assert (table.rows_inserted, table.rows_updated) == (100, updated)
    assert table.rows_untouched == 20
