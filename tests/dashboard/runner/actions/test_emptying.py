"""A table is emptied once, and never after rows were copied into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import OperationalError, connections
from django.test import override_settings

from dashboard.models import Lane, MigrationRun, Step
from dashboard.runner import controls, phases, steps
from dashboard.runner.actions.contract import table_of
from dashboard.runner.actions.emptying import empty, receipt_of
from dashboard.runner.leases import LaneLost, release_expired
from dashboard.runner.sessions import Sessions
from dashboard.transfer.backends import connect
from dashboard.transfer.errors import Unconfirmed
from tests import oracle
from tests.dashboard.planning.checking import run_sql
from tests.dashboard.runner.actions.test_receipts import refer
from tests.dashboard.runner.steering import again, finished, lease_of
from tests.opening import database_of
from tests.project import VENDORS, Project, wait_until

LABELS = ("bookshop.Genre", "bookshop.DailyTotal")
DAYS = "bookshop_dailytotal"
DAY = f"INSERT INTO {DAYS} (day, orders, turnover) VALUES ('2001-01-01', 1, 1)"
EMPTY = Step.Action.EMPTY


@pytest.fixture(autouse=True)
def short_lease() -> Iterator[None]:
    with override_settings(MIGRATION_CONSOLE={"LEASE_SECONDS": 2}):
        yield


def rows(project: Project) -> int:
    return oracle.row_counts(project.entry("new"))[DAYS]


def preparing(project: Project, vendor: str) -> MigrationRun:
    """Start a run that is to empty the table of days."""
    project.database("sqlite", "old", filled=True)
    project.database(vendor, "new")
    run_sql(project, "new", DAY)
    request = MigrationRun(
        source="old",
        destination="new",
        labels=list(LABELS),
        empty_first=True,
        executor="terminal",
    )
    run = controls.check(controls.draft(request, "tests"), "tests")
    controls.start(run, "tests", run.plan_hash)
    return again(run)


def step_to_empty(run: MigrationRun) -> Step:
    """Return the step, once what comes before it is done."""
    lease = lease_of(run, 0)
    with Sessions(run, "before") as sessions:
        assert phases.advance(again(run), lease, sessions)
        while (step := steps.claim(again(run), lease, sessions)) is not None:
            if step.action == EMPTY:
                break
            steps.perform(step, run, lease, sessions)
    assert step is not None
    assert step.table is not None and step.table.table == DAYS
    Lane.objects.filter(run=run).update(is_leased=False)
    return step


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_table_is_emptied_once(project: Project, vendor: str) -> None:
    run = preparing(project, vendor)
    step = step_to_empty(run)
    lease = lease_of(run, 0)
    with Sessions(run, lease.label) as sessions:
        assert rows(project) == 1
        empty(step, run, lease, sessions)
        assert rows(project) == 0
        receipt = sessions.receipts.read(receipt_of(run, table_of(step)))
        assert receipt is not None and not receipt.void
        # Somebody copies; the step is done again, because nobody knew of it.
        run_sql(project, "new", DAY)
        empty(step, run, lease, sessions)
        assert rows(project) == 1


@pytest.mark.parametrize("vendor", VENDORS)
def test_rows_written_since_the_count_are_not_deleted(
    project: Project, vendor: str
) -> None:
    run = preparing(project, vendor)
    step = step_to_empty(run)
    lease = lease_of(run, 0)
    run_sql(project, "new", DAY.replace("2001", "2002"))
    with Sessions(run, lease.label) as sessions:
        with pytest.raises(Unconfirmed) as refused:
            empty(step, run, lease, sessions)
        assert sessions.receipts.read(receipt_of(run, table_of(step))) is None
    assert rows(project) == 2
    told = refused.value
    assert told.message == (
        f"Table '{DAYS}' of the destination holds 2 rows. Deleting 1 was confirmed."
    )
    assert "asks before it deletes" in told.remedy
    assert not told.retriable


def test_a_new_confirmation_empties_again_what_was_not_begun(project: Project) -> None:
    """A receipt that an earlier try has left says nothing about rows of today."""
    run = preparing(project, "postgresql")
    step = step_to_empty(run)
    lease = lease_of(run, 0)
    with Sessions(run, lease.label) as sessions:
        empty(step, run, lease, sessions)
        run_sql(project, "new", DAY)
        MigrationRun.objects.filter(pk=run.pk).update(confirmations=2)
        empty(step, again(run), lease, sessions)
    assert rows(project) == 0


def test_mysql_is_not_emptied_by_whoever_lost_the_lane(project: Project) -> None:
    """Its statement commits by itself: no receipt could keep it back."""
    run = preparing(project, "mariadb")
    step = step_to_empty(run)
    lost = lease_of(run, 0)
    Lane.objects.filter(run=run).update(is_leased=False)
    lease_of(run, 0)
    with Sessions(run, lost.label) as sessions:
        with pytest.raises(LaneLost):
            empty(step, run, lost, sessions)
        assert rows(project) == 1
        assert sessions.receipts.read(f"empty.{step.table.position}") is None  # type: ignore[union-attr]


@pytest.mark.parametrize("vendor", VENDORS)
def test_whoever_wakes_after_a_retry_empties_nothing(
    project: Project, vendor: str
) -> None:
    """The retry was confirmed anew, so its receipt has another name."""
    run = preparing(project, vendor)
    step = step_to_empty(run)
    # Frozen before it had a session that a successor could have ended.
    lost = lease_of(run, 0)
    Step.objects.filter(pk=step.pk).update(epoch=lost.epoch)
    Lane.objects.filter(run=run).update(is_leased=False)
    lease_of(run, 0)
    with Sessions(run, lost.label) as sessions, pytest.raises(LaneLost):
        steps.perform(step, run, lost, sessions)
    assert rows(project) == 1


@pytest.mark.parametrize("place", ["step empty", "table emptied"])
def test_a_process_killed_before_the_receipt_is_made_good(
    project: Project, tmp_path: Path, place: str
) -> None:
    project.options.update(LEASE_SECONDS=2)
    project.database("sqlite", "old", filled=True)
    project.database("mariadb", "new")
    run_sql(project, "new", DAY)
    once = tmp_path / "once"
    killed = project.manage(
        *("copydata", "old", "new", *LABELS, "--empty", "--no-input", "--lanes=1"),
        environment={"MIGRATION_CONSOLE_FAILPOINTS": f"{place}=kill:{once}"},
    )
    assert killed.returncode == -9
    run = MigrationRun.objects.get()
    assert (run.status, run.phase) == ("running", "preparing")
    step = run.steps.get(action=EMPTY)
    assert step.state == "claimed"
    # Emptied, and nothing says so.
    assert rows(project) == (0 if place == "table emptied" else 1)

    def left() -> bool:
        release_expired(run.pk)
        return Lane.objects.filter(run=run, is_leased=False).exists()

    wait_until(left, 10, "The lease does not end")
    run = finished(run, 0)

    assert run.status == "succeeded", run.error
    step.refresh_from_db()
    assert (step.state, step.attempts, step.deaths) == ("done", 1, 1)
    counts = oracle.row_counts(project.entry("old"))
    assert rows(project) == counts[DAYS] > 0
    assert run.tables.get(table=DAYS).verdict == "verified"


@pytest.mark.parametrize("vendor", ["mysql", "postgresql"])
def test_no_row_goes_that_rows_of_others_refer_to_since(
    project: Project, vendor: str
) -> None:
    run = preparing(project, vendor)
    step = step_to_empty(run)
    refer(project, DAYS, "day", "day", "date")
    lease = lease_of(run, 0)
    refused = pytest.raises(Unconfirmed, match=f"'review'.* refers to '{DAYS}'")
    with Sessions(run, lease.label) as sessions, refused:
        empty(step, run, lease, sessions)
    assert rows(project) == 1
    assert oracle.row_counts(project.entry("new"))["review"] == 1


@pytest.mark.parametrize("vendor", ["mariadb", "mysql"])
def test_nobody_writes_between_the_count_and_the_deletion(
    project: Project, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = preparing(project, vendor)
    step = step_to_empty(run)
    lease = lease_of(run, 0)
    written = []

    def write() -> None:
        later = DAY.replace("2001", "2002")
        try:
            with connections["new"].cursor() as cursor:
                cursor.execute("SET lock_wait_timeout = 1")
                cursor.execute(later)
        except OperationalError as error:
            assert "1205" in str(error)
        else:
            written.append(later)

    with Sessions(run, lease.label) as sessions:
        catalog = sessions.destination.catalog
        count = catalog.count

        def counted(table: str) -> int:
            found = count(table)
            write()
            return found

        monkeypatch.setattr(catalog, "count", counted)
        empty(step, run, lease, sessions)
        monkeypatch.undo()
    assert rows(project) == len(written)
    write()
    assert rows(project) == len(written) == 1


@pytest.mark.parametrize("vendor", ["mariadb", "mysql"])
def test_an_account_that_may_not_lock_empties_too(
    project: Project, vendor: str
) -> None:
    preparing(project, vendor)
    entry = project.entry("new")
    with connections["new"].cursor() as cursor:
        cursor.execute("CREATE USER IF NOT EXISTS 'nolock'@'%' IDENTIFIED BY 'x'")
        cursor.execute(
            f"GRANT SELECT, INSERT, DROP, CREATE ON `{entry['NAME']}`.* TO 'nolock'@'%'"
        )
    account = database_of({**entry, "USER": "nolock", "PASSWORD": "x"}, "new")
    session = connect(account, "tests", writing=True, loading=True)
    session.loader.empty(DAYS, 1)
    session.close()
    assert rows(project) == 0
