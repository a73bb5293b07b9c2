"""A chunk that is committed, and that nobody could record, is copied once."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.models import Chunk, MigrationRun
from dashboard.runner import chunks, controls, pieces
from dashboard.runner.actions import receipts
from dashboard.runner.interruption import InterruptedWorkError
from dashboard.transfer.errors import Locked
from dashboard.transfer.receipts import Receipts
from tests import oracle
from tests.dashboard.planning.checking import run_sql
from tests.dashboard.runner.steering import again, finished
from tests.project import ONE_OF_EACH, Project, soaked

# No key of this table would notice that its rows are there twice.
KEYLESS = "CREATE TABLE notes (note text)"
LABELS = ["bookshop.Genre", "table:notes"]


@pytest.fixture(autouse=True)
def every_table_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "MOST_TABLES", 1)


def started(project: Project, vendor: str) -> MigrationRun:
    project.database("postgresql", "old", filled=True)
    project.database(vendor, "new")
    for alias in ("old", "new"):
        run_sql(project, alias, KEYLESS)
    run_sql(project, "old", "INSERT INTO notes VALUES ('a'), ('a'), (NULL)")
    request = MigrationRun(
        source="old",
        destination="new",
        labels=LABELS,
        verify="none",
        executor="terminal",
    )
    run = controls.check(controls.draft(request, "tests"), "tests")
    assert run.status == "ready", list(run.findings.values_list("message", flat=True))
    controls.start(run, "tests", run.plan_hash)
    return again(run)


def hinder(monkeypatch: pytest.MonkeyPatch, error: Exception, table: str) -> None:
    """Let something go wrong after the commit, and nothing be recorded."""
    record = chunks.record

    def hindered(chunk: Chunk, *args: Any) -> None:
        if chunk.table.table == table:
            monkeypatch.setattr(chunks, "record", record)
            raise error
        record(chunk, *args)

    monkeypatch.setattr(chunks, "record", hindered)


@pytest.mark.parametrize("table", ["notes", soaked("bookshop_genre")])
@pytest.mark.parametrize("vendor", ONE_OF_EACH)
def test_a_run_that_fails_right_after_a_commit(
    project: Project, vendor: str, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(project, vendor)
    hinder(monkeypatch, RuntimeError("out of nowhere"), table)
    run = finished(run, 0)
    assert run.status == "failed"
    assert run.tables.get(table=table).error == ""

    controls.retry(run, "tests")
    assert finished(run, 0).status == "succeeded"
    assert rows(project, "new") == rows(project, "old")


@pytest.mark.parametrize("vendor", ONE_OF_EACH)
def test_a_run_that_is_cancelled_in_a_commit(
    project: Project, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(project, vendor)

    class Cancelled(InterruptedWorkError):
        def __init__(self) -> None:
            controls.cancel(again(run), "tests", here=True)

    record = chunks.record

    def hindered(chunk: Chunk, *args: Any) -> None:
        if chunk.table.table == "notes":
            monkeypatch.setattr(chunks, "record", record)
            raise Cancelled
        record(chunk, *args)

    monkeypatch.setattr(chunks, "record", hindered)
    run = finished(run, 0)
    assert run.status == "cancelled"

    controls.retry(run, "tests", here=True)
    assert finished(run, 0).status == "succeeded"
    assert rows(project, "new") == rows(project, "old")


@pytest.mark.parametrize("vendor", ONE_OF_EACH)
def test_receipts_that_are_gone_leave_it_to_the_rows(
    project: Project, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(project, vendor)
    hinder(monkeypatch, RuntimeError("out of nowhere"), "bookshop_genre")
    settle = receipts.settle_given_back

    def settled_too_late(of: MigrationRun, *args: Any) -> None:
        run_sql(project, "new", f"DROP TABLE {of.receipts_table}")
        settle(of, *args)

    monkeypatch.setattr(receipts, "settle_given_back", settled_too_late)
    run = finished(run, 0)
    assert run.status == "failed"
    monkeypatch.undo()

    controls.retry(run, "tests")
    assert finished(run, 0).status == "succeeded"
    assert rows(project, "new") == rows(project, "old")


def test_a_receipt_that_is_locked_is_asked_for_again_before_it_goes(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(project, "sqlite")
    hinder(monkeypatch, RuntimeError("out of nowhere"), "notes")
    void = Receipts.void

    def locked(*args: Any) -> None:
        monkeypatch.setattr(Receipts, "void", void)
        raise Locked("Somebody holds it.")

    monkeypatch.setattr(Receipts, "void", locked)
    assert finished(run, 0).status == "failed"
    assert Chunk.objects.get(table__table="notes").state == "copied"


def rows(project: Project, alias: str) -> tuple[int, int]:
    counts = oracle.row_counts(project.entry(alias))
    return counts["bookshop_genre"], counts["notes"]
