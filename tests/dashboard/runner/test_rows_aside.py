"""Rows that cannot be loaded: found, named, set aside, and loaded once corrected."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from dashboard.models import AsideRow, Chunk, MigrationRun
from dashboard.runner import chunks, controls, rows_aside
from dashboard.runner.refusals import RequestRefused
from dashboard.transfer.bad_rows import Search
from dashboard.transfer.errors import ConnectionLost
from dashboard.transfer.keys import KeyRange
from tests.dashboard.runner.nights import ASIDE, CANARY, ROWS, Night, notes
from tests.project import Project

# Every pair of back ends, and MySQL itself without LOAD DATA.
PAIRS = [
    (source, destination)
    for source in ("postgresql", "mariadb", "sqlite")
    for destination in ("postgresql", "mariadb", "sqlite")
] + [("sqlite", "mysql")]
BAD = (1, 30, 31, ROWS)
REFUSES = f", CHECK (n NOT IN {BAD})"


@pytest.mark.parametrize("engines", PAIRS, ids="-".join)
def test_rows_are_set_aside_and_loaded_once_they_are_corrected(
    project: Project, engines: tuple[str, str]
) -> None:
    night = Night.of(project, engines, (notes(), notes(REFUSES, 0)))
    run = night.work()
    others = [n for n in range(1, ROWS + 1) if n not in BAD]
    assert (night.keys(), night.aside()) == (others, list(BAD))
    assert (run.status, run.verdict) == ("failed", "mismatched")
    assert "4 rows are aside" in run.error
    row = AsideRow.objects.of(run).first()
    assert row
    assert ["note", CANARY] in row.values
    assert CANARY not in row.error + row.remedy + run.error
    night.old.run("UPDATE notes SET n = -n WHERE id IN (1, 30, 60)")
    run = night.again()
    assert (night.keys(), night.aside()) == (sorted([*others, 1, 30, 60]), [31])
    assert run.status == "failed"
    night.old.run("UPDATE notes SET n = -n WHERE id = 31")
    run = night.again()
    assert (run.status, run.verdict, run.error) == ("succeeded", "verified", "")
    assert (night.keys(), night.aside()) == (list(range(1, ROWS + 1)), [])
    table = run.tables.get()
    assert (table.rows_copied, table.rows_total, table.state) == (ROWS, ROWS, "copied")


@pytest.mark.parametrize("engines", [("sqlite", "postgresql"), ("sqlite", "mariadb")])
def test_by_default_the_first_row_that_is_refused_stops_the_run(
    project: Project, engines: tuple[str, str]
) -> None:
    there = notes(REFUSES, 0, note="varchar(6)")
    night = Night.of(
        project, engines, (notes(), there), on_bad_rows="stop", scan_values=False
    )
    night.old.run("UPDATE notes SET n = -n WHERE n = 1")
    night.old.run("UPDATE notes SET note = 'longer than that' WHERE id = 25")
    run = night.work()
    assert run.status == "failed"
    assert run.error.startswith("Table 'notes', row 25: ")
    assert "column 'note'" in run.error
    assert "row 1 of the chunk" not in run.error
    assert "longer" not in run.error
    assert "then retry" in run.remedy
    assert (night.keys(), night.aside()) == (list(range(1, 21)), [])
    # What the remedy says is true.
    night.old.run("UPDATE notes SET note = 'short' WHERE id = 25")
    night.old.run("UPDATE notes SET n = -n WHERE n IN (30, 31, 60)")
    assert night.again().verdict == "verified"


def test_a_row_that_is_gone_from_the_source_is_not_aside_any_more(
    project: Project,
) -> None:
    night = Night.of(project, ("sqlite", "sqlite"), (notes(), notes(REFUSES, 0)))
    night.work()
    night.old.run(f"DELETE FROM notes WHERE id IN {BAD}")
    run = night.again()
    assert (run.verdict, night.aside(), len(night.keys())) == ("verified", [], ROWS - 4)


def test_a_table_whose_rows_are_aside_is_never_verified(project: Project) -> None:
    """Not even where the source has lost them by the time of the comparison."""
    night = Night.of(
        project, ("sqlite", "sqlite"), (notes(), notes(REFUSES, 0)), verify="none"
    )
    run = night.work()
    assert (run.status, run.verdict) == ("failed", "")
    assert "4 rows are aside" in run.error
    for verify in ("counts", "full"):
        AsideRow.objects.update(kept=True)
        type(run).objects.filter(pk=run.pk).update(verify=verify)
        night.old.run(f"DELETE FROM notes WHERE id IN {BAD}")
        night.old.run("INSERT INTO notes VALUES (1, '', 1)")
        run = night.again()
        assert (run.status, run.verdict, night.aside()) == ("failed", "mismatched", [1])
        assert "1 row of 'notes' is aside" in run.tables.get().verdict_reason


def test_more_rows_than_the_limit_end_the_run(project: Project) -> None:
    night = Night.of(project, ("sqlite", "sqlite"), (notes(), notes(REFUSES, 0)))
    with override_settings(MIGRATION_CONSOLE={"ROWS_ASIDE": 2}):
        run = night.work()
    assert run.status == "failed"
    assert "More rows than 2 cannot be loaded" in run.error
    assert "ROWS_ASIDE" in run.remedy
    # The chunk that was too much is not copied, and holds its rows itself.
    assert night.keys() == list(range(2, 21))
    with override_settings(MIGRATION_CONSOLE={"ROWS_ASIDE": 4}):
        night.again()
    assert (night.aside(), len(night.keys())) == (list(BAD), ROWS - 4)


def test_a_table_without_a_key_stops_the_run_and_says_why(project: Project) -> None:
    there = [notes(REFUSES, 0)[0].replace(" PRIMARY KEY", "")]
    here = [notes()[0].replace(" PRIMARY KEY", ""), notes()[1]]
    night = Night.of(project, ("sqlite", "sqlite"), (here, there), scan_values=False)
    run = night.work()
    assert (run.status, night.keys(), night.aside()) == ("failed", [], [])
    assert "No row of this table is set aside" in run.remedy


@pytest.mark.parametrize("destination", ["sqlite", "postgresql"])
def test_a_lost_answer_to_a_commit_loses_no_row_that_is_aside(
    project: Project, destination: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next attempt at the chunk finds it copied, without the rows."""
    night = Night.of(
        project,
        ("sqlite", destination),
        (notes(), notes(REFUSES, 0)),
        verify="none",
    )
    record = chunks.record

    def hindered(*args: Any) -> None:
        monkeypatch.setattr(chunks, "record", record)
        raise ConnectionLost("The connection was cut.")

    monkeypatch.setattr(chunks, "record", hindered)
    run = night.work()
    assert (run.status, night.aside()) == ("failed", list(BAD))
    night.old.run(f"UPDATE notes SET n = -n WHERE n IN {BAD}")
    assert (night.again().status, len(night.keys())) == ("succeeded", ROWS)


def test_a_chunk_that_is_tried_again_may_leave_out_what_it_did(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an attempt set aside does not count against the next one at its chunk."""
    night = Night.of(project, ("sqlite", "sqlite"), (notes(), notes(REFUSES, 0)))
    keep = rows_aside.keep

    def hindered(chunk: Chunk, *args: Any) -> None:
        keep(chunk, *args)
        if chunk.number == 2:
            monkeypatch.setattr(rows_aside, "keep", keep)
            raise ConnectionLost("The connection was cut.")

    monkeypatch.setattr(rows_aside, "keep", hindered)
    night.old.run("UPDATE notes SET n = -n WHERE n = 60")
    with override_settings(MIGRATION_CONSOLE={"ROWS_ASIDE": 3}):
        run = night.work()
    assert "3 rows are aside" in run.error
    assert (night.aside(), len(night.keys())) == ([1, 30, 31], ROWS - 3)


@pytest.mark.parametrize("gone", [30, 40])
def test_a_row_that_goes_while_it_is_looked_for_leaves_its_neighbour_alone(
    project: Project, gone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The neighbour may be another chunk's, and be copied already."""
    there = notes(f", CHECK (n <> {gone})", 0)
    night = Night.of(project, ("sqlite", "sqlite"), (notes(), there))
    count = Search._rows

    def going(search: Search, part: KeyRange) -> int:
        rows = count(search, part)
        if rows == 1:
            night.old.run(f"DELETE FROM notes WHERE id = {gone}")
        return rows

    monkeypatch.setattr(Search, "_rows", going)
    run = night.work()
    assert (run.status, run.verdict, night.aside()) == ("succeeded", "verified", [])
    assert night.keys() == [n for n in range(1, ROWS + 1) if n != gone]


ORPHANED = [
    "CREATE TABLE books (id bigint NOT NULL PRIMARY KEY, note_id bigint, "
    "FOREIGN KEY (note_id) REFERENCES notes (id))"
]


@pytest.mark.parametrize("destination", ["postgresql", "mariadb", "sqlite"])
def test_rows_that_refer_to_one_aside_are_said_and_proved_later(
    project: Project, destination: str
) -> None:
    books = [*ORPHANED, "INSERT INTO books VALUES (1, 29), (2, 30), (3, NULL)"]
    night = Night.of(
        project,
        ("sqlite", destination),
        ([*notes(), *books], [*notes(REFUSES, 0), *ORPHANED]),
        names=("notes", "books"),
    )
    run = night.work()
    # The comparison was made all the same.
    assert (run.status, run.phase, run.verdict) == ("failed", "verifying", "mismatched")
    assert "4 rows are aside" in run.error
    assert run.tables.get(table="books").verdict == "verified"
    key = run.schema_objects.filter(object_type="foreign key").first()
    if destination == "postgresql":
        assert key
        assert key.state == "not valid"
        assert "4 rows of 'notes' are aside" in key.error
    else:
        orphan = run.tables.get(table="books").differences.get(problem="orphan")
        assert [int(part) for part in orphan.key] == [2]
    night.old.run(f"UPDATE notes SET n = -n WHERE n IN {BAD}")
    run = night.again()
    assert (run.status, run.verdict) == ("succeeded", "verified")
    if key:
        key.refresh_from_db()
        assert (key.state, key.error) == ("restored", "")


def test_a_pause_and_a_cancel_lose_no_row(project: Project) -> None:
    night = Night.of(project, ("sqlite", "sqlite"), (notes(), notes(REFUSES, 0)))
    night.work()
    assert not Chunk.objects.of(night.run).exclude(state="copied").exists()
    controls.retry(night.run, "maria", here=True)
    # Four chunks of a row each wait now.
    assert Chunk.objects.of(night.run).filter(state="waiting").count() == len(BAD)
    controls.cancel(night.run, "maria", here=True)
    assert night.work().status == "cancelled"
    assert night.aside() == list(BAD)
    night.old.run(f"UPDATE notes SET n = -n WHERE n IN {BAD}")
    assert night.again().verdict == "verified"
    assert night.keys() == list(range(1, ROWS + 1))


def test_the_option_is_one_that_is_known(project: Project) -> None:
    from dashboard.runner import controls

    run = MigrationRun(source="old", destination="new", on_bad_rows="forget")
    with pytest.raises(RequestRefused, match="'forget'"):
        controls.draft(run, "maria")
    assert ASIDE in MigrationRun.OnBadRows.values


def test_a_row_larger_than_a_packet_is_set_aside_and_named_once(
    project: Project,
) -> None:
    """The server ends the connection then, as if it were one that is lost."""
    there = notes(rows=0, note="longtext")
    night = Night.of(project, ("sqlite", "mysql"), (notes(note="text"), there))
    night.old.run("UPDATE notes SET note = hex(zeroblob(200000)) WHERE id = 30")
    # Neighbours that are too much together, and not each of them.
    night.old.run("UPDATE notes SET note = hex(zeroblob(70000)) WHERE id > 40")
    ((before,),) = night.new.read("SELECT @@GLOBAL.max_allowed_packet")
    night.new.run("SET GLOBAL max_allowed_packet = 262144")
    try:
        run = night.work()
    finally:
        night.new.run(f"SET GLOBAL max_allowed_packet = {before}")
    assert (run.status, night.aside(), len(night.keys())) == ("failed", [30], 59)
    row = AsideRow.objects.of(run).get()
    assert row.column == "note"
    assert "(max_allowed_packet)" in row.error
    assert "max_allowed_packet" in row.remedy
    assert night.again().verdict == "verified"


def test_a_run_that_stops_names_a_table_once(project: Project) -> None:
    tables = notes(), notes(REFUSES, 0)
    night = Night.of(
        project, ("sqlite", "sqlite"), tables, on_bad_rows="stop", scan_values=False
    )
    run = night.work()
    assert run.error.startswith("Table 'notes', row 1: ")
    assert run.error.count("Table 'notes'") == 1
