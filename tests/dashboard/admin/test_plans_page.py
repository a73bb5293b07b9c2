"""Plans with a name on the pages: kept, run, edited and deleted."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from dashboard.models import MigrationRun, NamedPlan
from tests.commands import python
from tests.dashboard.admin.browsing import sign_in, text, url
from tests.dashboard.admin.test_edit_page import fields_of
from tests.dashboard.runs import make_run
from tests.project import Project

COMMANDS = {"one": python("1"), "two": python("2"), "three": python("3")}


@pytest.fixture
def pair(project: Project) -> Project:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new")
    return project


def plan(**choices: Any) -> NamedPlan:
    return NamedPlan.objects.create(
        name="nightly", source="old", destination="new", choices=choices
    )


@override_settings(MIGRATION_CONSOLE={"COMMANDS": COMMANDS})
def test_what_was_chosen_is_kept_run_and_edited(pair: Project) -> None:
    browser = sign_in("starter")
    page = text(browser.get(url("new"), {"source": "old", "destination": "new"}))
    sent = fields_of(page)
    chosen = {"models": ["bookshop.Tag", "bookshop.Genre"], "verify": "counts"}
    commands = {"commands_before": ["two", "one"], "commands_after": ["three"]}
    sent |= {**chosen, **commands, "empty": "on", "keep_as": "nightly"}
    answer = browser.post(url("new"), {**sent, "only_keep": "1"}, follow=True)
    assert "Plan “nightly” is kept." in text(answer)
    assert not MigrationRun.objects.exists()
    (kept,) = NamedPlan.objects.all()
    assert (kept.created_by, kept.source, kept.destination) == ("starter", "old", "new")
    assert kept.choices["empty_first"] is True
    assert kept.choices["commands_before"] == ["two", "one"]

    # The same name again is somebody else's plan.
    answer = browser.post(url("new"), sent)
    assert "There is a plan called &#x27;nightly&#x27; already." in text(answer)
    assert not MigrationRun.objects.exists()

    answer = browser.post(url("plan_run", kept.pk), follow=True)
    run = MigrationRun.objects.get()
    assert (run.status, run.named_plan) == ("ready", kept), text(answer)
    assert sorted(run.labels) == sorted(chosen["models"])
    assert [call.name for call in run.calls.all()] == ["two", "one", "three"]
    assert (run.verify, run.empty_first) == ("counts", True)
    # Nothing is started by that, and what it deletes is still to be confirmed.
    assert run.started_at is None
    page = text(browser.get(url("plans")))
    assert "Run 1" in page
    assert "Ready" in page

    page = text(browser.get(url("new"), {"plan": kept.pk}))
    again = fields_of(page)
    assert sorted(again["models"]) == sorted(chosen["models"])
    # Those that are chosen stand first, in their order.
    assert again["commands_before"] == ["two", "one"]
    assert again["keep_as"] == ["nightly"]
    again |= {"models": ["bookshop.Tag"], "only_keep": "1"}
    browser.post(url("new"), again)
    (kept,) = NamedPlan.objects.all()
    assert kept.choices["labels"] == ["bookshop.Tag"]
    assert MigrationRun.objects.count() == 1

    browser.post(url("plan_delete", kept.pk))
    assert not NamedPlan.objects.exists()
    assert MigrationRun.objects.get().named_plan is None


@override_settings(MIGRATION_CONSOLE={"COMMANDS": COMMANDS})
def test_what_is_not_there_any_more_is_named_and_left_out_by_an_edit(
    pair: Project,
) -> None:
    labels = ["bookshop.Tag", "bookshop.Gone"]
    kept = plan(labels=labels, commands_after=["one", "lost"], mode="copy")
    browser = sign_in("starter")
    answer = browser.post(url("plan_run", kept.pk), follow=True)
    run = MigrationRun.objects.get()
    assert run.status == "draft"
    assert "&#x27;bookshop.Gone&#x27; is neither an app nor a model" in text(answer)
    assert "has no command &#x27;lost&#x27;" in text(answer)
    page = text(browser.get(url("new"), {"plan": kept.pk}))
    assert "bookshop.Gone, lost" in page
    sent = fields_of(page)
    assert (sent["models"], sent["commands_after"]) == (["bookshop.Tag"], ["one"])
    browser.post(url("new"), {**sent, "verify": "full", "triggers": "keep"})
    assert MigrationRun.objects.first().status == "ready"  # type: ignore[union-attr]

    NamedPlan.objects.update(source="elsewhere", choices={"new_in_2030": 1})
    answer = browser.post(url("plan_run", kept.pk), follow=True)
    assert "holds options that this version lacks: new_in_2030" in text(answer)
    assert MigrationRun.objects.count() == 2
    page = text(browser.get(url("new"), {"plan": kept.pk}))
    assert "elsewhere is not one of the available choices" in page
    pair_ = {"plan": kept.pk, "source": "old", "destination": "new"}
    assert fields_of(text(browser.get(url("new"), pair_)))["keep_as"] == ["nightly"]


def test_an_old_run_is_planned_anew_and_kept(pair: Project) -> None:
    old = make_run(source="old", destination="new", labels=["bookshop.Tag"])
    browser = sign_in("starter")
    page = text(browser.get(url("new"), {"run": old.pk}))
    assert fields_of(page)["models"] == ["bookshop.Tag"]
    for name, number in ((" weekly ", 1), ("weekly", 1), ("", 1)):
        browser.post(url("keep", old.pk), {"name": name})
        assert NamedPlan.objects.count() == number
    old.refresh_from_db()
    assert old.named_plan == NamedPlan.objects.get(name="weekly")


@override_settings(MIGRATION_CONSOLE={"COMMANDS": COMMANDS})
def test_a_command_is_chosen_from_the_list_or_not_at_all(pair: Project) -> None:
    browser = sign_in("starter")
    page = text(browser.get(url("new"), {"source": "old", "destination": "new"}))
    sent = {**fields_of(page), "commands_after": ["one; rm -rf /"]}
    answer = browser.post(url("new"), sent)
    assert "is not one of the available choices" in text(answer)
    assert not MigrationRun.objects.exists()


def test_a_plan_says_which_rows_it_takes_and_into_what(project: Project) -> None:
    plan(
        labels=["shop.Order"],
        filters={"shop.Order": [["id__gt", "1"]]},
        newer={"shop.Line": "id"},
        modes={"*": "merge", "shop.Log": "missing"},
    )
    page = text(sign_in("starter").get(url("plans")))
    assert "only some rows of shop.Order; newer than the last run: shop.Line" in page
    assert "into tables that hold rows: merge, shop.Log=missing" in page
    assert "id__gt" not in page
