"""Receipts: a piece of work is committed once, whoever tries."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from dashboard.transfer.backends.base import Session
from dashboard.transfer.errors import ReceiptsGone, ReceiptTaken
from dashboard.transfer.receipts import Receipt, Receipts
from tests.dashboard.transfer.every_kind import DatabasePairs, EngineDatabase
from tests.project import VENDORS, wait_until
from tests.servers import fresh_name

ITEM = "chunk.3.1"


@dataclass
class ReceiptsTable:
    side: EngineDatabase
    name: str

    def receipts(self) -> tuple[Session, Receipts]:
        session = self.side.session(writing=True)
        return session, Receipts(session, self.name)


@pytest.fixture(params=VENDORS)
def receipts_table(
    pairs: DatabasePairs, request: pytest.FixtureRequest
) -> Iterator[ReceiptsTable]:
    side = pairs.get(request.param, "new")
    # As a run names its own: errors are told by that name.
    receipts_table = ReceiptsTable(side, fresh_name("migration_console_receipts"))
    session, receipts = receipts_table.receipts()
    receipts.create()
    yield receipts_table
    receipts.drop()
    session.close()


def test_a_piece_is_taken_once(receipts_table: ReceiptsTable) -> None:
    session, receipts = receipts_table.receipts()
    with session.transaction():
        receipts.take(ITEM, 1)
        receipts.settle(ITEM, 7, 700)
    with pytest.raises(ReceiptTaken), session.transaction():
        receipts.take(ITEM, 2)
    assert receipts.read(ITEM) == Receipt(7, 700, void=False)
    assert receipts.void(ITEM) == Receipt(7, 700, void=False)


def test_what_was_rolled_back_was_never_taken(receipts_table: ReceiptsTable) -> None:
    session, receipts = receipts_table.receipts()
    with pytest.raises(KeyError), session.transaction():
        receipts.take(ITEM, 1)
        raise KeyError
    assert receipts.read(ITEM) is None
    with session.transaction():
        receipts.take(ITEM, 2)


def test_a_void_piece_is_not_taken_any_more(receipts_table: ReceiptsTable) -> None:
    session, receipts = receipts_table.receipts()
    assert receipts.void(ITEM) == Receipt(0, 0, void=True)
    assert receipts.void(ITEM) == Receipt(0, 0, void=True)
    with pytest.raises(ReceiptTaken), session.transaction():
        receipts.take(ITEM, 1)


def test_making_the_table_again_keeps_what_is_in_it(
    receipts_table: ReceiptsTable,
) -> None:
    session, receipts = receipts_table.receipts()
    with session.transaction():
        receipts.take(ITEM, 1)
    receipts.create()
    assert receipts.read(ITEM) == Receipt(0, 0, void=False)


def test_without_its_table_or_its_seed_the_run_has_ended(
    receipts_table: ReceiptsTable,
) -> None:
    session, receipts = receipts_table.receipts()
    session.execute(f"DELETE FROM {session.quote(receipts_table.name)}")
    with pytest.raises(ReceiptsGone), session.transaction():
        receipts.take(ITEM, 1)
    with pytest.raises(ReceiptsGone):
        receipts.void(ITEM)
    receipts.drop()
    for ask in (lambda: receipts.take(ITEM, 1), lambda: receipts.void(ITEM)):
        with pytest.raises(ReceiptsGone), session.transaction():
            ask()
    with pytest.raises(ReceiptsGone):
        receipts.read(ITEM)
    # Dropping what is gone is no error: the step may be repeated.
    receipts.drop()


class Second(threading.Thread):
    """Takes, or voids, in a session of its own and says how that ended."""

    def __init__(
        self, receipts_table: ReceiptsTable, how: Callable[[Session, Receipts], str]
    ) -> None:
        super().__init__()
        self.receipts_table = receipts_table
        self.how = how
        self.ended = ""

    def run(self) -> None:
        session, receipts = self.receipts_table.receipts()
        try:
            self.ended = self.how(session, receipts)
        except Exception as error:
            self.ended = type(error).__name__
        finally:
            session.close()


def taking(session: Session, receipts: Receipts) -> str:
    with session.transaction():
        receipts.take(ITEM, 2)
    return "taken"


def voiding(session: Session, receipts: Receipts) -> str:
    return "void" if receipts.void(ITEM).void else "settled"


@pytest.mark.parametrize(
    ("how", "commits", "ended"),
    [
        (taking, True, "ReceiptTaken"),
        (taking, False, "taken"),
        (voiding, True, "settled"),
        (voiding, False, "void"),
    ],
)
def test_a_second_session_waits_for_the_first(
    receipts_table: ReceiptsTable,
    how: Callable[[Session, Receipts], str],
    *,
    commits: bool,
    ended: str,
) -> None:
    session, receipts = receipts_table.receipts()
    second = Second(receipts_table, how)

    class GaveUp(Exception):
        pass

    try:
        with session.transaction():
            receipts.take(ITEM, 1)
            second.start()
            wait_until(
                lambda: waiting(receipts_table), 10, "Nobody waits for the receipt"
            )
            assert second.is_alive()
            if not commits:
                raise GaveUp
    except GaveUp:
        assert not commits
    second.join(20)
    assert second.ended == ended


def waiting(receipts_table: ReceiptsTable) -> bool:
    """Whether a session of that server waits for a lock."""
    with receipts_table.side.session() as session:
        match session.vendor:
            case "postgresql":
                sql = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            case "mysql":
                # The table of transactions is too slow for somebody who polls.
                sql = (
                    "SELECT 1 FROM information_schema.processlist "
                    "WHERE db = DATABASE() AND info LIKE 'INSERT INTO%%'"
                )
            case _:
                # SQLite names nobody who waits; the file's lock is enough.
                return True
        return bool(session.query(sql))
