"""A dry run by a worker: tried table by table, written down, and nothing is left."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.control_database import now_ms
from dashboard.models import MigrationRun, Preflight, TableCopy, Worker
from dashboard.planning.hearing import Stage
from dashboard.report.build import build
from dashboard.report.render import as_csv, as_html, as_json
from dashboard.runner import before_start, controls, dry_runs, preflights
from dashboard.runner.preflights import Kind, Overtaken
from dashboard.runner.refusals import RequestRefused
from tests.dashboard.admin.browsing import sign_in, text, url
from tests.dashboard.planning.checking import SMALL, run_sql
from tests.dashboard.runner.asking import ACTOR, again, log
from tests.dashboard.terminal.test_before_start import dumped
from tests.dashboard.terminal.test_dry_running import LONG
from tests.project import Project, wait_until

pytestmark = pytest.mark.usefixtures("project")


def planned(project: Project, **fields: Any) -> MigrationRun:
    """Plan a copy of which one row will be refused, which nobody looked for."""
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    run_sql(project, "old", LONG)
    described = MigrationRun(
        source="old", destination="new", labels=list(SMALL), scan_values=False, **fields
    )
    run = controls.check(controls.draft(described, ACTOR), ACTOR)
    assert run.status == "ready"
    return run


def state_of(run: MigrationRun) -> str:
    return Preflight.objects.get(run=run, kind=Kind.DRY_RUN).state


def test_a_worker_tries_the_plan_and_page_and_report_say_what_came_of_it(
    project: Project,
) -> None:
    run = planned(project)
    before = dumped(project)
    assert project.redis
    project.worker(concurrency=1)
    browser = sign_in("starter")
    page = text(browser.get(url("change", run.pk)))
    assert url("dry-run", run.pk) in page
    browser.post(url("dry-run", run.pk))
    wait_until(lambda: state_of(run) == "done", 60, "Nobody has tried the plan")

    run = again(run)
    assert run.status == "ready"
    assert dumped(project) == before
    trials = {table.table: table.trial for table in run.tables.all()}
    assert trials["bookshop_genre"]["outcome"] == "equal"
    assert trials["bookshop_genre"]["rows"] > 0
    refused = trials["bookshop_currency"]
    assert refused["outcome"] == "refused"
    assert [one["column"] for one in refused["refused"]] == ["name"]
    assert ("starter", "ready", "A dry run was asked for.") in log(run)

    page = text(browser.get(url("change", run.pk)))
    assert "1 refused" in page
    assert "1 equal" in page
    assert "Dry run again" in page
    (key,) = refused["refused"][0]["key"]
    assert f"{key} (name): " in page
    report = build(run)
    assert [one.dry_run for one in report.tables] == ["refused", "equal"]
    for written in (as_html(report), as_json(report), as_csv(report)):
        assert "refused" in written
    # Another plan has not been tried.
    controls.check(run, ACTOR)
    assert not TableCopy.objects.filter(run=run, trial__isnull=False).exists()


def test_only_a_plan_is_tried_once_at_a_time_and_by_a_worker(project: Project) -> None:
    run = planned(project)
    with pytest.raises(RequestRefused, match="No worker answers"):
        before_start.ask_for_dry_run(run, ACTOR)
    Worker.objects.create(name="one", seen_ms=now_ms())
    before_start.ask_for_dry_run(run, ACTOR)
    with pytest.raises(RequestRefused, match="already"):
        before_start.ask_for_dry_run(run, ACTOR)
    taken = preflights.take(Preflight.objects.get(kind=Kind.DRY_RUN).pk, 1)
    assert taken is not None
    page = text(sign_in("starter").get(url("change", run.pk)))
    assert "Dry run by a worker" in page
    assert url("start", run.pk) in page
    assert url("dry-run", run.pk) not in page
    # Whoever starts the run, or checks it again, ends the dry run.
    working = preflights.Working(taken)
    working.hear(Stage.TRYING, "shop_book", 0, 2)
    controls.start(again(run), ACTOR, again(run).plan_hash)
    assert state_of(run) == "stopped"
    with pytest.raises(Overtaken):
        preflights.Working(taken).hear(Stage.TRYING, "shop_page", 1, 2)
    with pytest.raises(RequestRefused, match="plan of a copy"):
        before_start.ask_for_dry_run(again(run), ACTOR)


def test_a_database_that_is_gone_is_said(project: Project) -> None:
    run = planned(project)
    Worker.objects.create(name="one", seen_ms=now_ms())
    before_start.ask_for_dry_run(run, ACTOR)
    MigrationRun.objects.update(destination_identity="another")
    before_start.perform(Preflight.objects.get(kind=Kind.DRY_RUN).pk, 1)
    assert state_of(run) == "stopped"
    page = text(sign_in("starter").get(url("change", run.pk)))
    assert "The dry run was not finished:" in page
    assert "is another database than" in page


def test_every_outcome_has_a_word() -> None:
    assert set(dry_runs.words()) == {
        dry_runs.EQUAL,
        dry_runs.REFUSED,
        dry_runs.DIFFERS,
        dry_runs.UNPROVED,
        dry_runs.UNTRIED,
    }
