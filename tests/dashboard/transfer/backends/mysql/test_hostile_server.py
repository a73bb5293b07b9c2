"""A server that asks its client for a file gets none from who only reads."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import closing, suppress
from pathlib import Path

import MySQLdb
import pytest

from dashboard.transfer.backends import connect
from dashboard.transfer.errors import TransferError
from localservers.ports import HOST
from tests.opening import database_of

# Protocol 41, secure connection, plugins, LOCAL FILES.
CAPABILITIES = 0x00000200 | 0x00008000 | 0x00080000 | 0x00000080 | 0x00000008
GREETING = (
    b"\x0a8.0.36\x00"
    + struct.pack("<I", 1)
    + b"a" * 8
    + b"\x00"
    + struct.pack("<H", CAPABILITIES & 0xFFFF)
    + b"\x2d"
    + struct.pack("<HH", 2, CAPABILITIES >> 16)
    + bytes([21])
    + b"\x00" * 10
    + b"b" * 12
    + b"\x00mysql_native_password\x00"
)
OK = b"\x00\x00\x00\x02\x00\x00\x00"


class HostileServer:
    """Answers every statement with the wish for one file; keeps what it is sent."""

    def __init__(self, file: Path) -> None:
        self._wish = b"\xfb" + str(file).encode()
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self.heard = bytearray()
        self.asked = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with closing(client), suppress(OSError, EOFError):
                    self._talk(client)

    def _talk(self, client: socket.socket) -> None:
        client.settimeout(10)
        _send(client, 0, GREETING)
        sequence, _ = _packet(client)
        _send(client, sequence + 1, OK)
        while True:
            sequence, statement = _packet(client)
            if statement[:1] == b"\x01":
                return
            self.asked += 1
            _send(client, sequence + 1, self._wish)
            sequence, sent = _packet(client)
            while sent:
                self.heard += sent
                sequence, sent = _packet(client)
            _send(client, sequence + 1, OK)

    def close(self) -> None:
        self._listener.close()


def _send(client: socket.socket, sequence: int, payload: bytes) -> None:
    client.sendall(struct.pack("<I", len(payload))[:3] + bytes([sequence]) + payload)


def _packet(client: socket.socket) -> tuple[int, bytes]:
    header = _exactly(client, 4)
    length = int.from_bytes(header[:3], "little")
    return header[3], _exactly(client, length)


def _exactly(client: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        part = client.recv(length - len(found))
        if not part:
            raise EOFError
        found += part
    return found


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("of nobody else's concern\n" * 10)
    return path


def ask(server: HostileServer) -> None:
    entry = {
        "ENGINE": "django.db.backends.mysql",
        "NAME": "shop",
        "HOST": HOST,
        "PORT": str(server.port),
        "USER": "somebody",
        "PASSWORD": "something",
    }
    with (
        suppress(TransferError),
        connect(database_of(entry, "old"), "tests") as session,
    ):
        session.query("SELECT 1")


def test_a_reader_gives_no_file(secret: Path) -> None:
    server = HostileServer(secret)
    with closing(server):
        ask(server)
    assert server.asked
    assert b"concern" not in server.heard


def test_who_allows_it_gives_the_file(secret: Path) -> None:
    server = HostileServer(secret)
    with closing(server):
        client = MySQLdb.connect(
            host=HOST,
            port=server.port,
            user="somebody",
            password="something",
            local_infile=1,
            autocommit=None,
        )
        with closing(client), suppress(MySQLdb.Error):
            client.query("SELECT 1")
    assert b"concern" in server.heard
