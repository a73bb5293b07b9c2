"""When a run works: how far it is, and how long until it goes on."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

from django.db import DatabaseError, connections

from dashboard.models import Chunk, MigrationRun
from tests.project import wait_until

ENDED = 1_000_000


def pieces_done(run: MigrationRun) -> int:
    """Pieces of work that are finished; more than all of them for a run that ended."""
    with suppress(DatabaseError):
        run.refresh_from_db()
        if run.is_ended:
            return ENDED
        steps = run.steps.filter(state="done").count()
        return Chunk.objects.of(run).copied().count() + steps
    connections.close_all()
    return -1


def in_the_middle(run: MigrationRun, chunks: int = 3) -> None:
    """Wait until some chunks are copied; fails where the run is past copying."""
    wait_until(
        lambda: Chunk.objects.of(run).copied().count() >= chunks, 60, "Nothing copied"
    )
    run.refresh_from_db()
    assert (run.status, run.phase) == ("running", "copying")


def seconds_until_it_goes_on(run: MigrationRun, deadline: float = 90) -> float:
    """From now on, when the fault is over."""
    began, before = time.monotonic(), pieces_done(run)
    assert before < ENDED, "The run had ended before"
    wait_until(lambda: pieces_done(run) > before, deadline, "The run stands still")
    return time.monotonic() - began


@contextmanager
def slowed(server: Any, database: str, table: str, seconds: float) -> Iterator[None]:
    """Let every statement that loads into a table take about so long."""
    if server.vendor == "postgresql":
        made = f"""
            CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END $$;
            CREATE TRIGGER slow BEFORE INSERT ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION slow()"""
        undone = ["DROP FUNCTION slow() CASCADE"]
    else:
        made = (
            f"CREATE TRIGGER slow BEFORE INSERT ON {table} FOR EACH ROW"
            f" SET @slow = SLEEP({seconds / 100})"
        )
        undone = ["DROP TRIGGER slow"]
    server.execute(made, database=database)
    try:
        yield
    finally:
        for sql in undone:
            server.execute(sql, database=database)


def sessions_at(server: Any, database: str, words: str) -> list[int]:
    """Numbers of the sessions whose statement of this moment has these words in it."""
    if server.vendor == "postgresql":
        sql = (
            "SELECT pid, datname, query FROM pg_stat_activity"
            " WHERE state = 'active' AND pid <> pg_backend_pid()"
        )
        found = server.execute(sql)
    else:
        # Its view of the information schema cannot say every statement.
        rows = server.execute("SHOW FULL PROCESSLIST")
        # MariaDB has a column more behind the statement.
        found = [(row[0], row[3], row[7]) for row in rows]
    pattern = re.compile(words, re.DOTALL)
    return [
        int(number)
        for number, name, info in found
        if name == database and info and pattern.search(info)
    ]


def end_session(server: Any, number: int) -> None:
    if server.vendor == "postgresql":
        server.execute(f"SELECT pg_terminate_backend({number})")
    else:
        with suppress(Exception), closing(server.connect()) as connection:
            connection.cursor().execute(f"KILL {number}")
