"""A run that has not begun is described anew, with every other choice as it was."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

import pytest

from dashboard.models import MigrationRun
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
            sent.setdefault(found["name"], []).append(found.get("value", "on"))
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


@pytest.mark.parametrize(
    ("query", "name", "value"),
    [
        ("choose=aside:", "on_bad_rows", ["aside"]),
        ("choose=empty:", "empty", ["on"]),
        ("choose=rename:bookshop.Genre.name=", "renamed", None),
        ("choose=exclude:bookshop.Genre", "models", None),
        ("choose=choose:bookshop.Shop", "models", None),
        ("all=strip-nul", "changes", ["bookshop.Genre.name=strip-nul"]),
        ("choose=undo:bookshop.Tag.name", "changes", [""]),
        ("choose=nonsense:1&choose=change:x", "changes", ["bookshop.Tag.name=cut:9"]),
    ],
)
def test_every_choice_finds_its_field(
    project: Project, query: str, name: str, value: list[str] | None
) -> None:
    run = red(project)
    if name == "changes" and "all" not in query:
        MigrationRun.objects.update(changes={"bookshop.Tag.name": "cut:9"})
    data = parse_qsl(query, keep_blank_values=True)
    pairs: dict[str, list[str]] = {}
    for key, chosen in data:
        pairs.setdefault(key, []).append(chosen)
    sent = fields_of(text(sign_in("starter").get(url("edit", run.pk), pairs)))
    expected = {
        "renamed": ["bookshop.Tag=bookshop_tag\nbookshop.Genre.name="],
        "models": sorted({*CHOSEN["labels"], "bookshop.Shop"}),
    }
    if "exclude" in query:
        expected["models"] = ["bookshop.Currency", "bookshop.Tag"]
    assert sorted(sent[name]) == (value if value is not None else expected[name])


def test_a_run_that_has_begun_is_described_no_more() -> None:
    run = make_run(status="running", labels=["bookshop.Genre"])
    browser = sign_in("starter")
    for ask in (browser.get, browser.post):
        answer = ask(url("edit", run.pk), follow=True)
        assert "has changed since it was shown" in text(answer)
    assert MigrationRun.objects.get().labels == ["bookshop.Genre"]
