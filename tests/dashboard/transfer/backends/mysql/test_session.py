"""How long a server may be silent in the middle of a statement."""

from __future__ import annotations

import pytest

from dashboard.transfer.backends.mysql import session
from dashboard.transfer.errors import ConnectionLost
from tests.dashboard.transfer.every_kind import DatabasePairs
from tests.servers import BOTH


@pytest.mark.parametrize("engine", BOTH)
def test_a_long_statement_is_cut_where_rows_are_read_and_not_where_an_index_is_made(
    pairs: DatabasePairs, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "SILENCE_SECONDS", 1)
    side = pairs.get(engine, "new")
    # libmysqlclient tries a read that has timed out twice more.
    long = "SELECT SLEEP(5)"
    with side.session(writing=True) as writing:
        assert writing.query(long) == [(0,)]
    with side.session() as reading, pytest.raises(ConnectionLost):
        reading.query(long)
