"""What the checks found, by model, with what mends it; bounded however much it is."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.models import Finding, MigrationRun
from dashboard.planning.checked_plan import Found
from dashboard.planning.choices import choices_for
from dashboard.planning.known_checks import KNOWN_CHECKS
from tests.dashboard.admin.browsing import EVIL, sign_in, text, url
from tests.dashboard.runs import make_run, make_table

pytestmark = pytest.mark.usefixtures("project")

LEVELS = {"E": "error", "W": "warning", "I": "info"}


def with_findings(models: int, *, each: int) -> MigrationRun:
    """Make a run with findings of every check there is, spread over its models."""
    run = make_run(status="draft", started_at=None, phase="")
    found = []
    for number in range(models):
        model = f"shop.Model{number:03}"
        off = [["index", f"shop_{number}_i"], ["foreign key", f"shop_{number}_fk"]]
        make_table(run, model, foreseen={"comes_off": off, "sequences": ["SELECT 1"]})
        for place in range(number * each, (number + 1) * each):
            check = KNOWN_CHECKS[place % len(KNOWN_CHECKS)]
            remedy = f"{check.remedy} --change {model}.title=strip-nul"
            one = Found(check.id, LEVELS[check.number[0]], check.cause, remedy, model)
            choices = [[choice.kind, choice.value] for choice in choices_for(one)]
            found.append(
                Finding(
                    run=run,
                    check_name=one.check,
                    level=one.level,
                    model=model,
                    message=one.message,
                    remedy=remedy,
                    choices=choices,
                )
            )
    Finding.objects.bulk_create(found)
    return run


def test_300_tables_with_findings_of_every_kind_ask_no_more_than_three() -> None:
    runs = with_findings(3, each=50), with_findings(300, each=6)
    browser = sign_in("starter")
    counts = []
    for run in runs:
        for name in ("change", "findings"):
            browser.get(url(name, run.pk))
            with CaptureQueriesContext(connection) as queries:
                answer = browser.get(url(name, run.pk))
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
    assert counts[0] <= 26
    # All of a level is counted, and a part of it shown, with links to the rest.
    page = text(answer)
    assert len(page) < 1_000_000
    page = text(browser.get(url("change", runs[1].pk)))
    assert page.count("<strong>") < 200
    assert "More models" in page
    assert url("findings", runs[1].pk) in page


def test_what_blocks_is_first_and_each_finding_leads_to_what_mends_it() -> None:
    run = make_run(status="draft", started_at=None)
    rows = [
        ("I110", "info", "shop.Book", "A note.", []),
        ("W120", "warning", "shop.Page", "A warning.", [["choose", "shop.Author"]]),
        ("E140", "error", "", "Rows stand there.", [["empty", ""]]),
        ("E217", "error", "shop.Book", EVIL, [["change", "shop.Book.title=strip-nul"]]),
        ("E217", "error", "shop.Page", "NUL.", [["change", "shop.Page.t=strip-nul"]]),
    ]
    for check, level, model, message, choices in rows:
        Finding.objects.create(
            run=run,
            check_name=check,
            level=level,
            model=model,
            message=message,
            choices=choices,
        )
    page = text(sign_in("starter").get(url("change", run.pk)))
    places = [page.index(said) for said in ("NUL.", "A warning.", "A note.")]
    assert places == sorted(places)
    assert EVIL not in page
    links = re.findall(r'<a href="([^"]*/edit/[^"]+)">([^<]+)</a>', page)
    assert [(unescape(to).partition("?")[2], said) for to, said in links] == [
        ("all=strip-nul", "strip-nul, in all 2 columns"),
        ("choose=empty%3A", "Empty them first"),
        ("choose=change%3Ashop.Book.title%3Dstrip-nul", "Change: strip-nul"),
        ("choose=change%3Ashop.Page.t%3Dstrip-nul", "Change: strip-nul"),
        ("choose=choose%3Ashop.Author", "Copy shop.Author too"),
    ]
    # Whoever may not choose is led nowhere.
    assert "/edit/" not in text(sign_in("viewer").get(url("change", run.pk)))
    one = text(sign_in("viewer").get(url("findings", run.pk), {"model": "shop.Page"}))
    assert "A warning." in one
    assert "A note." not in one
