"""Rows that nobody reads to their end: the next statement works, and nothing is lost.

A server takes no statement before the last one's rows have been read; each way to
leave some unread is tried here, and afterwards the session is asked for more.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest

from dashboard.transfer.backends.base import Session
from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.copy import move
from dashboard.transfer.errors import Busy, TransferError
from dashboard.transfer.keys import EVERYTHING
from dashboard.transfer.rows import closed
from tests.dashboard.transfer.every_kind import (
    DatabasePairs,
    EngineDatabase,
    Field,
    make_plan,
    types,
)
from tests.servers import BOTH

ROWS = 40_000
FIELDS = [
    Field("id", ColumnKind.INTEGER, types("integer")),
    # Of any length, so that rows are taken one by one.
    Field("note", ColumnKind.TEXT, types("text", "longtext")),
]
SHORT = [FIELDS[0], Field("note", ColumnKind.TEXT, types("varchar(200)"))]
FILL = (
    "INSERT INTO {} WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
    f"WHERE i < {ROWS}) SELECT i, REPEAT('x', 100) FROM n"
)


@pytest.fixture(scope="module", params=BOTH)
def side(request: pytest.FixtureRequest, pairs: DatabasePairs) -> EngineDatabase:
    found = pairs.get(request.param, "old")
    for table, fields in (("long_ones", FIELDS), ("short_ones", SHORT)):
        found.create(table, fields)
        # MariaDB counts to a thousand, unless it may go on.
        found.run(
            "SET STATEMENT max_recursive_iterations = 100000 FOR "
            * (request.param == "mariadb")
            + FILL.format(table)
        )
    return found


@pytest.fixture(params=["long_ones", "short_ones"])
def begun(
    request: pytest.FixtureRequest, side: EngineDatabase
) -> Iterator[tuple[Session, Iterator[object]]]:
    """A session, and batches of a table of which the first has been taken."""
    session = side.session()
    batches = batches_of(session, side, request.param)
    assert next(batches)
    yield session, batches
    session.close()


def batches_of(session: Session, side: EngineDatabase, table: str) -> Iterator[object]:
    fields = FIELDS if table == "long_ones" else SHORT
    plan = make_plan((side, side), table, fields)
    return iter(session.reader.rows(plan, EVERYTHING))


def count(session: Session) -> int:
    return int(session.query("SELECT count(*) FROM long_ones")[0][0])


Begun = tuple[Session, Iterator[object]]


def test_a_reader_that_is_closed_halfway_leaves_its_session_usable(
    begun: Begun,
) -> None:
    session, batches = begun
    with closed(batches):
        pass
    assert count(session) == ROWS


def test_so_does_an_error_in_whoever_takes_the_rows(begun: Begun) -> None:
    session, batches = begun
    with pytest.raises(ZeroDivisionError) as kept, closed(batches):
        raise ZeroDivisionError
    # The error holds the frames, and those hold the reader.
    assert kept.value.__traceback__
    assert count(session) == ROWS


def test_so_does_a_reader_that_another_thread_collects(side: EngineDatabase) -> None:
    with side.session() as session:
        for _ in range(5):
            cycle: list[object] = [batches_of(session, side, "long_ones")]
            cycle.append(cycle)
            collector = threading.Thread(target=gc.collect)
            # Otherwise it may be collected here.
            gc.disable()
            try:
                assert next(cycle[0])  # type: ignore[call-overload]
                del cycle
                collector.start()
                assert {count(session) for _ in range(5)} == {ROWS}
                collector.join()
            finally:
                gc.enable()


def test_no_result_outlives_the_next_statement(begun: Begun) -> None:
    """Another thread that collects it would lock the connection meanwhile."""
    session, batches = begun
    gc.collect()
    before = results()
    assert count(session) == ROWS
    assert len(before - results()) == 1
    # Held until here, as an error's frames may hold them.
    assert batches


def results() -> set[int]:
    """Return the results that the driver has not freed, reachable or not."""
    return {id(one) for one in gc.get_objects() if type(one).__name__ == "result"}


def test_rows_that_another_statement_has_dropped_are_no_end(begun: Begun) -> None:
    """Whoever reads on would take them for all that there are."""
    session, batches = begun
    assert count(session) == ROWS
    with pytest.raises(RuntimeError, match="dropped"):
        list(batches)
    assert count(session) == ROWS


def test_a_reader_that_has_ended_is_not_cut_by_the_next_one(
    side: EngineDatabase,
) -> None:
    with side.session() as session:
        for table in ("long_ones", "short_ones", "long_ones"):
            batches = batches_of(session, side, table)
            assert sum(len(batch) for batch in batches) == ROWS  # type: ignore[arg-type]
            assert list(batches) == []


def test_a_statement_that_is_ended_in_the_server_is_an_error_and_no_end(
    side: EngineDatabase, begun: Begun
) -> None:
    session, batches = begun
    session.end_statement()
    with pytest.raises(TransferError) as raised:
        rows = sum(len(batch) for batch in batches)  # type: ignore[arg-type]
        # What the server had sent by then may have been all of it.
        assert rows > ROWS // 2
        raise Busy("")
    assert isinstance(raised.value, Busy)
    # What ends it may have met the statement after it instead.
    try:
        assert count(session) == ROWS
    except Busy:
        assert count(session) == ROWS


def test_a_destination_that_refuses_leaves_the_source_usable(
    side: EngineDatabase, pairs: DatabasePairs
) -> None:
    there = pairs.get("sqlite", "new")
    there.run("DROP TABLE IF EXISTS long_ones")
    there.run("CREATE TABLE long_ones (id integer, note text, CHECK (id < 30000))")
    plan = make_plan((side, there), "long_ones", FIELDS)
    with side.session() as reading, there.session(writing=True) as writing:
        for _ in range(3):
            with pytest.raises(TransferError), writing.transaction():
                move(reading, writing, plan)
            assert count(reading) == ROWS
