"""A run that has not begun is described anew, with every other choice as it was."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import override_settings

from dashboard.admin.prefilled import Prefilled
from dashboard.models import Finding, MigrationRun
from dashboard.runner import controls
from tests.dashboard.admin.browsing import sign_in, text, url
from tests.dashboard.planning.checking import run_sql
from tests.dashboard.runs import make_run
from tests.project import Project

pytestmark = pytest.mark.usefixtures("project")

CHOSEN: dict[str, Any] = {
    "labels": ["bookshop.Currency", "bookshop.Genre", "bookshop.Tag"],
    "excluded": ["bookshop.Book_genres"],
    "renamed": {"bookshop.Tag": "bookshop_tag"},
    "verify": "counts",
    "lane_count": 1,
    "rows_per_second": 700,
    "chunk_rows": 40,
    "triggers": "off",
}


def red(project: Project, **fields: Any) -> MigrationRun:
    """Check a run of which names of genres hold NUL, which PostgreSQL refuses."""
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    run_sql(project, "old", "UPDATE bookshop_genre SET name = name || char(0)")
    run = MigrationRun(source="old", destination="new", **{**CHOSEN, **fields})
    return controls.check(controls.draft(run, "tests"), "tests")


def fields_of(page: str) -> dict[str, Any]:
    """What a browser would send of the form as it is."""
    form = page.partition('id="mc-new"')[2]
    sent: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        found = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        is_tick = found.get("type") in ("checkbox", "radio")
        if "name" in found and (not is_tick or " checked" in tag):
            sent.setdefault(found["name"], []).append(
                found.get("value", "on" if is_tick else "")
            )
    for name, text_ in re.findall(
        r'<textarea name="(\w+)"[^>]*>\s*(.*?)</textarea>', form, re.S
    ):
        sent[name] = [text_]
    for name, options in re.findall(r'<select name="(\w+)"(.*?)</select>', form, re.S):
        sent[name] = re.findall(r'value="(\w+)" selected', options)
    return sent


def test_one_click_leads_to_the_choice_that_mends_and_keeps_all_others(
    project: Project,
) -> None:
    run = red(project)
    assert run.status == "draft"
    old_hash = run.plan_hash
    browser = sign_in("starter")
    page = text(browser.get(url("change", run.pk)))
    (link,) = re.findall(r'href="([^"]*/edit/\?choose=change[^"]*strip-nul)"', page)
    answer = browser.get(link)
    page = text(answer)
    assert "Values of bookshop.Genre.name: strip-nul" in page
    sent = fields_of(page)
    assert sent["changes"] == ["bookshop.Genre.name=strip-nul"]
    assert sent["renamed"] == ["bookshop.Tag=bookshop_tag"]
    assert sorted(sent["models"]) == sorted(CHOSEN["labels"])
    assert sent["excluded"] == ["bookshop.Book_genres"]
    # A look changes nothing.
    assert MigrationRun.objects.get().changes == {}

    answer = browser.post(url("edit", run.pk), sent, follow=True)
    found = MigrationRun.objects.get()
    assert (found.pk, found.status) == (run.pk, "ready"), text(answer)
    assert found.changes == {"bookshop.Genre.name": "strip-nul"}
    for name, value in CHOSEN.items():
        kept = getattr(found, name)
        assert (sorted(kept) if isinstance(kept, list) else kept) == value, name
    assert found.plan_hash not in ("", old_hash)


def test_every_field_of_the_form_is_taken(project: Project) -> None:
    run = red(project)
    browser = sign_in("starter")
    sent = fields_of(text(browser.get(url("edit", run.pk))))
    new = {
        "mode": "copy",
        "models": ["bookshop.Tag"],
        "excluded": [],
        "empty": "on",
        "modes": "bookshop.Tag=missing",
        "verify": "full",
        "on_bad_rows": "aside",
        "triggers": "keep",
        "renamed": "",
        "no_scan": "on",
        "changes": "bookshop.Tag.name=strip-nul",
        "transforms": "bookshop.Tag=none",
        "filters": "bookshop.Tag id__gt=1",
        "newer": "bookshop.Tag id",
        "with_parents": "on",
        "lanes": "2",
        "rows_per_second": "900",
    }
    assert sent.keys() - {"csrfmiddlewaretoken", "source", "destination"} <= new.keys()
    browser.post(url("edit", run.pk), new)
    found = MigrationRun.objects.values().get()
    assert found["checked_at"] is not None
    assert {name: found[name] for name in controls.DESCRIBED} == {
        "labels": ["bookshop.Tag"],
        "excluded": [],
        "renamed": {},
        "changes": {"bookshop.Tag.name": "strip-nul"},
        "transforms": {"bookshop.Tag": "none"},
        "filters": {"bookshop.Tag": [["id__gt", "1"]]},
        "newer": {"bookshop.Tag": "id"},
        "with_parents": True,
        "scan_values": False,
        "empty_first": True,
        "modes": {"*": "replace", "bookshop.Tag": "missing"},
        "verify": "full",
        "on_bad_rows": "aside",
        "triggers": "keep",
        "lane_count": 2,
        "rows_per_second": 900,
        "commands_before": [],
        "commands_after": [],
        "mode": "copy",
        "executor": "workers",
    }


INJECTED = "change:bookshop.Genre.name=strip-nul\nbookshop.Tag.name=cut:1"
CHOICES: list[tuple[dict[str, str], str, list[str]]] = [
    ({"choose": "aside:"}, "on_bad_rows", ["aside"]),
    ({"choose": "empty:"}, "empty", ["on"]),
    (
        {"choose": "rename:bookshop.Genre.name="},
        "renamed",
        ["bookshop.Tag=bookshop_tag\nbookshop.Genre.name="],
    ),
    (
        {"choose": "exclude:bookshop.Genre"},
        "models",
        ["bookshop.Currency", "bookshop.Tag"],
    ),
    (
        {"choose": "choose:bookshop.Shop"},
        "models",
        sorted({*CHOSEN["labels"], "bookshop.Shop"}),
    ),
    (
        {"all": "strip-nul"},
        "changes",
        ["bookshop.Tag.name=cut:9\nbookshop.Genre.name=strip-nul"],
    ),
    ({"choose": "undo:bookshop.Tag.name"}, "changes", [""]),
]


def test_every_choice_that_is_offered_finds_its_field_and_no_other_does(
    project: Project,
) -> None:
    run = red(project)
    MigrationRun.objects.update(changes={"bookshop.Tag.name": "cut:9"})
    browser = sign_in("starter")

    def filled(query: dict[str, str]) -> tuple[str, dict[str, Any]]:
        page = text(browser.get(url("edit", run.pk), query))
        return page, {**fields_of(page), "csrfmiddlewaretoken": ""}

    _page, as_it_is = filled({})
    for one in run.findings.all():
        one.choices = [each for each in one.choices if each[0] == "change"]
        one.save()
    offered = Finding.objects.create(run=run, check_name="x", level="warning")
    for query, name, value in CHOICES:
        if "choose" in query:
            page, sent = filled(query)
            assert "no longer offered" in page
            assert sent == as_it_is, query
            offered.choices = [[*query["choose"].partition(":")[::2]]]
            offered.save()
        page, sent = filled(query)
        assert "no longer offered" not in page
        assert sorted(sent[name]) == value
        assert {n for n in sent if sent[n] != as_it_is.get(n)} == {name}
        offered.choices = []
        offered.save()
    for choice in (INJECTED, "nonsense:1", "change:x", ""):
        page, sent = filled({"choose": choice})
        assert "no longer offered" in page
        assert sent == as_it_is


def test_a_table_that_no_line_is_about_stays_chosen(project: Project) -> None:
    project.database("sqlite", "old")
    project.database("sqlite", "new")
    labels = ["bookshop.Book_genres", "bookshop.Tag"]
    fields = {"source": "old", "destination": "new", "labels": labels}
    run = make_run(status="draft", started_at=None, **fields)
    browser = sign_in("starter")
    sent = fields_of(text(browser.get(url("edit", run.pk))))
    assert sorted(sent["models"]) == labels
    browser.post(url("edit", run.pk), {**sent, "rows_per_second": ""})
    assert sorted(MigrationRun.objects.get().labels) == labels
    assert set(run.tables.values_list("model", flat=True)) == set(labels)


def test_a_change_of_the_settings_is_taken_back_there(project: Project) -> None:
    run = make_run(status="draft", started_at=None)
    project.options["CHANGES"] = {"bookshop.Tag.name": "cut:9"}
    with override_settings(MIGRATION_CONSOLE=project.options):
        filled = Prefilled.of(run, [])
        filled.choose("undo", "bookshop.Tag.name", [])
    assert filled.said == [
        "Take the change of bookshop.Tag.name out of the project’s settings"
    ]


def test_a_run_that_has_begun_is_described_no_more() -> None:
    run = make_run(status="running", labels=["bookshop.Genre"])
    browser = sign_in("starter")
    for ask in (browser.get, browser.post):
        answer = ask(url("edit", run.pk), follow=True)
        assert "has changed since it was shown" in text(answer)
    assert MigrationRun.objects.get().labels == ["bookshop.Genre"]
