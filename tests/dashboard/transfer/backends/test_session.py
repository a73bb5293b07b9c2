"""What every connection to a server has in common."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest

from tests.dashboard.transfer.every_kind import DatabasePairs

LONGEST_SECONDS = 60


@pytest.mark.parametrize("writing", [False, True])
@pytest.mark.parametrize("vendor", ["postgresql", "mariadb"])
def test_a_host_that_is_gone_is_noticed_within_a_minute(
    pairs: DatabasePairs, vendor: str, writing: bool
) -> None:
    session: Any = pairs.get(vendor, "new").session(writing=writing)
    with socket.socket(fileno=os.dup(session.connection.fileno())) as wire:
        assert wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        idle, interval, number, answer = (
            wire.getsockopt(socket.IPPROTO_TCP, option)
            for option in (
                socket.TCP_KEEPIDLE,
                socket.TCP_KEEPINTVL,
                socket.TCP_KEEPCNT,
                socket.TCP_USER_TIMEOUT,
            )
        )
    assert idle + interval * number <= LONGEST_SECONDS
    assert 0 < answer <= LONGEST_SECONDS * 1000
    # The option was set on a copy, whose end is not the connection's.
    assert session.query("SELECT 1") == [(1,)]
