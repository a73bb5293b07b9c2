"""What a Redis server is told, by its own command MONITOR."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from localservers.ports import HOST


class Monitor:
    """What a Redis server is told by anybody, as MONITOR repeats it."""

    def __init__(self, port: int, heard: bytearray) -> None:
        """Add to what was heard; until the server or somebody ends it."""
        self._socket = socket.create_connection((HOST, port), timeout=5)
        self._socket.sendall(b"MONITOR\r\n")
        assert self._socket.recv(16).startswith(b"+OK")
        self._socket.settimeout(None)
        self._heard = heard
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        with self._socket, suppress(OSError):
            while data := self._socket.recv(1 << 16):
                self._heard += data

    def listens(self) -> bool:
        return self._thread.is_alive()

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
