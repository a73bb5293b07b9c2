"""The way of a person: from signing in to three reports in hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect

from dashboard.models import Event, MigrationRun, SchemaObject
from tests.dashboard.runs import make_run, make_table
from tests.project import Project, wait_until

pytestmark = pytest.mark.browser


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the console says against the pages: the policy's complaints too."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def sign_in(page: Page, site: str, name: str = "admin", password: str = "admin") -> str:
    page.goto(f"{site}/admin/login/?next=/admin/")
    page.fill("#id_username", name)
    page.fill("#id_password", password)
    page.click("input[type=submit]")
    expect(page.locator("#user-tools")).to_be_visible()
    return f"{site}/admin/migration_console/migrationrun/"


def percentages(page: Page) -> list[float]:
    """Look at every bar of the page at one moment."""
    found: list[float] = page.evaluate(
        "[...document.querySelectorAll('#mc-run progress')].map(bar => bar.value)"
    )
    return found


def test_a_person_copies_models_and_takes_the_report(
    project: Project, page: Page, complaints: list[str], tmp_path: Path
) -> None:
    # Small chunks, so that there is something to look at.
    project.options = {"CHUNK_ROWS": 10}
    # As of somebody who leaves a platform with a database of its own.
    project.database("postgresql", "legacy", filled=True)
    project.database("mariadb", "new")
    project.superuser()
    assert project.redis
    project.worker()
    root = sign_in(page, project.live_server())

    page.goto(root)
    page.get_by_role("link", name="Plan a migration run").first.click()
    page.select_option("#id_source", "legacy")
    page.select_option("#id_destination", "new")
    page.click("text=Show the models")
    page.get_by_label("Select all models", exact=True).uncheck()
    expect(page.locator("#mc-summary")).to_have_text("No model is selected.")
    page.get_by_label("Select all models", exact=True).check()
    page.get_by_label("Log entries", exact=True).uncheck()
    expect(page.locator("#app-admin")).not_to_be_checked()
    page.get_by_role("button", name="Check and plan").click()

    expect(page.locator(".mc-is-ready")).to_be_visible()
    page.get_by_role("button", name="Start migration").click()
    expect(page.locator("#mc-status")).to_be_visible()
    seen: set[float] = set()

    def ended() -> bool:
        seen.update(percentages(page))
        return page.locator("#mc-run[data-poll]").count() == 0

    wait_until(ended, 120, "The run did not end")
    expect(page.locator("#mc-error")).to_have_count(0)
    expect(page.locator("#mc-status")).to_have_text("Succeeded")
    expect(page.locator("#mc-verdict")).to_have_text("Verified")
    assert any(0 < value < 100 for value in seen)
    expect(page.locator(".mc-statecell", has_text="Verified")).to_have_count(
        page.locator(".mc-tables tbody tr").count()
    )

    for file_type in ("html", "json", "csv"):
        with page.expect_download() as download:
            page.locator("#mc-reports").get_by_text(
                file_type.upper(), exact=True
            ).click()
        download.value.save_as(tmp_path / f"report.{file_type}")
    document = json.loads((tmp_path / "report.json").read_text())
    assert document["verdict"] == "verified"
    assert {table["verdict"] for table in document["tables"]} == {"verified"}
    listed = [*document["tables"], *document["left_out"]]
    assert (tmp_path / "report.csv").read_text().count("\n") == len(listed) + 1
    page.goto((tmp_path / "report.html").as_uri())
    expect(page.locator(".report-verdict")).to_contain_text("Verified")
    assert complaints == []


def test_the_page_follows_a_run_without_losing_the_focus(
    project: Project, page: Page, complaints: list[str]
) -> None:
    project.superuser()
    run = make_run(status="running", alive_ms=1)
    table = make_table(run, "app.Model", rows_total=1_000)
    root = sign_in(page, project.live_server())
    page.goto(f"{root}{run.pk}/change/")
    expect(page.locator("#mc-condition-no-worker")).to_be_visible()
    page.locator("#mc-action-cancel summary").click()
    page.locator("#mc-button-cancel").focus()
    table.rows_copied = 400
    table.save()
    expect(page.locator("#mc-rows")).to_have_text("400 of 1,000")
    expect(page.locator("#mc-button-cancel")).to_be_focused()
    expect(page).to_have_title(re.compile("20 %"))
    MigrationRun.objects.filter(pk=run.pk).update(status="failed", error="It broke.")
    expect(page.locator("#mc-error")).to_contain_text("It broke.")
    expect(page.locator("#mc-announce")).to_have_text("Failed.")
    assert complaints == []


def test_somebody_who_is_signed_out_is_told_so(project: Project, page: Page) -> None:
    project.superuser()
    run = make_run(status="running")
    root = sign_in(page, project.live_server())
    page.goto(f"{root}{run.pk}/change/")
    expect(page.locator("#mc-trouble")).to_be_hidden()
    kept = page.context.cookies()
    page.context.clear_cookies()
    link = page.get_by_role("link", name="You have been signed out. Sign in again.")
    expect(link).to_be_visible()
    # The page goes on trying, and is content once it may look again.
    page.context.add_cookies(kept)
    expect(page.locator("#mc-trouble")).to_be_hidden()


def test_users_are_replaced_under_the_page_and_it_works_on(
    project: Project, page: Page
) -> None:
    """The control tables lie in the destination, and its accounts change."""
    project.database("sqlite", "legacy", filled=True)
    project.superuser()
    # Another key and another password than the account that is signed in.
    project.superuser("spare", using="legacy")
    project.superuser("boss", "of-the-source", using="legacy")
    assert project.redis
    project.worker()
    site = project.live_server()
    root = sign_in(page, site)
    page.goto(f"{root}new/?source=legacy&destination=default")
    page.get_by_label("Empty the tables in the destination first").check()
    page.get_by_role("button", name="Check and plan").click()
    expect(page.locator(".mc-found-warning")).to_contain_text("boss")
    expect(page.locator(".mc-doomed")).to_contain_text("auth.User")

    page.get_by_role("button", name="Start migration").click()
    expect(page.locator(".errorlist")).to_be_visible()
    page.fill("#id_typed", "default")
    page.get_by_role("button", name="Start migration").click()
    link = page.get_by_role("link", name="You have been signed out. Sign in again.")
    expect(link).to_be_visible(timeout=60_000)
    # Whoever signs in before users are compared has another last_login there.
    wait_until(lambda: MigrationRun.objects.get().is_ended, 60, "The run did not end")

    link.click()
    page.fill("#id_username", "boss")
    page.fill("#id_password", "of-the-source")
    page.click("input[type=submit]")
    expect(page.locator("#mc-run:not([data-poll])")).to_be_visible(timeout=60_000)
    expect(page.locator("#mc-status")).to_have_text("Succeeded")
    expect(page.locator("#mc-verdict")).to_have_text("Verified")


def test_a_site_that_is_away_for_a_while_is_waited_for(
    project: Project, page: Page
) -> None:
    project.superuser()
    run = make_run(status="running")
    root = sign_in(page, project.live_server())
    page.goto(f"{root}{run.pk}/change/")
    page.context.set_offline(True)
    expect(page.locator("#mc-trouble")).to_contain_text("The site does not answer")
    page.context.set_offline(False)
    expect(page.locator("#mc-trouble")).to_be_hidden(timeout=30_000)


def test_names_and_errors_run_nothing(
    project: Project, page: Page, complaints: list[str]
) -> None:
    evil = "<img src=x onerror=alert(1)>"
    project.superuser()
    run = make_run(status="failed", error=evil, remedy=evil, source=evil)
    make_table(run, evil, error=evil, verdict_reason=evil)
    dialogs: list[Dialog] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog), dialog.dismiss()))
    root = sign_in(page, project.live_server())
    for address in ("", f"{run.pk}/change/", f"{run.pk}/report/"):
        page.goto(root + address)
        expect(page.locator("#content-main")).to_contain_text("<img src=x")
        expect(page.locator("img[src=x]")).to_have_count(0)
    assert dialogs == []
    assert complaints == []


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(
    project: Project, page: Page, width: int
) -> None:
    project.superuser()
    run = make_run(status="failed", error="e" * 300)
    for number in range(5):
        make_table(run, f"application.AModelWithALongName{number}", error="x" * 300)
    Event.objects.create(run=run, status="running", message="y" * 300)
    SchemaObject.objects.create(
        run=run, object_type="index", name="z" * 200, state="not valid"
    )
    page.set_viewport_size({"width": width, "height": 800})
    root = sign_in(page, project.live_server())
    for address in ("", "new/", f"{run.pk}/change/", f"{run.pk}/report/"):
        page.goto(root + address)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, address
