"""Before anything is deleted, all that would be is counted again."""

from __future__ import annotations

import pytest
from django.contrib.sites.models import Site

from dashboard.models import MigrationRun
from dashboard.runner import controls
from dashboard.runner.confirmations import Confirmation, ConfirmationNeeded
from migration_console.bookshop.models import Genre
from tests import oracle
from tests.dashboard.planning.checking import run_sql
from tests.dashboard.runner.steering import again, finished
from tests.project import VENDORS, Project

DAYS, GENRES, USERS = "bookshop_dailytotal", "bookshop_genre", "auth_user"
LABELS = ["bookshop.Genre", "bookshop.DailyTotal", "auth"]
DAY = f"INSERT INTO {DAYS} (day, orders, turnover) VALUES ('2001-01-01', 1, 1)"
LATER = DAY.replace("2001", "2002")


def superuser(project: Project, name: str) -> None:
    project.superuser(name, using="new")


def refer(project: Project, table: str, column: str, value: str, kind: str) -> None:
    """Write a row of a table that no run knows, which goes with what it refers to."""
    run_sql(
        project,
        "new",
        f"CREATE TABLE review (of_it {kind}, CONSTRAINT review_of FOREIGN KEY (of_it) "
        f"REFERENCES {table} ({column}) ON DELETE CASCADE)",
        f"INSERT INTO review SELECT {value} FROM {table}",
    )


def begun(project: Project, vendor: str) -> MigrationRun:
    """Start a run that is to delete one day and one user, and no genre."""
    project.database("sqlite", "old", filled=True)
    project.database(vendor, "new")
    run_sql(project, "new", DAY)
    superuser(project, "first")
    request = MigrationRun(
        source="old",
        destination="new",
        labels=LABELS,
        empty_first=True,
        executor="terminal",
    )
    run = controls.check(controls.draft(request, "tests"), "tests")
    assert run.status == "ready", list(run.findings.values_list("message", flat=True))
    confirmed = dict(run.tables.values_list("table", "rows_confirmed"))
    assert (confirmed[DAYS], confirmed[GENRES], confirmed[USERS]) == (1, 0, 1)
    controls.start(run, "tests", run.plan_hash)
    return again(run)


WRITTEN = {
    "more rows": (DAYS, "holds 2 rows. Deleting 1 was confirmed"),
    "rows where none were": (GENRES, "was empty when it was checked and holds 1 rows"),
    "a user": (USERS, "holds 2 rows. Deleting 1 was confirmed"),
}


@pytest.mark.parametrize(
    ("vendor", "written"),
    [
        *((vendor, "a user") for vendor in VENDORS),
        ("mysql", "more rows"),
        ("postgresql", "rows where none were"),
    ],
)
def test_what_was_written_since_stops_the_run_before_the_first_deletion(
    project: Project, vendor: str, written: str
) -> None:
    run = begun(project, vendor)
    table, told = WRITTEN[written]
    if table == DAYS:
        run_sql(project, "new", LATER)
    elif table == GENRES:
        Genre.objects.using("new").create(name="one")
    else:
        superuser(project, "second")
    there = oracle.row_counts(project.entry("new"))

    run = finished(run, 0)

    assert run.status == "failed"
    assert f"Table '{table}' of the destination {told}" in run.error
    assert "A retry counts again and asks before it deletes" in run.remedy
    after = oracle.row_counts(project.entry("new"))
    assert {name: after[name] for name in there if "receipts" not in name} == there
    assert not [name for name in after if "receipts" in name]


def test_fewer_rows_than_confirmed_go_as_well(project: Project) -> None:
    run = begun(project, "postgresql")
    run_sql(project, "new", f"DELETE FROM {DAYS}")
    run = finished(run, 0)
    assert (run.status, run.verdict) == ("succeeded", "verified"), run.error


@pytest.mark.parametrize("vendor", VENDORS)
def test_rows_that_came_since_do_not_go_with_what_they_refer_to(
    project: Project, vendor: str
) -> None:
    run = begun(project, vendor)
    refer(project, DAYS, "day", "day", "date")
    there = oracle.row_counts(project.entry("new"))

    run = finished(run, 0)

    assert run.status == "failed"
    assert (
        f"'review' of the destination is not chosen, holds rows and refers to '{DAYS}'"
        in (run.error)
    )
    after = oracle.row_counts(project.entry("new"))
    assert after == there and after["review"] == 1


def renamed_site(project: Project) -> MigrationRun:
    """Start a run beside the site that ``migrate`` makes; then somebody names it."""
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    request = MigrationRun(
        source="old", destination="new", labels=["sites"], executor="terminal"
    )
    run = controls.check(controls.draft(request, "tests"), "tests")
    assert run.status == "ready", list(run.findings.values_list("message", flat=True))
    assert run.tables.get().rows_confirmed == 1
    controls.start(run, "tests", run.plan_hash)
    run_sql(project, "new", "UPDATE django_site SET domain = 'theirs.example'")
    return again(run)


def site(project: Project) -> str:
    domain: str = Site.objects.using("new").get().domain
    return domain


def test_what_migrate_made_is_somebodys_once_it_was_changed(project: Project) -> None:
    run = finished(renamed_site(project), 0)
    assert run.status == "failed"
    assert "'django_site' of the destination held what migrate makes" in run.error
    assert site(project) == "theirs.example"

    with pytest.raises(ConfirmationNeeded, match="django_site"):
        controls.retry(run, "tests")
    asked = Confirmation.asked(run, "tests", {run.tables.get().pk: 1})
    controls.retry(run, "tests", asked)
    run = finished(again(run), 0)
    assert (run.status, run.verdict) == ("succeeded", "verified"), run.error
    assert site(project) != "theirs.example"
