from __future__ import annotations

import socket
from pathlib import Path

from localservers.ports import accepts_connections, free_port


def test_a_free_port_is_none_that_a_connection_may_take() -> None:
    system = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    ports = [free_port() for _ in range(200)]
    assert len(set(ports)) > 100
    assert max(ports) < int(system[0])
    # Chromium opens no page on some ports, of which this is the highest.
    assert min(ports) > 10_080
    assert not any(accepts_connections(port) for port in ports[:20])


def test_whether_somebody_listens() -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        assert accepts_connections(port)
    assert not accepts_connections(port)
