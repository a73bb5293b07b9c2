"""A connection that the server ends amid COPY: nobody prints the row it was at."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any

import psycopg2
import pytest

from dashboard.transfer.backends.postgresql.by_psycopg2 import Psycopg2
from dashboard.transfer.backends.postgresql.printed import QuietHook
from tests.project import Project, wait_until

POISON = """
    CREATE TABLE read (line text);
    CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
    CREATE TRIGGER poison BEFORE INSERT ON read FOR EACH ROW EXECUTE FUNCTION poison()
"""


class Lines:
    """Two blocks, the second of them when the server has ended the connection."""

    def __init__(self, is_gone: Callable[[], bool]) -> None:
        self._is_gone = is_gone
        self._blocks = 0

    def read(self, size: int = -1) -> bytes:
        self._blocks += 1
        if self._blocks == 2:
            wait_until(self._is_gone, 20, "The connection goes on")
        return b"a private line\n" * 5_000 if self._blocks < 3 else b""


def test_nothing_is_printed(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    entry = project.entry(project.database("postgresql", "new", migrated=False))
    facts = {"host": entry["HOST"], "port": entry["PORT"], "dbname": entry["NAME"]}
    facts |= {"user": entry["USER"], "password": entry["PASSWORD"]}
    connection, other = psycopg2.connect(**facts), psycopg2.connect(**facts)
    other.autocommit = True
    cursor = other.cursor()
    cursor.execute(POISON)

    def is_gone() -> bool:
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity WHERE pid = %s",
            [connection.info.backend_pid],
        )
        return cursor.fetchone() is None

    # The server reads on after a hundred kilobytes only.
    with pytest.raises(psycopg2.OperationalError):
        Psycopg2(connection).copy_in("COPY read FROM STDIN", Lines(is_gone), 1 << 16)
    other.close()
    printed = capfd.readouterr()
    assert "private" not in printed.out + printed.err


def test_what_is_of_others_goes_to_the_hook_before() -> None:
    told: list[BaseException] = []

    def hook(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> Any:
        told.append(error)

    quiet = QuietHook(hook)
    caused = SystemError("a")
    caused.__cause__ = psycopg2.OperationalError("private")
    others = [SystemError("b"), ValueError("c"), psycopg2.OperationalError("d")]
    for error in [caused, *others]:
        quiet(type(error), error, None)
    assert told == others
    assert sys.excepthook is not quiet
