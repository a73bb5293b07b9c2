"""What is not looked at is named, what was found is kept, and nothing stays behind."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import pytest

from dashboard.planning.asked import Asked
from dashboard.planning.checked_plan import CheckedPlan
from dashboard.planning.deadlines import Deadline
from dashboard.planning.merge_checks import check_merges
from dashboard.planning.orphan_checks import check_orphans
from dashboard.planning.preflight import check
from dashboard.planning.sides import Side
from dashboard.planning.value_checks import Scanning, check_values
from dashboard.planning.whole_table_checks import check_whole_tables
from dashboard.transfer import scan as scanning
from dashboard.transfer.backends.base import Session
from dashboard.transfer.errors import TimeIsUp, TransferError
from dashboard.transfer.scan import questions, scan
from tests.dashboard.planning.checking import run_sql
from tests.dashboard.transfer.every_kind import EngineDatabase
from tests.project import BASE_DIR, Project, soaked, wait_until

LABELS = ("bookshop.Currency", "bookshop.Genre", "bookshop.Author", "bookshop.Book")
SECONDS = 1.0


def side(project: Project, alias: str, engine: str) -> EngineDatabase:
    return EngineDatabase(engine, project.entry(alias))


def ids(checked: CheckedPlan) -> list[str]:
    return [one.check.rpartition(".")[2] for one in checked.found]


@contextmanager
def planned(project: Project, of: str) -> Iterator[tuple[CheckedPlan, Any]]:
    """Plan a copy into PostgreSQL, and yield it with sessions on both sides."""
    project.database(of, "old", filled=True)
    project.database("postgresql", "new")
    checked = check("old", "new", LABELS)
    assert not checked.is_blocked, checked.found
    checked.found.clear()
    with both(project, of, "postgresql") as sides:
        yield checked, sides


@contextmanager
def both(project: Project, of: str, to: str) -> Iterator[tuple[Side, Side]]:
    with (
        side(project, "old", of).session() as old,
        side(project, "new", to).session() as new,
    ):
        yield Side(old, set()), Side(new, set())


@contextmanager
def locked(database: EngineDatabase, table: str) -> Iterator[None]:
    """Keep whoever wants to read a table waiting."""
    sql = {
        "postgresql": f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
        "mysql": f"LOCK TABLES {table} WRITE",
    }[database.vendor]
    with closing(database._connection()) as connection:
        connection.cursor().execute(sql)
        yield


@pytest.mark.parametrize("of", ["postgresql", "mariadb", soaked("mysql")])
def test_a_source_that_does_not_answer_is_left_when_time_is_up(
    project: Project, of: str
) -> None:
    with planned(project, of) as (checked, sides):
        database, began = side(project, "old", of), time.monotonic()
        with locked(database, "bookshop_book"):
            check_values(checked, sides, Scanning(seconds=SECONDS))
            check_orphans(checked, sides, Deadline(SECONDS))
        assert time.monotonic() - began < 30 * SECONDS
        found = {one.check.rpartition(".")[2]: one for one in checked.found}
        assert set(found) <= {"W291", "W295"}
        assert "bookshop_book" in found["W295"].message
        if of != "postgresql":
            assert "bookshop_book" in found["W291"].message
        # The session has no limit any more, and is as good as before.
        checked.found.clear()
        check_values(checked, sides, Scanning())
        check_orphans(checked, sides)
        assert ids(checked) == []
        _refuses(project, of, checked, sides)


def _refuses(project: Project, of: str, checked: CheckedPlan, sides: Any) -> None:
    """What lasts, and a connection that is lost, prevent a start."""
    cut = "ALTER TABLE bookshop_genre DROP COLUMN name"
    if of != "postgresql":
        run_sql(project, "old", cut)
        check_values(checked, sides, Scanning())
        assert ids(checked) == ["E241"]
        assert "--no-scan" in checked.found[0].remedy
        assert "bookshop_genre" in checked.found[0].message
        checked.found.clear()
    # As often as it takes: it comes back by itself nowhere.
    _kill(project, of, sides[0].session)
    check_orphans(checked, sides)
    check_values(checked, sides, Scanning())
    assert set(ids(checked)) == {"E243"}
    assert checked.is_blocked
    checked.found.clear()
    check_whole_tables(checked, sides, Scanning(), Deadline(None))
    assert ids(checked) == ["E243"]
    checked.found.clear()
    checked.tables = [
        replace(one, plan=replace(one.plan, mode="merge")) for one in checked.tables
    ]
    # By its name, the destination is opened for a temporary table.
    project.register(sides[1].alias, project.entry("new"))
    check_merges(checked, sides, Scanning(), Deadline(None))
    assert ids(checked) == ["E243"]


def _kill(project: Project, of: str, session: Session) -> None:
    sql = "SELECT pg_terminate_backend(%s)"
    number = session.query("SELECT pg_backend_pid()")[0][0] if of == "postgresql" else 0
    if of != "postgresql":
        number = session.query("SELECT CONNECTION_ID()")[0][0]
        sql = "KILL %s"
    side(project, "old", of).run(sql, [number])
    wait_until(lambda: _is_gone(session), 20, "still connected")


def _is_gone(session: Session) -> bool:
    try:
        session.query("SELECT 1")
    except TransferError:
        return True
    return False


def test_what_was_found_is_kept_when_time_is_up(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("mariadb", "new")
    run_sql(project, "old", "UPDATE bookshop_genre SET name = printf('%%400s', id)")
    genre = next(
        one for one in check("old", "new", LABELS).tables if "enre" in one.table
    )
    monkeypatch.setattr(scanning, "RANGE_ROWS", 1)
    looks = iter(range(99))

    @contextmanager
    def within() -> Iterator[None]:
        if next(looks) == 2:
            raise TimeIsUp("")
        yield

    with both(project, "sqlite", "mariadb") as sides:
        old, new = (one.session for one in sides)
        there = new.catalog.table(genre.table)
        assert there
        asked = questions(old, new, genre.plan, there)
        (found,) = scan(old, genre.plan, asked, within).broken
        whole = scan(old, genre.plan, asked)
    assert (found.count, found.more, len(found.keys)) == (2, True, 2)
    assert whole.ended_by is None and whole.broken[0].count == genre.size.rows > 2


def test_suspects_that_no_key_orders_are_said_to_be_unread(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among the first there is none that is bad; nobody knows of the others."""
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    run_sql(project, "old", "UPDATE bookshop_book SET details = '[]'")
    checked = check("old", "new", LABELS)
    checked.found.clear()
    place = next(n for n, t in enumerate(checked.tables) if t.item.label == LABELS[3])
    book = checked.tables[place]
    checked.tables[:] = [
        replace(book, plan=replace(book.plan, is_divisible=False, key=()))
    ]
    monkeypatch.setattr(scanning, "MOST_UNDIVIDED", 2)
    with both(project, "sqlite", "postgresql") as sides:
        check_values(checked, sides, Scanning())
    assert ids(checked) == ["W294"]


def test_what_a_change_mends_is_not_reported_and_the_rest_is(project: Project) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    run_sql(
        project,
        "old",
        "UPDATE bookshop_genre SET name = CAST(x'00' AS TEXT) || printf('%%99s', id)",
        "UPDATE bookshop_currency SET name = CAST(x'6100' AS TEXT)",
    )
    labels, cut = (
        ["bookshop.Genre", "bookshop.Currency"],
        {"bookshop.Genre.name": "cut"},
    )
    both_ways = [
        check("old", "new", labels, asked=Asked(changes=changes), scanning=Scanning())
        for changes in ({}, cut)
    ]
    of_genre = [
        [
            i
            for i, one in zip(ids(found), found.found, strict=True)
            if "Genre" in one.model
        ]
        for found in both_ways
    ]
    assert sorted(of_genre[0]) == ["E212", "E217"]
    assert sorted(of_genre[1]) == ["E217", "W170"]
    # A key that is a text is shown as one.
    (money,) = [one for one in both_ways[0].found if "Currency" in one.model]
    assert re.search(r"keys: [A-Z]{3}, [A-Z]{3}", money.message)
    # Nothing is asked of an empty selection.
    nothing = check("old", "new", labels, labels, scanning=Scanning(seconds=1))
    assert ids(nothing) == ["E011"]


SLEEPER = """
import sys, django
django.setup()
from tests.dashboard.transfer.every_kind import EngineDatabase
engine, entry = sys.argv[1], eval(sys.argv[2])
session = EngineDatabase(engine, entry).session()
print(session.query(sys.argv[3])[0][0], flush=True)
with session.limited(2):
    session.query("SELECT count(*) FROM bookshop_book")
"""


@pytest.mark.parametrize("of", ["postgresql", soaked("mariadb")])
def test_nobody_stays_in_the_server_when_a_page_is_killed(
    project: Project, of: str
) -> None:
    project.database(of, "old")
    database = side(project, "old", of)
    own, known = {
        "postgresql": (
            "SELECT pg_backend_pid()",
            "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
        ),
        "mariadb": (
            "SELECT CONNECTION_ID()",
            "SELECT id FROM information_schema.processlist WHERE state LIKE 'Waiting%'",
        ),
    }[of]
    with locked(database, "bookshop_book"):
        process = subprocess.Popen(
            [sys.executable, "-c", SLEEPER, of, repr(database.entry), own],
            cwd=BASE_DIR,
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:
            assert process.stdout
            number = int(process.stdout.readline())
            wait_until(lambda: (number,) in database.read(known), 20, "no wait")
            process.send_signal(signal.SIGKILL)
            process.wait()
        wait_until(lambda: (number,) not in database.read(known), 20, "stays")
