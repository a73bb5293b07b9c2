"""Small tables travel together; whatever one of them meets, each arrives once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from dashboard.models import Chunk, MigrationRun, Step, TableCopy
from dashboard.runner import (
    bundle_claims,
    bundles,
    controls,
    phases,
    pieces,
    step_bundles,
    steps,
)
from dashboard.runner.leases import Lease, release
from dashboard.runner.sessions import Sessions
from dashboard.runner.slice import SliceEnd, work
from dashboard.transfer.errors import ConnectionLost
from tests import oracle
from tests.dashboard.planning.checking import run_sql
from tests.dashboard.runner.steering import again, finished, lease_of
from tests.project import ONE_OF_EACH, Project, soaked, wait_until

TABLES = [f"small{number:02}" for number in range(12)]
DIRECTIONS = [
    ("mariadb", "postgresql"),
    ("postgresql", "mariadb"),
    ("postgresql", "sqlite"),
    soaked("sqlite", "mysql"),
    soaked("mysql", "postgresql"),
    soaked("sqlite", "sqlite"),
]


def prepared(project: Project, source: str, destination: str, **options: Any) -> None:
    """Make a dozen small tables on both sides, with 0 to 11 rows in the source."""
    for alias, vendor in (("old", source), ("new", destination)):
        project.database(vendor, alias)
        for table in TABLES:
            run_sql(
                project, alias, f"CREATE TABLE {table} (id int PRIMARY KEY, v text)"
            )
    for number, table in enumerate(TABLES):
        for row in range(number):
            run_sql(project, "old", f"INSERT INTO {table} VALUES ({row}, 'v{row}')")


def begun(project: Project, **options: Any) -> MigrationRun:
    request = MigrationRun(
        source="old",
        destination="new",
        labels=[f"table:{table}" for table in TABLES],
        executor="terminal",
        **options,
    )
    run = controls.check(controls.draft(request, "tests"), "tests")
    assert run.status == "ready", list(run.findings.values_list("message", flat=True))
    controls.start(run, "tests", run.plan_hash)
    return again(run)


def counted(project: Project, alias: str) -> list[int]:
    counts = oracle.row_counts(project.entry(alias))
    return [counts[table] for table in TABLES]


def assert_arrived(project: Project, run: MigrationRun) -> None:
    assert (run.status, run.verdict, run.error) == ("succeeded", "verified", "")
    assert counted(project, "new") == counted(project, "old") == list(range(12))
    assert oracle.differences(project.entry("old"), project.entry("new")) == []
    said = run.tables.order_by("table").values_list(
        "state", "rows_copied", "rows_total"
    )
    assert list(said) == [("copied", number, number) for number in range(12)]
    assert set(run.tables.values_list("verdict", flat=True)) == {"verified"}


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[int]]:
    """How many tables and steps went together, each time."""
    found: dict[str, list[int]] = {"tables": [], "steps": []}
    copies, performs = bundles.perform, step_bundles.perform

    def copy(bundle: Any, *args: Any) -> Any:
        found["tables"].append(len(bundle))
        return copies(bundle, *args)

    def perform(bundle: Any, *args: Any) -> Any:
        found["steps"].append(len(bundle))
        return performs(bundle, *args)

    monkeypatch.setattr(bundles, "perform", copy)
    monkeypatch.setattr(step_bundles, "perform", perform)
    return found


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_small_tables_travel_together(
    project: Project, source: str, destination: str, sizes: dict[str, list[int]]
) -> None:
    prepared(project, source, destination)
    run = finished(begun(project, lane_count=1), 0)
    assert_arrived(project, run)
    # Copied, and compared; a slow machine gives the rest of a bundle back.
    assert sizes["tables"] == [12]
    assert sizes["steps"][0] == 12


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_what_is_emptied_is_emptied_together(
    project: Project, source: str, destination: str, sizes: dict[str, list[int]]
) -> None:
    prepared(project, source, destination)
    for table in TABLES:
        run_sql(project, "new", f"INSERT INTO {table} VALUES (77, 'old')")
    run = finished(begun(project, lane_count=1, empty_first=True), 0)
    assert_arrived(project, run)
    assert sizes["steps"][0] == 12


@pytest.mark.parametrize("vendor", ONE_OF_EACH)
def test_a_bundle_is_divided_down_to_the_table_to_blame(
    project: Project, vendor: str, sizes: dict[str, list[int]]
) -> None:
    prepared(project, "postgresql", vendor)
    run = begun(project, lane_count=1)
    # Since it was checked: what the destination does not take.
    _forbid(project, vendor, "small07")
    run = finished(run, 0)
    assert run.status == "failed"
    assert "small07" in run.error
    failed = run.tables.get(state="failed")
    assert failed.table == "small07"
    assert sizes["tables"][:2] == [12, 6]
    assert 1 not in sizes["tables"]
    expected = [0 if table == "small07" else n for n, table in enumerate(TABLES)]
    done = run.tables.filter(state="copied").values_list("table", flat=True)
    counts = dict(zip(TABLES, counted(project, "new"), strict=True))
    assert [counts[table] for table in done] == [
        expected[TABLES.index(table)] for table in done
    ]


def _forbid(project: Project, vendor: str, table: str) -> None:
    """Let a table take no row any more, without changing its shape."""
    if vendor == "postgresql":
        sql = f"ALTER TABLE {table} ADD CHECK (id > 100)"
        run_sql(project, "new", sql)
    elif vendor == "sqlite":
        sql = f"""CREATE TRIGGER no BEFORE INSERT ON {table}
                  BEGIN SELECT RAISE(ABORT, 'no'); END"""
        run_sql(project, "new", sql)
    else:
        sql = f"""CREATE TRIGGER no BEFORE INSERT ON {table} FOR EACH ROW
                  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'"""
        run_sql(project, "new", sql)


def test_rows_of_a_bundle_are_set_aside(project: Project) -> None:
    prepared(project, "postgresql", "mariadb")
    run = begun(project, lane_count=1, on_bad_rows="aside")
    run_sql(project, "new", "ALTER TABLE small07 ADD CHECK (id <> 3)")
    run = finished(run, 0)
    assert run.status == "failed"
    assert counted(project, "new") == [6 if n == 7 else n for n in range(12)]
    (aside,) = run.tables.get(table="small07").aside_rows.all()
    assert aside.key == [3]


@pytest.mark.parametrize("vendor", ["postgresql", soaked("mariadb")])
def test_a_table_that_is_locked_holds_nobody_else_up(
    project: Project, vendor: str
) -> None:
    project.options.update(LOCK_SECONDS=2)
    prepared(project, "sqlite", vendor)
    run = begun(project, lane_count=1)
    with _locked(project, vendor, "small07"):
        thread = threading.Thread(target=finished, args=(run, 0))
        thread.start()
        copied = run.tables.filter(state=TableCopy.State.COPIED)
        wait_until(lambda: copied.count() == 11, 60, "The others wait")
    thread.join(60)
    assert_arrived(project, again(run))


@contextmanager
def _locked(project: Project, vendor: str, table: str) -> Iterator[None]:
    """Let nobody else write into a table; all may read it."""
    locks = {
        "postgresql": ["BEGIN", f"LOCK TABLE {table} IN EXCLUSIVE MODE"],
        "mariadb": [f"LOCK TABLES {table} READ"],
    }
    with oracle.reading(project.entry("new")) as reader:
        cursor = reader.connection.cursor()
        for sql in locks[vendor]:
            cursor.execute(sql)
        yield


def test_what_has_grown_since_it_was_checked_goes_alone(
    project: Project, monkeypatch: pytest.MonkeyPatch, sizes: dict[str, list[int]]
) -> None:
    prepared(project, "postgresql", "mariadb")
    monkeypatch.setattr("dashboard.runner.chunk_size.FIRST_ROWS", 20)
    run = begun(project, lane_count=1)
    grown = "INSERT INTO small05 SELECT n, 'new' FROM generate_series(100, 149) n"
    run_sql(project, "old", grown)
    run = finished(run, 0)
    assert run.status == "succeeded"
    assert sizes["tables"] == [11]
    assert counted(project, "new")[5] == 55


def test_rows_that_appear_in_the_destination_end_the_run(project: Project) -> None:
    prepared(project, "postgresql", "mariadb")
    run = begun(project, lane_count=1)
    lease, sessions = lease_of(run, 0), Sessions(run, "tests")
    _until_copying(run, lease, sessions)
    release(lease)
    run_sql(project, "new", "INSERT INTO small03 VALUES (55, 'mine')")
    sessions.close()
    # The slice that finds it out ends, and another one puts the schema back.
    assert work(run.pk, 0, lease.epoch, 60) is SliceEnd.MORE
    run = finished(run, 0)
    assert run.status == "failed"
    assert "small03" in run.error
    assert counted(project, "new")[3] == 1


def _until_copying(run: MigrationRun, lease: Lease, sessions: Sessions) -> None:
    assert phases.advance(again(run), lease, sessions)
    for step in run.steps.filter(phase="preparing").order_by("stage", "id"):
        assert steps._take(step, lease)
        steps.perform(step, run, lease, sessions)
    assert phases.advance(again(run), lease, sessions)


def test_two_lanes_take_no_table_twice(project: Project) -> None:
    prepared(project, "postgresql", "mariadb")
    run = begun(project, lane_count=2)
    leases = [lease_of(run, number) for number in (0, 1)]
    sessions = Sessions(run, "tests")
    _until_copying(run, leases[0], sessions)
    first = bundle_claims.claim(again(run), leases[0], sessions, 100)
    second = bundle_claims.claim(again(run), leases[1], sessions, 100)
    # Each lane leaves some to the other.
    assert len(first) == 6
    assert len(second) == 3
    taken = {claimed.table.table for claimed in (*first, *second)}
    assert len(taken) == 9
    sessions.close()


def test_a_connection_that_breaks_costs_no_table_an_attempt(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(project, "postgresql", "mariadb")
    run = begun(project, lane_count=1)
    copy = bundles.copy_tables

    def broken(*args: Any) -> Any:
        monkeypatch.setattr(bundles, "copy_tables", copy)
        raise ConnectionLost("The connection has ended.")

    monkeypatch.setattr(bundles, "copy_tables", broken)
    run = finished(run, 0)
    assert_arrived(project, run)
    tried = Chunk.objects.of(run).values_list("attempts", "breaks")
    assert set(tried) == {(1, 1)}


def test_a_bundle_that_is_committed_and_not_recorded_is_recognised(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(project, "postgresql", "mariadb")
    run = begun(project, lane_count=1)
    record = bundles.record

    def hindered(*args: Any) -> None:
        monkeypatch.setattr(bundles, "record", record)
        raise ConnectionLost("The answer is lost.")

    monkeypatch.setattr(bundles, "record", hindered)
    assert_arrived(project, finished(run, 0))


def test_a_bundle_ends_when_its_time_is_up(
    project: Project, monkeypatch: pytest.MonkeyPatch, sizes: dict[str, list[int]]
) -> None:
    prepared(project, "postgresql", "mariadb")
    monkeypatch.setattr(bundles, "MOST_SECONDS", 0)
    monkeypatch.setattr(step_bundles, "MOST_SECONDS", 0)
    run = finished(begun(project, lane_count=1), 0)
    assert_arrived(project, run)
    # One each time, and the last one is no bundle any more.
    assert sizes == {"tables": list(range(12, 1, -1)), "steps": list(range(12, 1, -1))}


def test_a_step_of_a_bundle_that_fails_ends_alone(
    project: Project, monkeypatch: pytest.MonkeyPatch, sizes: dict[str, list[int]]
) -> None:
    prepared(project, "postgresql", "mariadb")
    run = begun(project, lane_count=1)
    lease, sessions = lease_of(run, 0), Sessions(run, "tests")
    _until_copying(run, lease, sessions)
    release(lease)
    sessions.close()
    # Between its copy and its comparison.
    advance = step_bundles.perform

    def changed(bundle: list[Step], *args: Any) -> None:
        monkeypatch.setattr(step_bundles, "perform", advance)
        run_sql(project, "old", "ALTER TABLE small07 ADD late int")
        advance(bundle, *args)

    monkeypatch.setattr(step_bundles, "perform", changed)
    run = finished(run, 0)
    assert run.status == "failed"
    assert "small07" in run.error and "late" in run.error
    failed = run.steps.get(state="failed")
    assert failed.table is not None and failed.table.table == "small07"


def test_limits_hold_for_bundles(
    project: Project, sizes: dict[str, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(project, "postgresql", "mariadb")
    run = finished(begun(project, lane_count=1, chunk_rows=5), 0)
    assert_arrived(project, run)
    # Those of at most five rows.
    assert sizes["tables"] == [6]
    assert pieces.MOST_TABLES == 100
