"""Checks that a worker makes: how far they are, and what becomes of lost ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from dashboard.control_database import now_ms
from dashboard.models import MigrationRun, Preflight
from dashboard.planning.hearing import Stage
from dashboard.runner import before_start, controls, preflights, stalls
from dashboard.runner.checking import Checks
from dashboard.runner.preflights import Kind, Overtaken, Working
from dashboard.runner.refusals import RequestRefused
from tests.dashboard.planning.checking import run_sql
from tests.dashboard.runner.asking import ACTOR, again, log
from tests.dashboard.terminal.test_before_start import GENRE
from tests.project import Project, wait_until

LABELS = ["bookshop.Currency", "bookshop.Genre"]


def drafted(project: Project, **fields: Any) -> MigrationRun:
    project.database("sqlite", "old", filled=True, rows=200)
    project.database("sqlite", "new")
    described = MigrationRun(source="old", destination="new", labels=LABELS, **fields)
    return controls.draft(described, ACTOR)


def asked_of(run: MigrationRun, kind: Kind = Kind.CHECKS) -> Preflight:
    return Preflight.objects.get(run=run, kind=kind)


def ended(run: MigrationRun) -> bool:
    return again(run).status != "checking"


def test_a_worker_checks_and_one_that_dies_leaves_a_draft(project: Project) -> None:
    project.options["LEASE_SECONDS"] = 3
    run = drafted(project)
    assert project.redis
    once = project.directory / "once"
    project.worker(
        concurrency=1,
        environment={"MIGRATION_CONSOLE_FAILPOINTS": f"run checked=kill:{once}"},
    )
    with override_settings(MIGRATION_CONSOLE=project.options):
        assert before_start.is_worker_there()
        before_start.ask_for_checks(run, ACTOR)
        # The worker's main process sees that the one at work is gone.
        wait_until(lambda: ended(run), 30, "The checks go on for ever")
        assert again(run).status == "draft"
        lost = asked_of(run)
        assert lost.state == "stopped"
        assert "is gone" in lost.error
        assert log(run)[-1][1:] == ("draft", lost.error)

        before_start.ask_for_checks(again(run), "anna")
        done = wait_until(lambda: finished(run), 30, "No worker has checked")
    run = again(run)
    assert run.status == "ready"
    assert run.checked_at is not None
    assert run.checked_seconds is None
    assert run.tables.count() == 2
    # At the end it stands where it was last.
    assert (done.state, done.number, done.error) == ("done", 3, "")
    assert done.stage == "together"
    assert log(run)[-1][:2] == ("anna", "ready")


def finished(run: MigrationRun) -> Preflight | None:
    return Preflight.objects.filter(run=run, state="done").first()


@pytest.mark.usefixtures("project")
class TestWithoutWorker:
    """What is asked while no worker answers, on rows alone."""

    def asked(self, project: Project) -> MigrationRun:
        run = drafted(project)
        before_start.ask_for_checks(run, ACTOR)
        return run

    def test_a_second_click_asks_nobody_a_second_time(self, project: Project) -> None:
        run = self.asked(project)
        with pytest.raises(RequestRefused, match="asked for the checks already"):
            before_start.ask_for_checks(again(run), ACTOR)
        assert asked_of(run).number == 1

    def test_the_checks_can_be_made_here_instead(self, project: Project) -> None:
        run = self.asked(project)
        number = asked_of(run).number
        controls.check(again(run), ACTOR)
        assert again(run).status == "ready"
        assert again(run).checked_seconds == 10
        # The call may still arrive.
        before_start.perform(asked_of(run).pk, number)
        assert asked_of(run).state == "stopped"
        assert len(log(run)) == 3

    def test_a_call_that_is_lost_is_sent_again(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = self.asked(project)
        sent: list[Preflight] = []
        monkeypatch.setattr(preflights, "send", sent.append)
        stalls.look()
        assert sent == []
        Preflight.objects.update(sent_ms=0)
        stalls.look()
        stalls.look()
        assert sent == [asked_of(run)]

    def test_what_is_stopped_or_overtaken_is_not_said(self, project: Project) -> None:
        run = self.asked(project)
        taken = preflights.take(asked_of(run).pk, 1)
        assert taken is not None
        assert preflights.take(taken.pk, 1) is None
        checks = Checks(taken.run)
        working = Working(taken)
        working.hear(Stage.VALUES, "shop_book", 3, 7)
        noted = asked_of(run)
        assert (noted.table, noted.done, noted.total) == ("shop_book", 3, 7)
        working.hear(Stage.VALUES, "shop_page", 4, 7)
        assert asked_of(run).table == "shop_book"  # once a second
        with pytest.raises(RequestRefused, match="being checked"):
            before_start.ask_for_checks(again(run), ACTOR)

        before_start.stop(again(run), ACTOR, "checks")
        with pytest.raises(Overtaken):
            working.hear(Stage.ORPHANS)
        assert not working.end()
        assert not checks.are_ours()
        assert again(run).status == "draft"
        with pytest.raises(RequestRefused, match="any more"):
            before_start.stop(again(run), ACTOR, "checks")

    def test_a_frozen_worker_says_nothing_later(self, project: Project) -> None:
        run = self.asked(project)
        taken = preflights.take(asked_of(run).pk, 1)
        assert taken is not None
        checks = Checks(taken.run)
        Preflight.objects.update(alive_ms=now_ms() - 60_000)
        stalls.look()
        assert again(run).status == "draft"
        with pytest.raises(Overtaken):
            Working(taken).hear(Stage.ORPHANS)
        with pytest.raises(RequestRefused):
            checks.require()

    def test_a_run_that_waits_for_a_worker_is_discarded(self, project: Project) -> None:
        run = self.asked(project)
        controls.cancel(again(run), ACTOR)
        before_start.perform(asked_of(run).pk, 1)
        assert again(run).status == "cancelled"


def test_a_start_long_after_the_checks_makes_those_of_the_structure_again(
    project: Project,
) -> None:
    run = controls.check(drafted(project), ACTOR)
    old = timezone.now() - timedelta(hours=2)
    MigrationRun.objects.update(checked_at=old)
    run_sql(project, "new", GENRE["sqlite"])
    with pytest.raises(RequestRefused, match="hold rows"):
        controls.start(again(run), ACTOR, again(run).plan_hash)
    run_sql(project, "new", "DELETE FROM bookshop_genre")
    run_sql(project, "new", "ALTER TABLE bookshop_genre ADD COLUMN more integer")
    run_sql(project, "old", "ALTER TABLE bookshop_genre ADD COLUMN more integer")
    with pytest.raises(RequestRefused, match="not as they were"):
        controls.start(again(run), ACTOR, again(run).plan_hash)
    assert again(run).status == "ready"
    # As it is now, once somebody has seen it.
    controls.check(again(run), ACTOR)
    MigrationRun.objects.update(checked_at=old)
    controls.start(again(run), ACTOR, again(run).plan_hash)
    assert again(run).status == "running"
