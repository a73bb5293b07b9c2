"""Connections that end, go silent or lose an answer in the middle of a piece."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
import pytest

from tests.faults.conftest import Measured
from tests.faults.going_on import (
    end_session,
    in_the_middle,
    seconds_until_it_goes_on,
    sessions_at,
    slowed,
)
from tests.faults.invariants import Witness
from tests.faults.proxy import Proxy
from tests.faults.test_deaths import OPTIONS, started, wait_for_end
from tests.faults.test_frozen import frozen
from tests.faults.test_outages import codes, most_attempts
from tests.project import Project, soaked, wait_until

BIG = "bookshop_orderline"


def prepared(
    project: Project, source: str, destination: str, **options: Any
) -> Witness:
    project.options.update(OPTIONS, **options)
    project.database(source, "old", filled=True)
    project.database(destination, "new")
    return Witness(project, "old", "new")


@contextmanager
def behind_proxy(project: Project, alias: str) -> Iterator[Proxy]:
    """Let whoever is started from now on reach a database by a proxy."""
    entry = project.entry(alias)
    with closing(Proxy(int(entry["PORT"]))) as proxy:
        project.register(alias, {**entry, "PORT": str(proxy.port)})
        yield proxy
        project.register(alias, entry)


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        ("mariadb", "postgresql"),
        soaked("postgresql", "mysql"),
        soaked("postgresql", "mariadb"),
    ],
)
def test_f04_a_commit_whose_answer_is_lost_is_recognised(
    project: Project, measured: Measured, source: str, destination: str
) -> None:
    witness = prepared(project, source, destination)
    with behind_proxy(project, "new") as proxy:
        project.worker(concurrency=1)
        run = started(project, "old", "new")
        in_the_middle(run)
        proxy.lose_the_next_commit()
        wait_until(lambda: proxy.lost, 30, "No COMMIT went by")
        measured("F4", seconds_until_it_goes_on(run))
        wait_for_end(run)
    witness.assert_kept(run)
    assert "uplicate" not in "".join(one.log for one in project._processes)


def broken_while_loading(
    project: Project, measured: Measured, fault: str, destination: str, words: str
) -> None:
    source = "mariadb" if destination == "postgresql" else "postgresql"
    witness = prepared(project, source, destination)
    server = project.servers.server(destination)
    name = project.entry("new")["NAME"]
    run = None
    with slowed(server, name, BIG, 2.0):
        project.worker()
        run = started(project, "old", "new")
        (number, *_) = wait_until(
            lambda: sessions_at(server, name, words), 60, "No such statement runs"
        )
        end_session(server, number)
        measured(fault, seconds_until_it_goes_on(run))
        wait_until(lambda: not sessions_at(server, name, words), 60, "It loads on")
    wait_for_end(run)
    witness.assert_kept(run)


def test_f05_a_destination_session_that_is_ended_in_a_copy(
    project: Project, measured: Measured
) -> None:
    broken_while_loading(project, measured, "F5", "postgresql", f"COPY.*{BIG}")


@pytest.mark.soak
@pytest.mark.parametrize(
    ("destination", "words"),
    [
        ("mysql", f"INSERT.*{BIG}"),
        soaked("mysql_infile", f"LOAD DATA.*{BIG}"),
        soaked("mariadb", f"(LOAD|INSERT).*{BIG}"),
    ],
)
def test_f06_a_destination_session_that_is_killed_while_it_loads(
    project: Project, measured: Measured, destination: str, words: str
) -> None:
    broken_while_loading(project, measured, "F6", destination, words)


@pytest.mark.parametrize(
    ("source", "destination"),
    [("postgresql", "sqlite"), soaked("mariadb", "postgresql")],
)
def test_f09_source_sessions_that_end_in_the_middle(
    project: Project, measured: Measured, source: str, destination: str
) -> None:
    witness = prepared(project, source, destination)
    with behind_proxy(project, "old") as proxy:
        project.worker()
        run = started(project, "old", "new")
        in_the_middle(run)
        for _ in range(3):
            proxy.cut()
            measured("F9", seconds_until_it_goes_on(run))
        wait_for_end(run)
    witness.assert_kept(run)
    assert most_attempts(run) <= 3


@pytest.mark.soak
def test_f10_a_destination_so_slow_that_the_source_drops_its_reader(
    project: Project, measured: Measured
) -> None:
    project.options.update(OPTIONS, CHUNK_ROWS=100_000)
    old = project.private_server("mariadb", options=["--net-write-timeout=2"])
    new = project.private_server("postgresql")
    project.database("mariadb", "old", filled=True, rows=20_000, server=old)
    project.database("postgresql", "new", server=new)
    witness = Witness(project, "old", "new")
    project.worker()
    run = started(project, "old", "new")
    in_the_middle(run, 1)
    with frozen(new):
        time.sleep(8)  # Four times what the source waits for its reader.
    measured("F10", seconds_until_it_goes_on(run))
    wait_for_end(run)
    witness.assert_kept(run)


@pytest.mark.soak
@pytest.mark.parametrize("alias", ["old", "new"])
def test_f11_a_firewall_that_drops_everything_for_a_while(
    project: Project, measured: Measured, alias: str
) -> None:
    witness = prepared(project, "mariadb", "postgresql", CONNECT_SECONDS=2)
    with behind_proxy(project, alias) as proxy:
        project.worker()
        run = started(project, "old", "new")
        in_the_middle(run)
        proxy.go_silent()
        wait_until(
            lambda: f"'{alias}'" in codes(run).get("waiting", ""),
            60,
            "The page does not say who is silent",
        )
        proxy.go_on()
        measured("F11", seconds_until_it_goes_on(run))
        wait_for_end(run)
    witness.assert_kept(run)


def crossing(project: Project) -> str:
    """Let every row that is loaded take two locks, one after the other."""
    name: str = project.entry("new")["NAME"]
    project.servers.server("postgresql").execute(
        f"""
        CREATE FUNCTION crossing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_advisory_xact_lock(1); PERFORM pg_advisory_xact_lock(2);
        RETURN NEW; END $$;
        CREATE TRIGGER crossing BEFORE INSERT ON {BIG} FOR EACH ROW
        EXECUTE FUNCTION crossing()""",
        database=name,
    )
    return name


@pytest.mark.soak
def test_f12_a_deadlock_of_which_the_chunk_is_the_victim(
    project: Project, measured: Measured
) -> None:
    project.options.update(OPTIONS)
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    name = crossing(project)
    witness = Witness(project, "old", "new")
    server = project.servers.server("postgresql")
    with closing(psycopg2.connect(**server.connection_facts(name))) as other:
        cursor = other.cursor()
        # Whoever looks first is the victim: the product.
        cursor.execute("SET deadlock_timeout = '60s'")
        cursor.execute("SELECT pg_advisory_xact_lock(2)")
        worker = project.worker()
        run = started(project, "old", "new")
        waits = (
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        )
        wait_until(lambda: server.execute(waits, database=name)[0][0], 60, "No lock")
        cursor.execute("SELECT pg_advisory_xact_lock(1)")
        other.commit()
    measured("F12", seconds_until_it_goes_on(run))
    wait_for_end(run)
    witness.assert_kept(run)
    assert "40P01" in worker.log
    assert most_attempts(run) <= 1
