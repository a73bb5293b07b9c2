"""The control database is locked, restarted, or the very file that is copied."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import Any

import pytest
from django.db import DatabaseError, connections

from dashboard.models import Chunk, MigrationRun
from dashboard.runner import controls
from dashboard.runner.refusals import RequestRefused
from localservers.processes import Process
from tests import oracle
from tests.faults.conftest import Measured
from tests.faults.going_on import seconds_until_it_goes_on
from tests.faults.test_deaths import assert_arrived, started, wait_for_end
from tests.project import Project, soaked, wait_until

OPTIONS = {
    "LEASE_SECONDS": 3,
    "LOOK_SECONDS": 1,
    "SLICE_SECONDS": 2,
    "CHUNK_ROWS": 100,
}
LOCKED_SECONDS = 7


# SQLite as Django leaves it where nobody sets anything; this project's settings do.
PLAIN = {
    "transaction_mode": None,
    "timeout": 5.0,
    "init_command": "PRAGMA journal_mode = DELETE",
}


def plain_control(project: Project, *, filled: bool = False, **options: Any) -> None:
    """Keep the runs in an SQLite file of a project as it was started."""
    project.control("sqlite", filled=filled)
    entry = project.entry("default")
    project.register("default", {**entry, "OPTIONS": {**PLAIN, **options}})


def copied() -> int:
    return Chunk.objects.filter(state="copied").count()


def in_the_middle() -> None:
    start = copied()
    wait_until(lambda: copied() >= start + 3, 60, "No chunk was copied")


def terminal(project: Project, source: str, destination: str) -> Process:
    return project.manage_in_background(
        *("copydata", source, destination, "--no-input", "--lanes=2", "--json")
    )


def ended(process: Process, seconds: float = 90) -> int:
    return process.popen.wait(seconds)


@pytest.mark.parametrize("vendor", ["postgresql", soaked("mariadb"), soaked("mysql")])
def test_f18_whoever_works_waits_for_a_control_database_that_restarts(
    project: Project, measured: Measured, vendor: str
) -> None:
    # So many pieces that the terminal does not end before the server does.
    project.options.update(OPTIONS, CHUNK_ROWS=4)
    server = project.private_server(vendor)
    project.database(vendor, "default", server=server)
    source = project.database("sqlite", filled=True)
    by_terminal, by_worker = project.database("postgresql"), project.database("sqlite")
    schema = oracle.schema_snapshot(project.entry(by_terminal))
    worker = project.worker()
    command = terminal(project, source, by_terminal)
    wait_until(
        lambda: Chunk.objects.filter(
            table__run__executor="terminal", state="copied"
        ).exists(),
        60,
        "The terminal copies nothing",
    )
    second = started(project, source, by_worker)
    wait_until(
        lambda: Chunk.objects.filter(table__run=second, state="copied").exists(),
        60,
        "No worker copies",
    )

    server.stop()
    said = "does not answer"
    command.wait_until(lambda: said in command.log, 30, "The terminal says nothing")
    wait_until(lambda: "OperationalError" in worker.log, 30, "No worker notices")
    server.start()
    connections.close_all()
    measured("F18", seconds_until_it_goes_on(second))

    assert ended(command) == 0, command.log
    assert "answers again" in command.log
    assert "Traceback" not in command.log
    assert_arrived(project, MigrationRun.objects.get(executor="terminal"), schema)
    assert wait_for_end(second).status == "succeeded", second.error
    left, right = project.entry(source), project.entry(by_worker)
    assert oracle.differences(left, right) == []


@pytest.mark.soak
def test_a_control_file_that_is_locked_for_long_is_waited_for(
    project: Project,
) -> None:
    project.options.update(OPTIONS)
    plain_control(project)
    source = project.database("sqlite", filled=True)
    destination = project.database("postgresql")
    schema = oracle.schema_snapshot(project.entry(destination))
    command = terminal(project, source, destination)
    in_the_middle()
    with closing(sqlite3.connect(project.entry("default")["NAME"])) as other:
        other.execute("BEGIN EXCLUSIVE")
        with suppress(AssertionError):
            wait_until(lambda: not command.running(), LOCKED_SECONDS, "It goes on")
        other.rollback()
    assert ended(command) == 0, command.log
    assert_arrived(project, MigrationRun.objects.get(), schema)


@pytest.fixture
def one_file(project: Project) -> Project:
    """A project as it is started: one SQLite file, with rows for a while."""
    project.options.update(LEASE_SECONDS=3, LOOK_SECONDS=1, SLICE_SECONDS=2)
    # Less than it takes to read a table, to show in seconds what five did in minutes.
    plain_control(project, filled=True, timeout=0.1)
    path = project.entry("default")["NAME"]
    with closing(sqlite3.connect(path)) as connection:
        columns = "user_id, book_id, stars, text, score, written_at"
        connection.execute(
            f"INSERT INTO bookshop_review ({columns}) SELECT {columns} "
            "FROM bookshop_review, (SELECT 1 FROM bookshop_book LIMIT 100)"
        )
        connection.commit()
    return project


def rows(project: Project, alias: str) -> dict[str, int]:
    found = oracle.row_counts(project.entry(alias))
    return {name: n for name, n in found.items() if name.startswith("bookshop_")}


@pytest.mark.parametrize("by", ["terminal", soaked("workers")])
def test_the_file_that_holds_the_runs_is_copied_from(
    one_file: Project, by: str
) -> None:
    project = one_file
    destination = project.database("postgresql")
    if by == "terminal":
        command = terminal(project, "default", destination)
        assert ended(command) == 0, command.log
    else:
        worker = project.worker()
        wait_for_end(started(project, "default", destination))
        assert "locked" not in worker.log
    run = MigrationRun.objects.get()
    assert (run.status, run.verdict) == ("succeeded", "verified")
    assert rows(project, destination) == rows(project, "default")
    with closing(sqlite3.connect(project.entry("default")["NAME"])) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_the_file_that_holds_the_runs_is_copied_into(one_file: Project) -> None:
    project = one_file
    source = project.database("postgresql", filled=True)
    done = project.manage(
        *("copydata", source, "default", "bookshop", "--empty", "--no-input")
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert rows(project, "default") == rows(project, source)


@pytest.mark.parametrize("requests", [5, soaked(76)])
def test_every_pause_and_every_resume_is_answered(
    project: Project, requests: int
) -> None:
    project.options.update(OPTIONS)
    plain_control(project)
    source = project.database("sqlite", filled=True)
    destination = project.database("postgresql")
    project.worker()
    run = started(project, source, destination)
    broken: list[DatabaseError] = []

    def ask(number: int) -> None:
        again = MigrationRun.objects.get(pk=run.pk)
        request: Any = controls.resume if number % 2 else controls.pause
        try:
            request(again, "tests")
        except RequestRefused:
            pass
        except DatabaseError as error:
            broken.append(error)

    def person(name: int) -> None:
        try:
            for number in range(requests):
                ask(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as people:
        list(people.map(person, range(3)))
    assert broken == []
    with suppress(RequestRefused):
        controls.resume(run, "tests")
    assert wait_for_end(run).status == "succeeded", run.error


def test_a_transaction_that_reads_first_waits_for_whoever_writes(
    project: Project,
) -> None:
    plain_control(project)
    run = controls.draft(MigrationRun(source="default", destination="new"), "tests")
    path = project.entry("default")["NAME"]
    is_locked = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN IMMEDIATE")
            is_locked.set()
            other.execute("UPDATE migration_console_migrationrun SET remedy = 'x'")
            threading.Event().wait(0.5)
            other.commit()

    writer = threading.Thread(target=write)
    writer.start()
    assert is_locked.wait(10)
    controls.cancel(run, "tests")
    writer.join()
    assert MigrationRun.objects.get().status == "cancelled"
