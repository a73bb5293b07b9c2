"""A cancel, or a lost lane, ends a statement in the middle."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections
from django.db.models import F
from django.test import override_settings

from dashboard.models import Chunk, Lane, MigrationRun
from dashboard.runner import controls, exits, phases
from dashboard.runner.sessions import Sessions
from dashboard.runner.slice import SliceEnd, work
from tests import oracle
from tests.dashboard.planning.checking import run_sql
from tests.dashboard.runner.asking import ACTOR
from tests.dashboard.runner.steering import (
    again,
    lease_of,
    perform_all,
    restoring,
    started,
)
from tests.project import Project, soaked, wait_until
from tests.servers import vendor_of

TEN = "json_each('[0,1,2,3,4,5,6,7,8,9]')"
# Makes every row that is loaded take a twentieth of a second.
SLOW = {
    "postgresql": [
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_sleep(0.05); RETURN NEW; END'",
        "CREATE TRIGGER slow BEFORE INSERT ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION slow()",
    ],
    "mysql": [
        "CREATE TRIGGER slow BEFORE INSERT ON {table}"
        " FOR EACH ROW SET @slept = SLEEP(0.05)"
    ],
    "sqlite": [
        "CREATE TRIGGER slow BEFORE INSERT ON {table} BEGIN SELECT count(*) FROM"
        f" {TEN} a, {TEN} b, {TEN} c, {TEN} d, {TEN} e, {TEN} f; END"
    ],
}
LOCKS = {
    "postgresql": ["BEGIN", "LOCK TABLE {table}"],
    "mysql": ["LOCK TABLES {table} WRITE"],
}
UNLOCK = {"postgresql": "ROLLBACK", "mysql": "UNLOCK TABLES"}
# A wait for a lock is as good a long statement as any.
OPTIONS = {
    "LOCK_SECONDS": 300,
    "LEASE_SECONDS": 20,
    "CHUNK_ROWS": 1000,
    "INDEXES_OFF_ROWS": 100,
}
SECONDS = 6


@pytest.fixture(autouse=True)
def options() -> Iterator[None]:
    with override_settings(MIGRATION_CONSOLE=OPTIONS):
        yield


@contextmanager
def at_work(run: MigrationRun) -> Iterator[list[SliceEnd]]:
    """Serve lane 0 in a thread, which has to end with the block."""
    lane = Lane.objects.get(run=run, number=0)
    ends: list[SliceEnd] = []

    def serve() -> None:
        try:
            ends.append(work(run.pk, 0, lane.epoch, 600))
        finally:
            connections.close_all()

    thread = threading.Thread(target=serve)
    thread.start()
    yield ends
    thread.join(60)
    assert not thread.is_alive()


@contextmanager
def locked(project: Project, table: str) -> Iterator[Callable[[], object]]:
    """Hold a lock on a table that nothing else passes, until it is let go."""
    entry = project.entry("new")
    vendor = entry["ENGINE"].rpartition(".")[2]
    with oracle.reading(entry) as reader:
        cursor = reader.connection.cursor()
        for sql in LOCKS[vendor]:
            cursor.execute(sql.format(table=table))
        yield lambda: cursor.execute(UNLOCK[vendor])


def first_table(run: MigrationRun) -> str:
    """The table that is given out first."""
    largest = F("bytes_total").desc(nulls_last=True)
    tables = run.tables.filter(replaced_last=False)
    return tables.order_by(largest, "-rows_total", "position")[0].table


def in_hand(run: MigrationRun) -> Any:
    claimed = Chunk.objects.of(run).claimed()
    return claimed.filter(attempts=1, table__table=first_table(run)).first()


CHUNKS = ["postgresql", "mysql", "sqlite", soaked("mariadb"), soaked("mysql_infile")]


@pytest.mark.parametrize("engine", CHUNKS)
def test_f08_f25_a_long_chunk(project: Project, engine: str) -> None:
    run = started(project, engine)
    for sql in SLOW[vendor_of(engine)]:
        run_sql(project, "new", sql.format(table=first_table(run)))
    with at_work(run) as ends:
        chunk = wait_until(lambda: in_hand(run), 60, "No chunk is copied")
        began = time.monotonic()
        controls.cancel(again(run), ACTOR, here=True)

        def given_back() -> bool:
            chunk.refresh_from_db()
            return bool(chunk.state == "waiting")

        wait_until(given_back, 30, "The chunk is not given back")
        assert time.monotonic() - began < SECONDS
    assert ends == [SliceEnd.OVER]
    assert (chunk.attempts, chunk.error) == (0, "")
    assert again(run).status == "cancelled", again(run).error
    assert oracle.row_counts(project.entry("new"))[first_table(run)] == 0


@pytest.mark.parametrize("engine", ["postgresql", soaked("mysql"), soaked("mariadb")])
def test_a_long_comparison(project: Project, engine: str) -> None:
    run = started(project, engine)
    lease = lease_of(run, 0)
    with Sessions(run, "label") as sessions:
        restoring(run, lease, sessions)
        run.steps.filter(action="compare").update(not_before_ms=2**62)
        perform_all(run, lease, sessions)
        assert phases.advance(again(run), lease, sessions)
    run.steps.filter(action="compare").update(not_before_ms=0)
    Lane.objects.filter(run=run).update(is_leased=False)
    with locked(project, first_table(run)) as let_go:
        with at_work(run) as ends:
            table = run.tables.get(table=first_table(run))
            claimed = run.steps.claimed().filter(table=table)
            wait_until(claimed.exists, 60, "Nothing is compared")
            began = time.monotonic()
            controls.cancel(again(run), ACTOR, here=True)
        assert time.monotonic() - began < SECONDS
        let_go()
    assert ends == [SliceEnd.OVER]
    assert again(run).status == "cancelled", again(run).error
    assert not table.steps.exclude(error="").exists()


@pytest.mark.parametrize("engine", ["mysql", soaked("postgresql"), soaked("mariadb")])
def test_a_long_wait_before_a_table_is_emptied(project: Project, engine: str) -> None:
    project.database("sqlite", "old", filled=True)
    project.database(engine, "new", filled=True)
    before = oracle.row_counts(project.entry("new"))
    request = MigrationRun(
        source="old", destination="new", executor="terminal", empty_first=True
    )
    run = controls.check(controls.draft(request, ACTOR), ACTOR)
    controls.start(run, ACTOR, run.plan_hash)
    table = run.tables.order_by("position").exclude(replaced_last=True)[0]
    with locked(project, table.table) as let_go, at_work(run) as ends:
        # To count the table again, or to empty it.
        claimed = run.steps.claimed().filter(phase="preparing")
        waiting = wait_until(claimed.first, 60, "Nothing is prepared")
        began = time.monotonic()
        controls.cancel(again(run), ACTOR, here=True)
        wait_until(
            lambda: not run.steps.claimed().filter(pk=waiting.pk).exists(),
            30,
            "The step is not given back",
        )
        assert time.monotonic() - began < SECONDS
        # What puts the schema back would wait for the lock, too.
        let_go()
    assert ends == [SliceEnd.OVER]
    assert again(run).status == "cancelled", again(run).error
    assert oracle.row_counts(project.entry("new"))[table.table] == before[table.table]


@pytest.mark.parametrize("engine", ["postgresql", soaked("mysql")])
def test_whoever_has_lost_the_lane_ends_what_it_does(
    project: Project, engine: str
) -> None:
    run = started(project, engine)
    for sql in SLOW[vendor_of(engine)]:
        run_sql(project, "new", sql.format(table=first_table(run)))
    with at_work(run) as ends:
        wait_until(lambda: in_hand(run), 60, "No chunk is copied")
        controls.cancel(again(run), ACTOR, here=True)
        exits.force(again(run), ACTOR)
        began = time.monotonic()
    assert time.monotonic() - began < SECONDS
    assert ends == [SliceEnd.LOST]
    assert again(run).status == "cancelled"
    assert exits.may_be_restored(again(run))
    assert oracle.row_counts(project.entry("new"))[first_table(run)] == 0
