from __future__ import annotations

import pytest

from dashboard.models import Finding, MigrationRun
from tests.dashboard.admin.browsing import ready, sign_in, text, url
from tests.dashboard.runs import make_run, make_table

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
