"""A stream that breaks in the middle: who is to blame, and what is left."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO

import pytest

from dashboard.transfer.backends import connect
from dashboard.transfer.backends.base import Session
from dashboard.transfer.errors import ConnectionLost
from dashboard.transfer.keys import EVERYTHING, KeyRange
from dashboard.transfer.stream import BlockStream, TextStream
from tests.dashboard.transfer.every_kind import (
    FIELDS,
    ID,
    DatabasePairs,
    EngineDatabase,
    Field,
    make_plan,
)
from tests.dashboard.transfer.large_tables import NUMBERS
from tests.opening import database_of
from tests.servers import fresh_name

SERVERS = ("postgresql", "mariadb")
# More than pipes and sockets hold, so that nobody has read all of it.
ROWS = 16_000
BREAKS_AFTER = 1 << 20
# So little that nothing waits for room: a MariaDB session that is ended without
# having read what was sent leaves its client to TCP's own time limit.
FEW_ROWS = KeyRange(None, (300,))
BREAKS_EARLY = 100_000
COLUMNS: list[Field] = [ID, next(field for field in FIELDS if field.name == "body")]


@pytest.fixture(scope="module")
def table(pairs: DatabasePairs) -> str:
    """A filled table in every source, an empty one in every destination."""
    table = fresh_name("t")
    for vendor in SERVERS:
        pairs.get(vendor, "old").create(table, COLUMNS)
        pairs.get(vendor, "new").create(table, COLUMNS)
        source = pairs.get(vendor, "old")
        numbers = NUMBERS[source.engine].format(rows=ROWS)
        source.run(
            f"INSERT INTO {table} (id, body)"
            f" SELECT n, repeat('x', 2000) FROM ({numbers}) s"
        )
    return table


def opened(side: EngineDatabase, alias: str, *, writing: bool = False) -> Session:
    database = database_of(side.entry, alias)
    session = connect(database, fresh_name("label"), writing=writing, loading=writing)
    side.sessions.append(session)
    return session


def pipes() -> int:
    found = 0
    for number in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):
            found += os.readlink(f"/proc/self/fd/{number}").startswith("pipe:")
    return found


class Break:
    """Ends a session from outside once so many bytes have gone by."""

    def __init__(self, session: Session, after: int) -> None:
        connection: Any = session.connection  # type: ignore[attr-defined]
        self._side = EngineDatabase(session.vendor, dict(session.database.settings))
        if session.vendor == "postgresql":
            self._sql = f"SELECT pg_terminate_backend({connection.info.backend_pid})"
        else:
            self._sql = f"KILL {connection.thread_id()}"
        self._left = after

    def pass_by(self, size: int) -> None:
        if self._left > 0:
            self._left -= size
            if self._left <= 0:
                self._side.run(self._sql)


class Sink:
    """A sink with a break in it."""

    def __init__(self, sink: BinaryIO, broken: Break) -> None:
        self._sink = sink
        self._break = broken

    def write(self, block: bytes) -> int:
        self._break.pass_by(len(block))
        return self._sink.write(block)


class Pushed(TextStream):
    """A stream that pushes its text, with a break in it."""

    def __init__(self, stream: TextStream, broken: Break) -> None:
        self._stream = stream
        self._break = broken

    def write_to(self, sink: BinaryIO) -> None:
        breaking: Any = Sink(sink, self._break)
        self._stream.write_to(breaking)


def pulled(stream: BlockStream, broken: Break) -> TextStream:
    """A stream that is read block by block, with a break in it."""

    def blocks() -> Iterator[tuple[bytes, int]]:
        while block := stream.read():
            broken.pass_by(len(block))
            yield block, 0

    return BlockStream(blocks())


@pytest.mark.parametrize("breaks", ["old", "new"])
@pytest.mark.parametrize("destination", SERVERS)
@pytest.mark.parametrize("source", SERVERS)
def test_whoever_breaks_is_named_and_nothing_is_loaded(
    pairs: DatabasePairs, table: str, source: str, destination: str, breaks: str
) -> None:
    pair = pairs.pair(source, destination)
    plan = make_plan(pair, table, COLUMNS)
    old, new = opened(pair[0], "old"), opened(pair[1], "new", writing=True)
    threads, files = set(threading.enumerate()), pipes()

    if breaks == "old":
        key_range, broken = EVERYTHING, Break(old, BREAKS_AFTER)
    else:
        key_range, broken = FEW_ROWS, Break(new, BREAKS_EARLY)
    text = old.reader.text(plan, key_range, new.loader.load_format)
    stream = (
        pulled(text, broken) if isinstance(text, BlockStream) else Pushed(text, broken)
    )
    with pytest.raises(ConnectionLost, match=f"'{breaks}'"), new.transaction():
        new.loader.load_text(plan, stream)

    assert set(threading.enumerate()) <= threads
    assert pipes() == files
    old.close()
    new.close()
    with opened(pair[1], "new") as other:
        assert other.catalog.count(table) == 0
