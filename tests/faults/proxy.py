"""A proxy in front of a server that loses an answer, cuts or goes silent."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

HOST = "127.0.0.1"
COMMITS = (b"COMMIT", b"commit")


class Proxy:
    """Passes every connection on to one port of this host."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lose = threading.Event()
        self._open = threading.Event()
        self._open.set()
        # How many answers were lost.
        self.lost = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def lose_the_next_commit(self) -> None:
        """Pass the next COMMIT after a receipt on, and lose what the server says."""
        self._lose.set()

    def go_silent(self) -> None:
        """Pass nothing on; the connections stay open, as behind a firewall."""
        self._open.clear()

    def go_on(self) -> None:
        self._open.set()

    def cut(self) -> None:
        """End every connection."""
        for pair in list(self._pairs):
            self._end(*pair)

    def close(self) -> None:
        with suppress(OSError):
            # Wakes whoever accepts.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._open.set()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection((HOST, self._target))
                except OSError:
                    client.close()
                    continue
                _Connection(self, client, server)

    def _end(self, *pair: socket.socket) -> None:
        for one in pair:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        with suppress(ValueError):
            self._pairs.remove((pair[0], pair[1]))


class _Connection:
    def __init__(
        self, proxy: Proxy, client: socket.socket, server: socket.socket
    ) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._has_receipt = self._loses = False
        proxy._pairs.append((client, server))
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        down = threading.Thread(target=self._down, daemon=True)
        down.start()
        self._up()
        down.join()
        # Not before both threads are done with them: another may get the number.
        self._client.close()
        self._server.close()

    def _up(self) -> None:
        with suppress(OSError):
            while data := self._client.recv(65536):
                self._proxy._open.wait()
                if b"_receipts_" in data and b"INSERT" in data:
                    self._has_receipt = True
                ends = len(data) < 64 and any(word in data for word in COMMITS)
                if ends and self._has_receipt and self._proxy._lose.is_set():
                    self._proxy._lose.clear()
                    self._loses = True
                self._server.sendall(data)
        self._proxy._end(self._client, self._server)

    def _down(self) -> None:
        with suppress(OSError):
            while data := self._server.recv(65536):
                self._proxy._open.wait()
                if self._loses:
                    self._proxy.lost += 1
                    break
                self._client.sendall(data)
        self._proxy._end(self._client, self._server)
