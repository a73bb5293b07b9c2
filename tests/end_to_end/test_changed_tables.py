"""What is altered after it was checked is not half copied, nor half compared."""

from __future__ import annotations

import pytest

from dashboard.models import MigrationRun, Step
from dashboard.runner import controls
from dashboard.runner.sessions import Sessions
from tests import oracle
from tests.dashboard.planning.checking import run_sql
from tests.dashboard.runner.steering import again, finished, lease_of, restoring
from tests.project import Project, soaked

TABLE = "bookshop_dailytotal"
ADDED = f"ALTER TABLE {TABLE} ADD COLUMN note varchar(20)"
DIRECTIONS = [
    ("postgresql", "mysql"),
    soaked("mariadb", "postgresql"),
    ("sqlite", "sqlite"),
]


def checked(
    project: Project, source: str, destination: str, **more: str
) -> MigrationRun:
    project.database(source, "old", filled=True)
    project.database(destination, "new")
    request = MigrationRun(
        source="old",
        destination="new",
        labels=["bookshop.DailyTotal", "bookshop.Genre"],
        executor="terminal",
        **more,
    )
    run = controls.check(controls.draft(request, "tests"), "tests")
    assert run.status == "ready"
    return run


def assert_named(run: MigrationRun, alias: str) -> None:
    assert run.status == "failed"
    assert f"Table '{TABLE}' of '{alias}' has changed since it was checked" in run.error
    assert "column 'note'" in run.error
    assert "was added" in run.error
    assert "plan a new run" in run.remedy
    assert run.verdict != "verified"


@pytest.mark.parametrize("alias", ["old", "new"])
@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_a_column_added_before_the_start(
    project: Project, source: str, destination: str, alias: str
) -> None:
    run = checked(project, source, destination)
    run_sql(project, alias, ADDED)
    controls.start(run, "tests", run.plan_hash)
    assert_named(finished(run, 0), alias)
    assert oracle.row_counts(project.entry("new"))[TABLE] == 0


@pytest.mark.parametrize("until", [soaked("preparing"), "restoring"])
def test_f28_f29_a_column_added_during_the_copy(project: Project, until: str) -> None:
    run = checked(project, "postgresql", "mysql")
    controls.start(run, "tests", run.plan_hash)
    lease = lease_of(run, 0)
    with Sessions(run, lease.label) as sessions:
        restoring(again(run), lease, sessions, until=until)
        if until == "preparing":
            for step in run.steps.filter(phase=until).order_by("stage", "id"):
                Step.objects.filter(pk=step.pk).update(state="waiting")
    run_sql(project, "old", ADDED)
    assert_named(finished(run, 0), "old")


def test_a_column_added_before_a_comparison_begins(project: Project) -> None:
    run = checked(project, "mariadb", "postgresql", mode="compare")
    run_sql(project, "old", ADDED)
    controls.start(run, "tests", run.plan_hash)
    assert_named(finished(run, 0), "old")
