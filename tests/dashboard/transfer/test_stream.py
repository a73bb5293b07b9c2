"""A stream that breaks in the middle: who is to blame, and what is left."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any, BinaryIO

import pytest

from dashboard.transfer.backends.base import Session
from dashboard.transfer.copy import Copied, move
from dashboard.transfer.errors import ConnectionLost, TransferError
from dashboard.transfer.plan import TablePlan
from dashboard.transfer.stream import TextStream
from tests.dashboard.transfer.every_kind import (
    FIELDS,
    ID,
    Field,
    Side,
    Sides,
    make_plan,
)
from tests.project import Servers
from tests.servers import fresh_name

SERVERS = ("postgresql", "mysql")
# More than pipes and sockets hold, so that nobody has read all of it.
ROWS = 16_000
BODY = next(field for field in FIELDS if field.name == "body")
COLUMNS: list[Field] = [ID, BODY]
NUMBERS = {
    "postgresql": f"SELECT n, repeat('x', 2000) FROM generate_series(1, {ROWS}) n",
    "mysql": f"SELECT seq, repeat('x', 2000) FROM seq_1_to_{ROWS}",
}


@pytest.fixture(scope="module")
def sides(servers: Servers) -> Iterator[Sides]:
    sides = Sides(servers)
    yield sides
    sides.close()


@pytest.fixture(scope="module")
def filled(sides: Sides) -> str:
    table = fresh_name("t")
    for vendor in SERVERS:
        side = sides.get(vendor, "old")
        side.create(table, COLUMNS)
        side.run(f"INSERT INTO {table} (id, body) {NUMBERS[vendor]}")
    return table


@pytest.fixture(autouse=True)
def nothing_stays_behind() -> Iterator[None]:
    threads = set(threading.enumerate())
    yield
    assert [t.name for t in threading.enumerate() if t not in threads] == []


def pipes() -> int:
    found = 0
    for number in os.listdir("/proc/self/fd"):
        try:
            found += os.readlink(f"/proc/self/fd/{number}").startswith("pipe:")
        except FileNotFoundError:
            pass
    return found


class Breaking(TextStream):
    """Another stream, that ends a server's session once some text has gone by."""

    def __init__(self, stream: TextStream, broken: Session, after: int) -> None:
        self.stream = stream
        self.broken = broken
        self.left = after

    def write_to(self, sink: BinaryIO) -> None:
        breaking = self

        class Tap:
            def write(self, block: bytes) -> int:
                if breaking.left > 0:
                    breaking.left -= len(block)
                    if breaking.left <= 0:
                        end(breaking.broken)
                return sink.write(block)

            def flush(self) -> None:
                sink.flush()

        tap: Any = Tap()
        self.stream.write_to(tap)
        self.rows = self.stream.rows


def end(session: Session) -> None:
    """End a session from outside, as an administrator would."""
    side = Side(session.vendor, dict(session.database.settings))
    if session.vendor == "postgresql":
        number = session.connection.get_backend_pid()  # type: ignore[attr-defined]
        side.run("SELECT pg_terminate_backend(%s)", [number])
    else:
        number = session.connection.thread_id()  # type: ignore[attr-defined]
        side.run(f"KILL {number}")


def loaded_with_a_break(
    sides: Sides, table: str, direction: tuple[str, str], breaks: str
) -> TransferError:
    """Load while one side's session is ended; return the error that is raised."""
    pair = sides.pair(*direction)
    pair[1].create(table, COLUMNS)
    plan = make_plan(pair, table, COLUMNS)
    source, destination = pair[0].session(), pair[1].session(writing=True)
    if direction[1] == "mysql":
        destination.close()
        destination = loading(pair[1])
    before = pipes()
    broken = source if breaks == "source" else destination
    text = source.reader.text(plan, everything(), destination.loader.form)
    with pytest.raises(TransferError) as caught, destination.transaction():
        destination.loader.load_text(plan, Breaking(text, broken, 1 << 20))
    assert pipes() == before
    source.close()
    destination.close()
    with pair[1].session() as witness:
        assert witness.catalog.count(table) == 0
    pair[1].run(f"DROP TABLE {table}")
    return caught.value


def everything() -> Any:
    from dashboard.transfer.keys import EVERYTHING

    return EVERYTHING


def loading(side: Side) -> Session:
    from dashboard.transfer.backends import connect
    from dashboard.transfer.backends.base import Database

    database = Database("tested", side.vendor, side.entry)
    session = connect(database, fresh_name("label"), writing=True, loading=True)
    side.sessions.append(session)
    return session


@pytest.mark.parametrize("destination", SERVERS)
@pytest.mark.parametrize("source", SERVERS)
@pytest.mark.parametrize("breaks", ["source", "destination"])
def test_a_session_that_ends_in_the_middle_is_named_and_nothing_is_loaded(
    sides: Sides, filled: str, source: str, destination: str, breaks: str
) -> None:
    sides.get(source, "old").entry["alias"] = "old"
    error = loaded_with_a_break(sides, filled, (source, destination), breaks)
    assert isinstance(error, ConnectionLost)
    assert error.retriable
