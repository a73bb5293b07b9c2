"""Servers that have stopped but whose kernel answers, and locks held by others."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import MySQLdb
import psycopg2
import pytest

from dashboard.models import MigrationRun
from localservers.usage import children
from tests import oracle
from tests.faults.conftest import Measured
from tests.faults.going_on import seconds_until_it_goes_on
from tests.faults.test_deaths import OPTIONS, assert_arrived, started, wait_for_end
from tests.faults.test_outages import codes, copied, most_attempts
from tests.project import Project, soaked, wait_until
from tests.servers import vendor_of


def tree(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        found += children(one)
    return found


@contextmanager
def frozen(server: Any) -> Iterator[None]:
    """Stop every process of a server; its kernel still acknowledges."""
    # The first starts no more of them; others may end before it is their turn.
    os.kill(server.pid, signal.SIGSTOP)
    pids = tree(server.pid)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("source_vendor", "destination_vendor", "stopped"),
    [
        ("mariadb", "postgresql", "old"),
        soaked("mariadb", "postgresql", "new"),
        soaked("postgresql", "mysql", "old"),
        soaked("postgresql", "mysql", "new"),
    ],
)
def test_f11_a_server_that_has_stopped_is_noticed_in_seconds(
    project: Project,
    measured: Measured,
    source_vendor: str,
    destination_vendor: str,
    stopped: str,
) -> None:
    project.options.update(OPTIONS, CHUNK_ROWS=10)
    vendors = {"old": source_vendor, "new": destination_vendor}
    server = project.private_server(vendors[stopped])
    for alias, vendor in vendors.items():
        project.database(
            vendor,
            alias,
            filled=alias == "old",
            server=server if alias == stopped else None,
        )
    schema = oracle.schema_snapshot(project.entry("new"))
    project.worker()
    run = started(project, "old", "new")
    wait_until(lambda: copied(run) > 3, 60, "Nothing is copied")

    with frozen(server):
        began = time.monotonic()
        wait_until(
            lambda: is_named(stopped, codes(run).get("waiting", "")),
            60,
            "The page does not say that the server is silent",
        )
        assert time.monotonic() - began < 20
        alive = alive_ms(run)
        time.sleep(6)  # As long as a lease is renewed in between.
        assert alive_ms(run) == alive

    measured("F11", seconds_until_it_goes_on(run))
    assert_arrived(project, wait_for_end(run), schema)
    assert "waiting" not in codes(run)
    assert most_attempts(run) <= 1


def is_named(alias: str, said: str) -> bool:
    """Whether a silence is said, of a call or of a connection that is opened."""
    return f"'{alias}' has not answered" in said or (
        "cannot be reached" in said and f"alias '{alias}'" in said
    )


def alive_ms(run: MigrationRun) -> int:
    run.refresh_from_db()
    return run.alive_ms


@contextmanager
def holding_lock(server: Any, name: str) -> Iterator[None]:
    """Read from a table in a transaction that stays open, as a person would."""
    facts = server.connection_facts(name)
    if server.vendor == "postgresql":
        facts = {**facts, "application_name": "nightly-report"}
    driver = psycopg2 if server.vendor == "postgresql" else MySQLdb
    with closing(driver.connect(**facts)) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT count(*) FROM bookshop_book")
        cursor.fetchall()
        yield


@pytest.mark.parametrize(
    ("vendor", "named"),
    [
        ("postgresql", "of user 'console', application 'nightly-report', since"),
        soaked("mariadb", "perhaps by session"),
        soaked("mysql", "of user 'console'"),
    ],
)
def test_f13_a_lock_is_waited_for_and_its_holder_is_named(
    project: Project, measured: Measured, vendor: str, named: str
) -> None:
    project.options.update(OPTIONS, LOCK_SECONDS=6, ATTEMPTS=1)
    project.database("sqlite", "old", filled=True)
    project.database(vendor, "new")
    server = project.servers.server(vendor)
    assert vendor_of(vendor) == server.vendor
    schema = oracle.schema_snapshot(project.entry("new"))

    with holding_lock(server, project.entry("new")["NAME"]):
        project.worker()
        run = started(project, "old", "new")
        wait_until(
            lambda: named in codes(run).get("waiting", ""),
            60,
            "The page does not name who holds the lock",
        )
        # More often than it may fail.
        time.sleep(12)
        run.refresh_from_db()
        assert (run.status, run.error) == ("running", "")
        # What another lane has finished meanwhile takes the words away for a moment.
        wait_until(
            lambda: named in codes(run).get("waiting", ""), 10, "It is named no more"
        )

    measured("F13", seconds_until_it_goes_on(run))
    assert_arrived(project, wait_for_end(run), schema)
