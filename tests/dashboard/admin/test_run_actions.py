from __future__ import annotations

import re
import time
from unittest.mock import patch

import pytest
from django.core import signing

from dashboard.admin.site_pages import SitePages
from dashboard.models import MigrationRun
from dashboard.runner import controls
from tests import oracle
from tests.dashboard.admin.browsing import (
    confirmation,
    ended,
    ready,
    sign_in,
    text,
    url,
)
from tests.dashboard.planning.checking import files, run_sql
from tests.dashboard.runs import make_run
from tests.project import Project

pytestmark = pytest.mark.usefixtures("project")

GENRE = "INSERT INTO bookshop_genre (id, name, \"order\") VALUES (1, 'one', 0)"


def test_a_refusal_is_told_with_its_remedy() -> None:
    run = ended()
    answer = sign_in("superuser").post(url("pause", run.pk), follow=True)
    assert "errornote" in text(answer) or 'class="error"' in text(answer)
    assert MigrationRun.objects.get(pk=run.pk).status == "succeeded"


@pytest.mark.parametrize("typed", ["", "legacy", "Default"])
def test_deleting_needs_the_name_of_the_destination(typed: str) -> None:
    run = ready()
    data = {"plan_hash": run.plan_hash, "typed": typed}
    data["confirmation"] = confirmation(run, "starter")
    answer = sign_in("starter").post(url("start", run.pk), data)
    assert answer.status_code == 200
    assert "errorlist" in text(answer)
    assert MigrationRun.objects.get(pk=run.pk).status == "ready"


def test_checks_that_end_meanwhile_start_nothing_unconfirmed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = ready()
    seen = MigrationRun.objects.get(pk=run.pk)
    seen.status = "checking"
    monkeypatch.setattr(SitePages, "find", lambda pages, pk: seen)
    data = {"plan_hash": run.plan_hash, "typed": "", "confirmation": ""}
    sign_in("starter").post(url("start", run.pk), data)
    assert MigrationRun.objects.get(pk=run.pk).status == "ready"


def test_a_plan_that_has_changed_is_not_started() -> None:
    run = ready()
    data = {"plan_hash": "cd" * 32, "typed": "default"}
    data["confirmation"] = confirmation(run, "starter")
    answer = sign_in("starter").post(url("start", run.pk), data, follow=True)
    assert "plan has changed" in text(answer)
    assert MigrationRun.objects.get(pk=run.pk).status == "ready"


def test_a_start_is_of_the_checks_that_were_shown() -> None:
    """Others may plan the same, and warn of what nobody has read."""
    run = ready()
    run.tables.update(rows_before=0, rows_confirmed=0)
    browser = sign_in("starter")
    page = text(browser.get(url("change", run.pk)))
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', page)
    shown = {name: value for name, value in fields if name in ("plan_hash", "checked")}
    assert len(shown) == 2
    MigrationRun.objects.update(check_number=run.check_number + 1)
    answer = browser.post(url("start", run.pk), shown, follow=True)
    assert "has changed since it was shown" in text(answer)
    assert MigrationRun.objects.get(pk=run.pk).status == "ready"
    MigrationRun.objects.update(check_number=run.check_number)
    browser.post(url("start", run.pk), shown)
    assert MigrationRun.objects.get(pk=run.pk).status == "running"


def test_a_confirmation_is_good_for_its_person_its_plan_and_an_hour() -> None:
    run = ready()
    other = ready()
    good = confirmation(run, "starter")
    an_hour_ago = time.time() - 3601
    with patch.object(signing.time, "time", return_value=an_hour_ago):
        old = confirmation(run, "starter")
    run.confirmations = 1
    used = confirmation(run, "starter")
    run.confirmations, run.plan_hash = 0, "cd" * 32
    changed = confirmation(run, "starter")
    for given, told in (
        (old, "more than an hour old"),
        (confirmation(run, "operator"), "Somebody else was asked"),
        (confirmation(other, "starter"), "Somebody else was asked"),
        (changed, "plan has changed"),
        (used, "has been used"),
        ("", "is missing"),
        (good[:-1] + "!", "is missing"),
    ):
        data = {"plan_hash": "ab" * 32, "typed": "default", "confirmation": given}
        answer = sign_in("starter").post(url("start", run.pk), data)
        assert told in text(answer), told
        assert MigrationRun.objects.get(pk=run.pk).status == "ready"
    data["confirmation"] = good
    assert sign_in("starter").post(url("start", run.pk), data).status_code == 302
    run = MigrationRun.objects.get(pk=run.pk)
    assert (run.status, run.confirmations, run.confirmed_by) == (
        "running",
        1,
        "starter",
    )
    said = run.events.get(status="running").message
    assert said.endswith("Deleting 1234 rows of 1 tables was confirmed.")


def test_a_started_run_is_not_discarded() -> None:
    run = make_run()
    sign_in("starter").post(url("discard", run.pk))
    assert MigrationRun.objects.get(pk=run.pk).status == "running"


def test_emptying_is_planned_with_every_other_choice_as_it_was(
    project: Project,
) -> None:
    files(project)
    run_sql(project, "new", GENRE)
    choices = {"labels": ["bookshop.Genre"], "verify": "counts", "lane_count": 1}
    run = controls.draft(MigrationRun(source="old", destination="new", **choices), "a")
    controls.check(run, "a")
    assert run.status == "draft"
    browser = sign_in("starter")
    page = text(browser.get(url("change", run.pk)))
    box = page.split("mc-offer")[1].split("</section>")[0]
    assert "bookshop.Genre" in box
    assert "1 rows in 1 table" in box
    assert "--empty" not in page

    browser.post(url("empty", run.pk))

    run = MigrationRun.objects.get(pk=run.pk)
    assert (run.status, run.empty_first) == ("ready", True)
    assert {name: getattr(run, name) for name in choices} == choices
    page = text(browser.get(url("change", run.pk)))
    assert "mc-offer" not in page
    assert "id_typed" in page
    assert oracle.row_counts(project.entry("new"))["bookshop_genre"] == 1


def test_a_comparison_and_a_started_run_empty_nothing() -> None:
    for run in (make_run(), ended(), ready(mode="compare")):
        status = run.status
        sign_in("starter").post(url("empty", run.pk))
        run.refresh_from_db()
        assert run.status == status
    assert not MigrationRun.objects.filter(mode="copy", empty_first=True).exists()


def test_a_draft_is_discarded_by_whoever_may_start() -> None:
    run = ready()
    sign_in("starter").post(url("discard", run.pk))
    assert MigrationRun.objects.get(pk=run.pk).status == "cancelled"


def test_a_speed_form_that_somebody_was_faster_than_changes_nothing() -> None:
    run = make_run(
        status="running", executor="terminal", lane_count=2, destination="new"
    )
    browser = sign_in("superuser")
    page = text(browser.get(url("change", run.pk)))
    for name, value in (("shown_lanes", "2"), ("shown_rows", "")):
        (field,) = re.findall(rf'<input[^>]*name="{name}"[^>]*>', page)
        assert 'type="hidden"' in field
        assert ("value" in field) is bool(value)
    shown = {"shown_lanes": "2", "shown_rows": ""}
    browser.post(url("pace", run.pk), {"lanes": "3", "rows_per_second": "70", **shown})
    answer = browser.post(
        url("pace", run.pk),
        {"lanes": "2", "rows_per_second": "900", **shown},
        follow=True,
    )
    assert "The speed was changed since it was shown: lanes 3, 70 rows" in text(answer)
    found = MigrationRun.objects.get(pk=run.pk)
    assert (found.lane_count, found.rows_per_second) == (3, 70)
