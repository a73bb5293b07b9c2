"""Ports of this machine: free ones, and whether somebody listens."""

from __future__ import annotations

import secrets
import socket
from contextlib import suppress
from pathlib import Path

from localservers.processes import StartError

HOST = "127.0.0.1"
# Above 10080, the highest one that Chromium refuses (net/base/port_util.cc).
FIRST_PORT = 11_000
PORTS_TRIED = 100


def free_port() -> int:
    """Return a port that nobody uses, and that the system gives to nobody.

    One out of the range for outgoing connections may be somebody's by the time
    that a server binds it (ip(7), ip_local_port_range).
    """
    above = _first_outgoing_port() - FIRST_PORT
    if above < PORTS_TRIED:
        return _bindable(0)
    for _ in range(PORTS_TRIED):
        with suppress(OSError):
            return _bindable(FIRST_PORT + secrets.randbelow(above))
    raise StartError(f"No port from {FIRST_PORT} to {FIRST_PORT + above} is free.")


def _first_outgoing_port() -> int:
    try:
        text = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text()
    except OSError:
        # macOS says it elsewhere, and begins at 49152.
        return 32_768
    return int(text.split()[0])


def _bindable(port: int) -> int:
    with socket.socket() as listener:
        listener.bind((HOST, port))
        return int(listener.getsockname()[1])


def accepts_connections(port: int) -> bool:
    with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False
