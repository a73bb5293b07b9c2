"""Pausing, cancelling, retrying, and those who come to a run too late."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from dashboard.models import Chunk, Lane, MigrationRun, Reservation
from dashboard.runner import controls
from dashboard.runner.refusals import RequestRefused
from dashboard.runner.stalls import look
from tests import oracle
from tests.faults.conftest import Measured
from tests.faults.going_on import seconds_until_it_goes_on
from tests.faults.test_deaths import assert_arrived, started, wait_for_end
from tests.project import ONE_OF_EACH, Project, soaked, wait_until

OPTIONS = {
    "LEASE_SECONDS": 3,
    "LOOK_SECONDS": 1,
    "SLICE_SECONDS": 2,
    "CHUNK_ROWS": 20,
}
THREADS = 8


def copied(run: MigrationRun) -> int:
    return Chunk.objects.filter(table__run=run, state="copied").count()


def in_the_middle(run: MigrationRun, chunks: int = 3) -> None:
    """Wait until some chunks are copied and others are not."""
    wait_until(lambda: copied(run) >= chunks, 60, "No chunk was copied")
    run.refresh_from_db()
    assert (run.status, run.phase) == ("running", "copying")


def reached(run: MigrationRun, status: str) -> None:
    def is_there() -> bool:
        run.refresh_from_db()
        return run.status == status

    wait_until(is_there, 60, f"The run did not become {status}")


def watched_to_the_end(run: MigrationRun) -> MigrationRun:
    """Wait as an open page does, which looks more often than workers do."""

    def ended() -> bool:
        look()
        run.refresh_from_db()
        return run.is_ended

    wait_until(ended, 90, "The run did not end")
    return run


def receipts_tables(entry: dict[str, Any]) -> list[str]:
    with oracle.reading(entry) as reader:
        return [name for name in reader.all_tables() if "_receipts_" in name]


def not_valid(entry: dict[str, Any]) -> set[str]:
    with oracle.reading(entry) as reader:
        sql = "SELECT conname FROM pg_constraint WHERE NOT convalidated"
        return {name for (name,) in reader.query(sql)}


def names(schema: dict[str, set[Any]]) -> dict[str, set[Any]]:
    """What is there, valid or not."""
    return {
        "constraints": {
            (table, name, kind, definition.removesuffix(" NOT VALID"))
            for table, name, kind, definition, *_ in schema["constraints"]
        },
        "indexes": schema["indexes"],
    }


def test_f26_a_pause_lets_go_of_every_lane_and_resuming_ends_well(
    project: Project,
) -> None:
    project.options.update(OPTIONS)
    source = project.database("postgresql", filled=True)
    destination = project.database("mariadb")
    schema = oracle.schema_snapshot(project.entry(destination))
    project.worker()
    run = started(project, source, destination)
    in_the_middle(run)

    controls.pause(run, "tests")
    reached(run, "paused")

    assert not Lane.objects.filter(run=run, is_leased=True).exists()
    assert not Chunk.objects.filter(table__run=run, state="claimed").exists()
    assert Reservation.objects.filter(run=run).exists()
    there = oracle.row_counts(project.entry(destination))
    assert copied(run) < sum(there.values())
    other = controls.draft(
        MigrationRun(source=source, destination=destination, empty_first=True), "tests"
    )
    controls.check(other, "tests")
    with pytest.raises(RequestRefused, match="is using the destination"):
        controls.start(other, "tests", other.plan_hash)
    assert oracle.row_counts(project.entry(destination)) == there
    controls.resume(run, "tests")

    assert_arrived(project, wait_for_end(run), schema)


def test_f25_a_cancelled_run_leaves_its_schema_and_a_retry_validates_it(
    project: Project,
) -> None:
    project.options.update(OPTIONS)
    source = project.database("mariadb", filled=True)
    destination = project.database("postgresql")
    entry = project.entry(destination)
    schema = oracle.schema_snapshot(entry)
    project.worker()
    run = started(project, source, destination)
    in_the_middle(run)
    assert names(oracle.schema_snapshot(entry)) != names(schema)

    controls.cancel(run, "tests")
    wait_for_end(run)

    assert run.status == "cancelled", run.error
    assert names(oracle.schema_snapshot(entry)) == names(schema)
    assert receipts_tables(entry) == []
    assert not Reservation.objects.filter(run=run).exists()
    named = run.schema_objects.filter(state="not valid")
    assert named.exists()
    assert set(named.values_list("name", flat=True)) == not_valid(entry)
    assert set(run.schema_objects.values_list("state", flat=True)) <= {
        "recorded",
        "restored",
        "not valid",
    }

    controls.retry(run, "tests")
    wait_for_end(run)

    assert oracle.schema_differences(schema, oracle.schema_snapshot(entry)) == []
    assert not run.schema_objects.filter(state="not valid").exists()
    assert receipts_tables(entry) == []
    assert_arrived(project, run, schema)


def test_a_run_that_is_cancelled_while_it_pauses_ends_cancelled(
    project: Project,
) -> None:
    project.options.update(OPTIONS)
    source = project.database("mariadb", filled=True)
    destination = project.database("postgresql")
    entry = project.entry(destination)
    schema = oracle.schema_snapshot(entry)
    project.worker()
    run = started(project, source, destination)
    in_the_middle(run)

    controls.pause(run, "tests")
    controls.cancel(run, "tests")
    with pytest.raises(RequestRefused):
        controls.cancel(run, "tests")
    wait_for_end(run)

    assert run.status == "cancelled", run.error
    assert names(oracle.schema_snapshot(entry)) == names(schema)


@pytest.mark.parametrize("control", ONE_OF_EACH)
def test_f23_of_many_starts_into_one_destination_one_wins(
    project: Project, control: str
) -> None:
    project.control(control)
    source = project.database("sqlite")
    destination = project.database("sqlite")
    runs = []
    for _ in range(THREADS):
        request = MigrationRun(
            source=source,
            destination=destination,
            labels=["sites"],
            empty_first=True,
            executor="terminal",
        )
        runs.append(controls.check(controls.draft(request, "tests"), "tests"))
    barrier = threading.Barrier(THREADS)
    won: list[int] = []
    refused: list[str] = []
    broken: list[BaseException] = []

    def start(run: MigrationRun) -> None:
        try:
            barrier.wait(30)
            controls.start(run, "tests", run.plan_hash)
            won.append(run.pk)
        except RequestRefused as error:
            refused.append(str(error))
        except BaseException as error:
            broken.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=start, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert broken == []
    assert len(won) == 1
    assert len(refused) == THREADS - 1
    assert all("is using the destination" in text for text in refused)
    assert {one.run_id for one in Reservation.objects.all()} == set(won)
    running = MigrationRun.objects.filter(status="running")
    assert [run.pk for run in running] == won
    assert MigrationRun.objects.filter(status="ready").count() == THREADS - 1
    assert Lane.objects.exclude(run__in=won).count() == 0


@pytest.mark.parametrize(
    ("direction", "place"),
    [
        (("mariadb", "postgresql"), "rows loaded"),
        soaked(("sqlite", "mariadb"), "chunk committed"),
    ],
)
def test_f21_a_worker_that_only_seemed_dead_does_nothing_twice(
    project: Project, tmp_path: Path, direction: tuple[str, str], place: str
) -> None:
    project.options.update(OPTIONS)
    source = project.database(direction[0], filled=True)
    destination = project.database(direction[1])
    schema = oracle.schema_snapshot(project.entry(destination))
    once = tmp_path / "once"
    zombie = project.worker(
        concurrency=1,
        environment={"MIGRATION_CONSOLE_FAILPOINTS": f"{place}=stop:{once}"},
    )
    request = MigrationRun(source=source, destination=destination, lane_count=1)
    run = controls.check(controls.draft(request, "tests"), "tests")
    controls.start(run, "tests", run.plan_hash)
    wait_until(once.exists, 60, "No chunk came that far")
    (stopped,) = zombie.children()

    project.worker(concurrency=1)
    watched_to_the_end(run)
    os.kill(stopped, signal.SIGCONT)
    wait_until(lambda: "lost" in zombie.log, 30, "The zombie does not notice")
    zombie.kill9()

    assert_arrived(project, run, schema)


def test_workers_end_and_finish_what_a_dead_terminal_began(
    project: Project, tmp_path: Path
) -> None:
    project.options.update(OPTIONS, LEASE_SECONDS=2, CHUNK_ROWS=200)
    source = project.database("sqlite", filled=True)
    destination = project.database("postgresql")
    entry = project.entry(destination)
    schema = oracle.schema_snapshot(entry)
    failpoint = f"chunk committed=kill:{tmp_path / 'once'}"
    killed = project.manage(
        *("copydata", source, destination, "--no-input", "--lanes=1"),
        environment={"MIGRATION_CONSOLE_FAILPOINTS": failpoint},
    )
    assert killed.returncode == -9
    run = MigrationRun.objects.get()

    # At once: its last lease is still good, so that it seems to be alive.
    controls.cancel(run, "tests")
    project.worker()
    watched_to_the_end(run)
    assert run.status == "cancelled", run.error
    assert names(oracle.schema_snapshot(entry)) == names(schema)

    controls.retry(run, "tests")
    assert_arrived(project, watched_to_the_end(run), schema)


def test_f17_servers_that_are_away_for_a_while_are_waited_for(
    project: Project, measured: Measured
) -> None:
    project.options.update(OPTIONS, CONNECT_SECONDS=2)
    old, new = project.private_server("mariadb"), project.private_server("postgresql")
    source = project.database("mariadb", filled=True, server=old)
    destination = project.database("postgresql", server=new)
    schema = oracle.schema_snapshot(project.entry(destination))
    worker = project.worker()
    run = started(project, source, destination)
    for alias, server in ((source, old), (destination, new)):
        in_the_middle(run, copied(run) + 3)
        server.stop()
        said = f"cannot be reached (alias '{alias}'"
        wait_until(lambda said=said: said in worker.log, 60, "Nobody noticed")
        run.refresh_from_db()
        assert run.status == "running"
        server.start()
        measured("F17", seconds_until_it_goes_on(run))

    assert_arrived(project, wait_for_end(run), schema)
