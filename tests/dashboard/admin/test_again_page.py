"""Nothing goes unseen because a run goes on: who is asked, and what is said."""

from __future__ import annotations

import re

import pytest

from dashboard.models import MigrationRun
from dashboard.runner import controls
from tests import oracle
from tests.dashboard.admin.browsing import sign_in, text, url
from tests.dashboard.planning.checking import run_sql
from tests.dashboard.runner.steering import again
from tests.project import Project

DAYS = "bookshop_dailytotal"
DAY = f"INSERT INTO {DAYS} (day, orders, turnover) VALUES ('2001-01-01', 1, 1)"


@pytest.fixture
def run(project: Project) -> MigrationRun:
    """A run that ended before it had begun; meanwhile somebody has written."""
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    run_sql(project, "new", DAY)
    request = MigrationRun(
        source="old",
        destination="new",
        labels=["bookshop.DailyTotal", "bookshop.Genre"],
        empty_first=True,
        executor="terminal",
    )
    run = controls.check(controls.draft(request, "starter"), "starter")
    controls.start(run, "starter", run.plan_hash)
    stopped(run, "failed")
    run_sql(project, "new", DAY.replace("2001", "2002"))
    return again(run)


def stopped(run: MigrationRun, status: str) -> None:
    run.reservations.all().delete()
    MigrationRun.objects.filter(pk=run.pk).update(status=status)


def sealed(page: str) -> str:
    found = re.search(r'name="confirmation" value="([^"]+)"', page)
    assert found
    return found[1]


def confirmed(run: MigrationRun) -> int:
    return run.tables.values_list("rows_confirmed", flat=True).get(table=DAYS)


@pytest.mark.parametrize(
    ("name", "status"), [("retry", "failed"), ("resume", "paused")]
)
def test_going_on_asks_before_it_deletes(
    project: Project, run: MigrationRun, name: str, status: str
) -> None:
    stopped(run, status)
    browser = sign_in("operator")
    page = text(browser.post(url(name, run.pk)))
    assert again(run).status == status
    box = page.split("mc-doomed")[1].split("</ul>")[0]
    assert re.search(r"bookshop.DailyTotal.*>2<", box)
    assert "Genre" not in box

    for wrong in ({"typed": "old"}, {"typed": ""}, {"confirmation": ""}):
        data = {"typed": "new", "confirmation": sealed(page), **wrong}
        assert "errorlist" in text(browser.post(url(name, run.pk), data))
        assert again(run).status == status

    data = {"typed": "new", "confirmation": sealed(page)}
    answer = browser.post(url(name, run.pk), data)
    assert answer.status_code == 302
    kept = again(run)
    assert (kept.status, kept.confirmed_by, kept.confirmations) == (
        "running",
        "operator",
        2,
    )
    assert confirmed(run) == 2
    said = run.events.order_by("pk").last()
    assert said is not None
    assert said.actor == "operator"
    assert said.message.endswith("Deleting 2 rows of 1 tables was confirmed.")

    # It was used up.
    stopped(run, status)
    if name == "resume":
        MigrationRun.objects.filter(pk=run.pk).update(confirmed_at=None)
    assert "has been used" in text(browser.post(url(name, run.pk), data))
    assert again(run).status == status
    assert oracle.row_counts(project.entry("new"))[DAYS] == 2


def test_more_rows_than_were_confirmed_are_asked_for_again(
    project: Project, run: MigrationRun
) -> None:
    browser = sign_in("operator")
    page = text(browser.post(url("retry", run.pk)))
    run_sql(project, "new", DAY.replace("2001", "2003"))
    data = {"typed": "new", "confirmation": sealed(page)}
    page = text(browser.post(url("retry", run.pk), data))
    assert "More rows are there than you confirmed" in page
    assert re.search(r"bookshop.DailyTotal.*>3<", page)
    assert again(run).status == "failed"


def test_who_may_not_start_confirms_nothing(run: MigrationRun) -> None:
    browser = sign_in("controller")
    page = text(browser.post(url("retry", run.pk), follow=True))
    assert "would delete rows of" in page
    assert "Somebody who may start runs has to confirm that." in page
    asked = text(sign_in("operator").post(url("retry", run.pk)))
    data = {"typed": "new", "confirmation": sealed(asked)}
    assert "would delete rows" in text(
        browser.post(url("retry", run.pk), data, follow=True)
    )
    assert again(run).status == "failed"


def test_what_deletes_nothing_asks_nobody(project: Project, run: MigrationRun) -> None:
    run_sql(project, "new", f"DELETE FROM {DAYS}")
    sign_in("controller").post(url("retry", run.pk))
    assert again(run).status == "running"
    # And what comes there from now on is not deleted either.
    assert confirmed(run) == 0


def test_a_pause_within_the_hour_asks_nobody_again(
    project: Project, run: MigrationRun
) -> None:
    run_sql(project, "new", f"DELETE FROM {DAYS} WHERE day > '2002-01-01'")
    run_sql(project, "new", f"DELETE FROM {DAYS} WHERE day = '2002-01-01'")
    stopped(run, "paused")
    page = text(sign_in("operator").post(url("resume", run.pk)))
    # Somebody else has confirmed it.
    assert "mc-doomed" in page
    controls.resume(run, "starter")
    assert again(run).status == "running"


def test_no_deletion_is_confirmed_that_a_resumed_run_does_not_do(
    run: MigrationRun,
) -> None:
    """Its tables are emptied already: rows that came since end it instead."""
    stopped(run, "paused")
    MigrationRun.objects.filter(pk=run.pk).update(phase="copying", confirmed_at=None)
    before = confirmed(run)
    answer = sign_in("operator").post(url("resume", run.pk))
    assert answer.status_code == 302
    assert again(run).status == "running"
    assert confirmed(run) == before
