"""Ways out: the schema comes back without plan or receipts, and any run can end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from dashboard.models import Chunk, Lane, MigrationRun, Reservation
from dashboard.runner import chunk_claims, chunks, controls, endings, exits, phases
from dashboard.runner.chunks import ClaimedChunk
from dashboard.runner.leases import LaneLost
from dashboard.runner.refusals import RequestRefused
from dashboard.runner.sessions import Sessions
from dashboard.runner.slice import work
from tests import oracle
from tests.dashboard.planning.checking import run_sql
from tests.dashboard.runner.asking import ACTOR
from tests.dashboard.runner.steering import (
    again,
    item_of,
    lease_of,
    perform_all,
    started,
    states,
)
from tests.project import Project, soaked

ENGINES = ["postgresql", soaked("mysql"), soaked("mariadb"), soaked("sqlite")]
SMALL = {"CHUNK_ROWS": 100, "INDEXES_OFF_ROWS": 100, "LEASE_SECONDS": 5}


@pytest.fixture(autouse=True)
def small() -> Iterator[None]:
    with override_settings(MIGRATION_CONSOLE=SMALL):
        yield


def died_while_copying(run: MigrationRun, *, committed: bool = False) -> ClaimedChunk:
    """Let lane 0 copy one chunk and die at another one, before or after its commit."""
    lease = lease_of(run, 0)
    with Sessions(run, lease.label) as sessions:
        for phase in ("preparing", "copying"):
            assert phases.advance(again(run), lease, sessions)
            assert again(run).phase == phase
            if phase == "preparing":
                perform_all(run, lease, sessions)
        first = chunk_claims.claim(again(run), lease, sessions)
        assert first
        chunks.perform(first, lease, sessions)
        second = chunk_claims.claim(again(run), lease, sessions)
        assert second
        if committed:
            Lane.objects.filter(pk=lease.lane_id).update(is_leased=False)
            with pytest.raises(LaneLost):
                chunks.perform(second, lease, sessions)
    Lane.objects.filter(run=run).update(is_leased=False)
    assert run.schema_objects.off().exists()
    return second


def served(run: MigrationRun) -> MigrationRun:
    """Serve lane 0, slice after slice, until the run stands still."""
    while again(run).is_active:
        Lane.objects.filter(run=run).update(is_leased=False)
        for lane in Lane.objects.filter(run=run):
            work(run.pk, lane.number, lane.epoch, 60)
    return again(run)


def names(snapshot: dict[str, set[Any]]) -> set[Any]:
    """Every object of a schema, foreign keys also where they are not validated."""
    found = set()
    for part in ("constraints", "indexes", "all", "relations"):
        for row in snapshot.get(part, ()):
            if part == "constraints":
                row = row[:3]
            found.add((part, *row))
    return found


def entry_of(project: Project) -> dict[str, Any]:
    return project.entry("new")


def without_receipts(project: Project) -> set[Any]:
    found = names(oracle.schema_snapshot(entry_of(project)))
    return {one for one in found if "_receipts_" not in str(one)}


def has_receipts(project: Project) -> bool:
    with oracle.reading(entry_of(project)) as reader:
        return any("_receipts_" in name for name in reader.all_tables())


@pytest.mark.parametrize("engine", ENGINES)
def test_a_worker_that_does_not_know_the_plan_puts_the_schema_back(
    project: Project, engine: str
) -> None:
    run = started(project, engine)
    before = oracle.schema_snapshot(entry_of(project))
    died = died_while_copying(run, committed=True)
    version = run.plan_version
    MigrationRun.objects.filter(pk=run.pk).update(plan_version=version + 1)
    # Nothing of it can be read.
    run.tables.update(plan={})
    controls.cancel(again(run), ACTOR, here=True)

    ended = served(run)

    assert ended.status == "cancelled", ended.error
    assert without_receipts(project) == names(before)
    # What is known of the chunk in hand is known to the receipts alone.
    assert Chunk.objects.get(pk=died.chunk.pk).state == "unsettled"
    assert has_receipts(project)


@pytest.mark.parametrize("committed", [False, soaked(True)])
def test_what_another_version_left_unsettled_is_settled_by_a_retry(
    project: Project, committed: bool
) -> None:
    run = started(project, "postgresql")
    before = oracle.schema_snapshot(entry_of(project))
    died = died_while_copying(run, committed=committed)
    version = run.plan_version
    MigrationRun.objects.filter(pk=run.pk).update(plan_version=version + 1)
    controls.cancel(again(run), ACTOR, here=True)
    assert served(run).status == "cancelled"
    MigrationRun.objects.filter(pk=run.pk).update(plan_version=version)

    controls.retry(again(run), ACTOR, here=True)
    ended = served(run)

    assert ended.status == "succeeded", ended.error
    left, right = project.entry("old"), entry_of(project)
    assert oracle.differences(left, right) == []
    assert oracle.schema_differences(before, oracle.schema_snapshot(right)) == []
    chunk = Chunk.objects.get(pk=died.chunk.pk)
    assert chunk.state == ("copied" if committed else "void")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("committed", [False, True])
def test_lost_receipts_cost_no_schema_and_a_retry_looks_at_the_rows(
    project: Project, engine: str, committed: bool
) -> None:
    run = started(project, engine)
    before = oracle.schema_snapshot(entry_of(project))
    died = died_while_copying(run, committed=committed)
    run_sql(project, "new", f"DROP TABLE {run.receipts_table}")

    ended = served(run)

    assert ended.status == "failed"
    assert "held the receipts" in ended.error
    assert names(oracle.schema_snapshot(entry_of(project))) == names(before)
    controls.retry(again(run), ACTOR, here=True)
    ended = served(run)
    assert ended.status == "succeeded", ended.error
    left, right = project.entry("old"), entry_of(project)
    assert oracle.differences(left, right) == []
    assert oracle.schema_differences(before, oracle.schema_snapshot(right)) == []
    assert Chunk.objects.get(pk=died.chunk.pk).state == "copied"


@pytest.mark.soak
def test_rows_that_say_nothing_either_stop_a_retry_and_name_the_table(
    project: Project,
) -> None:
    run = started(project, "postgresql")
    died = died_while_copying(run, committed=True)
    table = died.table.table
    run_sql(project, "new", f"DROP TABLE {run.receipts_table}")
    assert served(run).status == "failed"
    newest = f"(SELECT ctid FROM {table} ORDER BY ctid DESC LIMIT 1)"
    run_sql(project, "new", f"DELETE FROM {table} WHERE ctid = {newest}")
    rows = oracle.row_counts(entry_of(project))

    for _attempt in range(2):
        controls.retry(again(run), ACTOR, here=True)
        ended = served(run)
        assert ended.status == "failed"
        assert f"Table '{table}'" in ended.error
        assert "no receipt says" in ended.error
    assert oracle.row_counts(entry_of(project)) == rows


@pytest.mark.parametrize("engine", ENGINES)
def test_the_schema_is_put_back_after_every_end(project: Project, engine: str) -> None:
    run = started(project, engine)
    before = oracle.schema_snapshot(entry_of(project))
    died_while_copying(run)
    endings.give_up(again(run), "The server is away.")
    assert exits.may_be_restored(again(run))
    # Nothing but what is written down is needed.
    run.tables.update(plan={})
    run_sql(project, "new", f"DROP TABLE {run.receipts_table}")
    MigrationRun.objects.filter(pk=run.pk).update(plan_version=99)

    exits.restore(again(run), ACTOR, here=True)

    assert Reservation.objects.filter(run=run).exists()
    ended = served(run)
    assert ended.status == "cancelled", ended.error
    assert not Reservation.objects.filter(run=run).exists()
    assert names(oracle.schema_snapshot(entry_of(project))) == names(before)
    assert states(run) <= {"restored", "recorded", "not valid"}
    if not run.schema_objects.off().exists():
        with pytest.raises(RequestRefused, match="as it was before the run"):
            exits.restore(again(run), ACTOR, here=True)


def test_it_validates_what_it_can_and_says_what_not_and_why(project: Project) -> None:
    run = started(project, "postgresql")
    died_while_copying(run)
    endings.give_up(again(run), "The server is away.")
    orphaned = run.schema_objects.get(name__contains="genre_parent")
    (column,) = item_of(orphaned).columns
    run_sql(
        project,
        "new",
        f'INSERT INTO bookshop_genre (id, name, "order", {column}) '
        "VALUES (777, 'x', 0, 99)",
    )
    index = run.schema_objects.off().filter(object_type="index").first()
    assert index
    item = item_of(index)
    renamed = f"ALTER TABLE {item.table} RENAME COLUMN {item.columns[0]} TO other"
    run_sql(project, "new", renamed)

    exits.restore(again(run), ACTOR, here=True)
    ended = served(run)

    assert ended.status == "failed"
    off = {one.pk: one for one in run.schema_objects.off()}
    assert off[index.pk].state == "removed"
    assert "UNDEFINED_COLUMN" in off[index.pk].error.upper()
    assert off[orphaned.pk].state == "not valid"
    assert "refer to rows of" in off[orphaned.pk].error
    said = run.events.last().message
    assert "of 'new' are off." in said or "of 'new' is off." in said
    assert "and not validated." in said
    # Asked again after both are mended, it does the rest.
    run_sql(project, "new", "DELETE FROM bookshop_genre WHERE id = 777")
    back = f"ALTER TABLE {item.table} RENAME COLUMN other TO {item.columns[0]}"
    run_sql(project, "new", back)
    exits.restore(again(run), ACTOR, here=True)
    assert served(run).status == "cancelled"
    orphaned.refresh_from_db()
    assert (orphaned.state, orphaned.error) == ("restored", "")
    # Only keys of rows that have not come yet are left, each with its reason.
    left = run.schema_objects.off()
    assert {(one.object_type, one.state) for one in left} <= {
        ("foreign key", "not valid")
    }
    assert all(one.error for one in left)


def test_a_dead_session_of_the_run_is_ended_first(project: Project) -> None:
    run = started(project, "postgresql")
    before = oracle.schema_snapshot(entry_of(project))
    died = died_while_copying(run)
    endings.give_up(again(run), "The server is away.")
    lane = Lane.objects.get(run=run, number=0)
    label = f"migration-console-{run.uuid.hex[:16]}-0-{lane.epoch}"
    Chunk.objects.of(run).claimed().update(state="unsettled")
    with Sessions(run, label) as dead:
        # Frozen in the middle of a transaction, with its locks.
        dead.destination.execute("BEGIN")
        dead.destination.execute(f"LOCK TABLE {died.table.table}")
        exits.restore(again(run), ACTOR, here=True)
        began = time.monotonic()
        assert served(run).status == "cancelled"
        assert time.monotonic() - began < 5
    assert without_receipts(project) == names(before)
