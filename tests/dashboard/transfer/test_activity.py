"""A call that never returns, seen and ended from another thread."""

from __future__ import annotations

import threading

import pytest

from dashboard.databases import database
from dashboard.transfer.activity import activities
from dashboard.transfer.backends import connect
from dashboard.transfer.errors import ConnectionLost
from tests.project import Project, soaked, wait_until

SLEEP = {"postgresql": "SELECT pg_sleep(60)", "mysql": "SELECT sleep(60)"}


@pytest.mark.parametrize("engine", ["postgresql", "mariadb", soaked("mysql")])
def test_a_call_that_waits_is_seen_and_broken_off(
    project: Project, engine: str
) -> None:
    alias = project.database(engine, migrated=False)
    caught: list[BaseException] = []
    with connect(database(alias), "watched-1") as session:

        def wait() -> None:
            try:
                session.query(SLEEP[session.vendor])
            except BaseException as error:
                caught.append(error)

        (seen,) = activities("watched")
        assert (seen.alias, seen.has_server, seen.seconds) == (alias, True, 0)
        thread = threading.Thread(target=wait)
        thread.start()
        wait_until(lambda: seen.seconds > 0.2, 10, "The call is not seen")
        with connect(database(alias), "looks-on") as other:
            # It sleeps, and waits for no lock.
            assert other.lock_wait(seen) is None
        seen.break_off()
        thread.join(10)
        assert not thread.is_alive()
    assert [type(error) for error in caught] == [ConnectionLost]
    assert activities("watched") == []
    # Closed: nothing is left to break off.
    seen.break_off()


def test_a_file_has_no_server(project: Project) -> None:
    alias = project.database("sqlite", migrated=False)
    with connect(database(alias), "watched-2") as session:
        assert session.started_seconds() is None
        (seen,) = activities("watched")
        assert not seen.has_server
        seen.break_off()
        assert session.query("SELECT 1") == [(1,)]
