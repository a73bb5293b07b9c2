"""A table that is copied again from its beginning, once somebody has confirmed it."""

from __future__ import annotations

from functools import partial

import pytest

from dashboard.models import Chunk, MigrationRun
from dashboard.runner import controls, copied_again
from dashboard.runner.confirmations import ConfirmationNeeded
from dashboard.runner.refusals import RequestRefused
from tests.dashboard.runner.nights import ROWS, Night, notes
from tests.dashboard.runs import make_run, make_table
from tests.project import Project

ENGINES = [
    ("sqlite", "postgresql"),
    ("postgresql", "mariadb"),
    ("sqlite", "sqlite"),
]
BOOKS = [
    "CREATE TABLE books (id bigint NOT NULL PRIMARY KEY, note_id bigint, "
    "FOREIGN KEY (note_id) REFERENCES notes (id))"
]


@pytest.mark.parametrize("engines", ENGINES, ids="-".join)
def test_a_table_that_differs_is_copied_again_when_it_is_confirmed(
    project: Project, engines: tuple[str, str]
) -> None:
    books = [*BOOKS, "INSERT INTO books VALUES (1, 29), (2, 30)"]
    night = Night.of(
        project,
        engines,
        ([*notes(), *books], [*notes(rows=0), *BOOKS]),
        names=("notes", "books"),
    )
    assert night.work().verdict == "verified"
    # As a comparison that found it different would have left it.
    MigrationRun.objects.update(status="failed", verdict="mismatched", error="x")
    night.run.refresh_from_db()
    night.old.run("UPDATE notes SET n = 0 WHERE id = 7")
    night.new.run("INSERT INTO notes VALUES (1000, 'late', 1)")
    run = night.again()
    # A retry alone copies nothing, and says so.
    assert (run.status, run.verdict) == ("failed", "mismatched")
    assert "a retry alone compares again and copies nothing" in run.remedy

    tables = copied_again.chosen(run, ["notes"])
    ask = partial(controls.retry, run, "maria", here=True, anew=tables)
    with pytest.raises(ConfirmationNeeded, match=r"'notes' \(61\)"):
        ask()
    assert len(night.keys()) == ROWS + 1
    run = night.confirmed(lambda given: ask(given))
    assert (run.status, run.verdict) == ("succeeded", "verified")
    assert night.keys() == list(range(1, ROWS + 1))
    assert night.new.read("SELECT n FROM notes WHERE id = 7") == [(0,)]
    table = run.tables.get(table="notes")
    assert (table.rows_copied, table.round) == (ROWS, 1)
    assert run.events.filter(message__contains="Copied again: 'notes'.").exists()


def test_more_rows_than_were_confirmed_stop_it_before_the_first_is_deleted(
    project: Project,
) -> None:
    night = Night.of(project, ("sqlite", "sqlite"), (notes(), notes(rows=0)))
    night.work()
    MigrationRun.objects.update(status="failed", error="x")
    night.run.refresh_from_db()
    tables = copied_again.chosen(night.run, ["notes"])

    def ask(given: object) -> None:
        controls.retry(night.run, "maria", given, here=True, anew=tables)  # type: ignore[arg-type]
        if given:
            night.new.run("INSERT INTO notes VALUES (1000, 'late', 1)")

    run = night.confirmed(ask)
    assert run.status == "failed"
    assert "Deleting 60 was confirmed" in run.error
    assert len(night.keys()) == ROWS + 1


def failed(**fields: object) -> MigrationRun:
    return make_run(status="failed", executor="terminal", **fields)


def test_what_cannot_be_copied_again_is_refused_by_name(project: Project) -> None:
    run = failed()
    table = make_table(run, "app.Model", table="notes")
    assert copied_again.chosen(run, ["app.Model"]) == [table]
    with pytest.raises(RequestRefused, match="has no table 'other'"):
        copied_again.chosen(run, ["other"])
    for refused in (
        make_run(status="running"),
        make_run(status="failed", started_at=None),
        failed(mode="compare"),
    ):
        with pytest.raises(RequestRefused):
            copied_again.chosen(refused, ["notes"])
    Chunk.objects.create(table=table, number=1, state="unsettled")
    with pytest.raises(RequestRefused, match="not settled yet"):
        copied_again.chosen(run, ["notes"])


def test_users_and_what_belongs_to_them_are_copied_again_together(
    project: Project,
) -> None:
    run = failed()
    make_table(run, "app.Model")
    last = [make_table(run, f"auth.{n}", replaced_last=True) for n in ("User", "Group")]
    assert copied_again.chosen(run, ["auth.Group"]) == last
