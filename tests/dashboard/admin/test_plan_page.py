from __future__ import annotations

from typing import Any

import pytest

from dashboard.control_database import now_ms
from dashboard.models import Finding, MigrationRun, Preflight
from tests.dashboard.admin.browsing import ready, sign_in, text, url
from tests.dashboard.runs import make_run, make_table, make_worker
from tests.project import Project

pytestmark = pytest.mark.usefixtures("project")


def test_the_plan_names_what_will_be_deleted() -> None:
    run = ready()
    page = text(sign_in("starter").get(url("change", run.pk)))
    box = page.split("mc-doomed")[1].split("</ul>")[0]
    assert "app.Full" in box
    assert "1,234" in box
    assert "app.Empty" not in box


def test_what_the_checks_object_to_leaves_no_start() -> None:
    run = make_run(status="draft")
    Finding.objects.create(
        run=run, check_name="x", level="error", message="No table.", remedy="Migrate."
    )
    page = text(sign_in("starter").get(url("change", run.pk)))
    assert "No table." in page
    assert "Migrate." in page
    assert url("start", run.pk) not in page


def test_the_account_to_sign_in_with_is_said_before_the_start() -> None:
    run = ready()
    Finding.objects.create(
        run=run, check_name="account", level="warning", message="Sign in as root."
    )
    page = text(sign_in("starter").get(url("change", run.pk)))
    assert page.index("Sign in as root.") < page.index(url("start", run.pk))


def test_what_migrate_made_is_emptied_without_a_confirmation() -> None:
    run = make_run(status="ready", started_at=None, empty_first=False)
    make_table(run, "contenttypes.ContentType", rows_before=7)
    page = text(sign_in("starter").get(url("change", run.pk)))
    assert "mc-doomed" not in page
    assert "id_typed" not in page
    assert "emptied</span>" in page


def test_nothing_is_called_emptied_that_nobody_has_asked_to_empty() -> None:
    run = make_run(status="draft", started_at=None, empty_first=False)
    make_table(run, "contenttypes.ContentType", rows_before=7)
    Finding.objects.create(run=run, check_name="x", level="error", message="No table.")
    assert "emptied</span>" not in text(sign_in("starter").get(url("change", run.pk)))


def test_whoever_may_not_start_is_told_so() -> None:
    page = text(sign_in("viewer").get(url("change", ready().pk)))
    assert "You need the permission to plan and start migration runs" in page
    assert '<form method="post" action="/admin/migration' not in page


def test_the_pace_is_said_before_the_start() -> None:
    run = ready(lane_count=3, rows_per_second=4_500)
    browser = sign_in("starter")
    assert "3 lanes, at most 4,500 rows a second" in text(
        browser.get(url("change", run.pk))
    )
    MigrationRun.objects.update(lane_count=1, rows_per_second=None)
    page = text(browser.get(url("change", run.pk)))
    assert "1 lane" in page
    assert "rows a second" not in page


def working(**fields: Any) -> MigrationRun:
    run = make_run(status="checking", started_at=None, checked_at=None)
    now = now_ms()
    times = {"asked_ms": now - 9_000, "sent_ms": now, "alive_ms": now}
    Preflight.objects.create(run=run, kind="checks", number=1, **{**times, **fields})
    return run


def test_the_page_says_which_check_a_worker_is_at_and_asks_again() -> None:
    place = {"stage": "values", "table": "shop_book", "done": 12, "total": 1_300}
    run = working(state="working", began_ms=now_ms() - 4_000, **place)
    browser = sign_in("starter")
    for name in ("change", "progress"):
        page = text(browser.get(url(name, run.pk)))
        assert "Values: 12 of 1,300 tables, shop_book" in page
        assert f'data-poll="{url("progress", run.pk)}"' in page
        assert url("stop", run.pk) in page
        assert "mc-button-here" not in page
        assert "mc-button-check" not in page
    assert url("stop", run.pk) not in text(sign_in("viewer").get(url(name, run.pk)))
    view = page.split('data-view="')[1].split('"')[0]
    # What the page shows is another one from now on, so that it loads itself anew.
    browser.post(url("stop", run.pk), {"kind": "checks"})
    page = text(browser.get(url("progress", run.pk)))
    assert page.split('data-view="')[1].split('"')[0] != view
    assert "data-poll" not in page


def test_where_no_worker_answers_the_page_says_so_and_offers_short_checks() -> None:
    run = working(state="waiting")
    browser = sign_in("starter")
    page = text(browser.get(url("change", run.pk)))
    assert "No worker answers" in page
    assert "The checks wait for a worker." in page
    assert "A worker checks both" not in page
    assert "mc-button-here" in page
    make_worker(now_ms())
    page = text(browser.get(url("progress", run.pk)))
    assert "the broker that calls them does not answer" in page
    # Nowhere to be reached: so it is the request that has looked.
    browser.post(url("check", run.pk), {"here": "1"})
    run.refresh_from_db()
    assert (run.status, run.checked_seconds) == ("draft", 10)
    assert run.findings.filter(check_name="migration_console.E001").exists()


def test_checks_that_lost_their_worker_are_said_and_asked_for_again() -> None:
    run = working(state="stopped", error="It is gone.", remedy="Ask again.")
    MigrationRun.objects.update(status="draft")
    page = text(sign_in("starter").get(url("change", run.pk)))
    assert "It is gone." in page
    assert "mc-button-check" in page


def test_a_click_asks_a_worker_where_there_is_one(project: Project) -> None:
    project.database("sqlite", "old")
    run = make_run(status="draft", source="old", started_at=None)
    browser = sign_in("starter")
    make_worker(now_ms())
    browser.post(url("check", run.pk))
    run.refresh_from_db()
    assert run.status == "checking"
    assert run.preflights.get().state == "waiting"
    answer = browser.post(url("check", run.pk), follow=True)
    assert "asked for the checks already" in text(answer)
