"""Checks that have stopped are begun again, or the run is discarded."""

from __future__ import annotations

import signal
import threading

import pytest
from django.db import connections
from django.test import override_settings

from dashboard.control_database import now_ms
from dashboard.models import MigrationRun
from dashboard.runner import checking, controls
from dashboard.runner.checking import Checks
from dashboard.runner.refusals import RequestRefused
from tests.dashboard.admin.browsing import sign_in, text, url
from tests.dashboard.runner.asking import ACTOR, again, in_status, log
from tests.project import Project, wait_until

pytestmark = pytest.mark.usefixtures("project")

CHECKS = """
import django; django.setup()
from dashboard.models import MigrationRun
from dashboard.runner import controls
run = controls.draft(MigrationRun(source="old", destination="new"), "tests")
controls.check(run, "tests")
"""


def test_checks_whose_process_is_killed_are_made_again(project: Project) -> None:
    project.options["LEASE_SECONDS"] = 3
    project.database("sqlite", "old")
    project.database("sqlite", "new")
    process = project.process(
        "The checks",
        *("-c", CHECKS),
        environment={"MIGRATION_CONSOLE_FAILPOINTS": "run checked=kill"},
    )
    assert process.popen.wait(60) == -signal.SIGKILL
    run = MigrationRun.objects.get()
    assert run.status == "checking"
    with override_settings(MIGRATION_CONSOLE=project.options):
        wait_until(lambda: checking.is_silent(run), 20, "The checks are not silent")

        controls.check(run, ACTOR)

    assert again(run).status == "ready"
    assert [entry[1] for entry in log(run)] == ["checking", "checking", "ready"]


def test_whoever_is_overtaken_says_nothing_any_more() -> None:
    run = in_status("checking")
    with Checks(run) as first:
        assert first.are_ours()
        with Checks(run) as second:
            assert not first.are_ours()
            with pytest.raises(RequestRefused, match="by somebody else"):
                first.require()
            second.require()
    MigrationRun.objects.filter(pk=run.pk).update(status="cancelled")
    assert not second.are_ours()


def test_checks_that_go_on_are_heard_of() -> None:
    with override_settings(MIGRATION_CONSOLE={"LEASE_SECONDS": 0.4}):
        run = in_status("checking")
        with Checks(run):
            MigrationRun.objects.filter(pk=run.pk).update(alive_ms=0)
            wait_until(lambda: not checking.is_silent(run), 10, "Nothing is heard")


def test_stopped_checks_are_discarded_and_going_ones_are_not() -> None:
    run = in_status("checking", alive_ms=now_ms(), started_at=None)
    with pytest.raises(RequestRefused, match="is being checked"):
        controls.cancel(run, ACTOR)
    assert again(run).status == "checking"
    MigrationRun.objects.filter(pk=run.pk).update(alive_ms=0)
    controls.cancel(run, ACTOR)
    assert again(run).status == "cancelled"


def test_the_page_offers_both_once_the_checks_have_stopped() -> None:
    run = in_status("checking", alive_ms=now_ms(), started_at=None)
    browser = sign_in("starter")
    assert url("discard", run.pk) not in text(browser.get(url("change", run.pk)))
    MigrationRun.objects.filter(pk=run.pk).update(alive_ms=0)
    page = text(browser.get(url("change", run.pk)))
    assert "The checks have stopped" in page
    assert url("check", run.pk) in page
    browser.post(url("discard", run.pk))
    assert again(run).status == "cancelled"


def test_of_two_who_check_stopped_checks_again_one_is_refused() -> None:
    run = in_status("checking", alive_ms=0, started_at=None)
    barrier = threading.Barrier(2)
    refused: list[RequestRefused] = []

    def ask() -> None:
        try:
            barrier.wait(10)
            controls.check(again(run), ACTOR)
        except RequestRefused as error:
            refused.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(refused) <= 1
    assert again(run).status == "draft"
