"""What a plan and a dry run come to, in words."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.admin.plan_lines import TROUBLED, plan_seen, rows_tried
from dashboard.models import MigrationRun, TableCopy
from tests.dashboard.admin.browsing import EVIL, sign_in, text, url
from tests.dashboard.runs import make_run, make_table

pytestmark = pytest.mark.usefixtures("project")


def trial(outcome: str, **fields: Any) -> dict[str, Any]:
    nothing = {"message": "", "remedy": "", "refused": [], "differences": 0}
    return {"rows": 10, "outcome": outcome, **nothing, **fields}


def ready() -> MigrationRun:
    run = make_run(status="ready", started_at=None, phase="")
    row = {"key": ["7", "x"], "column": "title", "message": "Too long."}
    lost = {"problem": "missing", "key": ["9"]}
    make_table(run, "shop.A", trial=trial("equal"))
    refused = trial("refused", refused=[row], message="Too long.", remedy="Cut it.")
    make_table(
        run,
        "shop.B",
        trial=refused,
        foreseen={
            "comes_off": [["index", "b_i"], ["index", "b_j"], ["new thing", "b_n"]],
            "sequences": ["SELECT 1", "SELECT 2"],
        },
        changes=[{"column": "title", "change": "cut:9", "values": None}],
    )
    make_table(run, "shop.C", trial=trial("differs", examples=[lost]))
    make_table(run, "shop.D", trial=trial("not tried", message="No key.", rows=0))
    make_table(run, "shop.E")
    return run


def test_a_plan_in_words() -> None:
    tables = list(ready().tables.all())
    seen = plan_seen(tables, {tables[0].pk})
    assert [line.is_emptied for line in seen.lines] == [True, *[False] * 4]
    assert seen.off == "2 indexes, 1 new thing"
    assert (seen.emptied, seen.changed, seen.sequences) == (1, 1, 2)
    assert seen.sql == "SELECT 1;\nSELECT 2;"
    second = seen.lines[1]
    assert second.happens == (
        "2 indexes, 1 new thing off and back, values of 1 column changed,"
        " 2 sequences set"
    )
    assert second.details.splitlines() == [
        *("title: cut:9", "index b_i", "index b_j", "new thing b_n"),
        *("SELECT 1", "SELECT 2"),
    ]
    assert [number for *_words, number in seen.tried] == [1, 1, 1, 1]
    assert seen.tried[0][1] == "failed"
    assert {
        line.table.model: line.trial and line.trial.lines for line in seen.lines
    } == {
        "shop.A": (),
        "shop.B": ("7, x (title): Too long.",),
        "shop.C": ("9: missing",),
        "shop.D": ("No key.",),
        "shop.E": None,
    }
    assert [line.table.model for line in seen.troubled] == [
        "shop.B",
        "shop.C",
        "shop.D",
    ]
    assert seen.not_arriving == 2
    assert rows_tried(seen.lines) == "30"
    many = plan_seen(tables[1:2] * (TROUBLED + 3), ())
    assert (len(many.troubled), many.not_arriving) == (TROUBLED, TROUBLED + 3)


def test_the_page_says_beside_the_start_what_does_not_arrive() -> None:
    run = ready()
    browser = sign_in("starter")
    page = text(browser.get(url("change", run.pk)))
    said = "2 tables whose first rows do not arrive"
    assert said in page
    assert page.index(said) < page.index("Start migration")
    TableCopy.objects.update(trial=trial("refused", message=EVIL, refused=[]))
    page = text(browser.get(url("change", run.pk)))
    assert "<img src=x" not in page
    TableCopy.objects.update(trial=trial("equal"))
    assert "mc-not-arriving" not in text(browser.get(url("change", run.pk)))
