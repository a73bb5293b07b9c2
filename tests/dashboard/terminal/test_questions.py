"""The findings, and the confirmation without which nothing is deleted."""

from __future__ import annotations

import pytest

from dashboard.models import MigrationRun, Reservation
from dashboard.runner import controls
from tests import oracle, terminal
from tests.dashboard.planning.checking import run_sql
from tests.project import Project

DAYS = "bookshop.DailyTotal"
ASKED = ("copydata", "old", "new", DAYS, "--empty", "--lanes=1")
DAY = (
    "INSERT INTO bookshop_dailytotal (day, orders, turnover) VALUES ('2001-01-01',1,1)"
)


@pytest.fixture
def pair(project: Project) -> Project:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new")
    return project


def days(project: Project) -> int:
    return oracle.row_counts(project.entry("new"))["bookshop_dailytotal"]


@pytest.mark.parametrize("answer", ["", "\n", "yes\n", "old\n", "NEW\n", "new new\n"])
def test_anything_but_the_name_deletes_nothing(pair: Project, answer: str) -> None:
    run_sql(pair, "new", DAY)
    done = terminal.run(*ASKED, answer=answer)
    assert done.code == 1
    assert "All rows of these tables of 'new' will be deleted:" in done.out
    assert "  bookshop_dailytotal: 1 rows" in done.out
    assert "Type the name of the destination ('new') to continue: " in done.out
    assert "Nothing was deleted and nothing was copied." in done.err
    assert days(pair) == 1
    # The plan is given up, so that nobody starts it on a page by mistake.
    assert MigrationRun.objects.get().status == "cancelled"
    assert not Reservation.objects.exists()


@pytest.mark.parametrize("answer", ["new\n", "  new  \n", "new"])
def test_the_name_is_the_confirmation(pair: Project, answer: str) -> None:
    run_sql(pair, "new", DAY)
    done = terminal.run(*ASKED, answer=answer)
    assert done.code == 0, done.err
    assert days(pair) == oracle.row_counts(pair.entry("old"))["bookshop_dailytotal"]


def test_nothing_is_asked_where_nothing_goes(pair: Project) -> None:
    done = terminal.run(*ASKED)
    assert done.code == 0, done.err
    assert "deleted" not in done.out


def test_the_question_stands_on_the_error_stream_beside_a_document(
    pair: Project,
) -> None:
    run_sql(pair, "new", DAY)
    done = terminal.run(*ASKED, "--json", answer="old\n")
    assert done.code == 1
    assert "bookshop_dailytotal: 1 rows" in done.err


def test_warnings_are_said_and_do_not_prevent_a_start(project: Project) -> None:
    project.database("sqlite", "old", filled=True)
    done = terminal.run(
        "copydata", "old", "default", "--no-input", "--lanes=1", "--verify=none"
    )
    assert done.code == 0, done.err
    said = "Warning: (migration_console.W151) The accounts of this site are replaced"
    assert said in done.out


def test_every_error_is_said_with_its_remedy(pair: Project) -> None:
    run_sql(pair, "old", "DROP TABLE bookshop_stock")
    run_sql(pair, "new", "DROP TABLE bookshop_tag")
    done = terminal.run("copydata", "old", "new", "--no-input", "--lanes=1")
    assert done.code == 1
    assert "Alias 'old' has no table 'bookshop_stock'." in done.err
    assert "Alias 'new' has no table 'bookshop_tag'." in done.err
    assert done.err.count("manage.py sqlmigrate") == 2
    assert MigrationRun.objects.get().status == "draft"


@pytest.fixture
def failed(pair: Project) -> MigrationRun:
    """A run that ended before it had begun; meanwhile somebody has written."""
    run_sql(pair, "new", DAY)
    request = MigrationRun(
        source="old",
        destination="new",
        labels=[DAYS],
        empty_first=True,
        executor="terminal",
        lane_count=1,
    )
    run = controls.check(controls.draft(request, "tests"), "tests")
    controls.start(run, "tests", run.plan_hash)
    Reservation.objects.all().delete()
    MigrationRun.objects.filter(pk=run.pk).update(status="failed")
    run_sql(pair, "new", DAY.replace("2001", "2002"))
    return run


@pytest.mark.parametrize(
    ("options", "answer"), [((), "old\n"), ((), ""), (("--no-input",), "new\n")]
)
def test_a_run_that_goes_on_deletes_nothing_without_the_name(
    pair: Project, failed: MigrationRun, options: tuple[str, ...], answer: str
) -> None:
    done = terminal.run("copydata", "--resume", str(failed.pk), *options, answer=answer)
    assert done.code == 1
    assert "deleted" in done.err or "would delete" in done.err
    assert days(pair) == 2
    failed.refresh_from_db()
    assert failed.status == "failed"


def test_a_run_goes_on_with_the_name(pair: Project, failed: MigrationRun) -> None:
    done = terminal.run("copydata", "--resume", str(failed.pk), answer="new\n")
    assert "  bookshop_dailytotal: 2 rows" in done.out
    assert done.code == 0, done.err
    assert days(pair) == oracle.row_counts(pair.entry("old"))["bookshop_dailytotal"]
