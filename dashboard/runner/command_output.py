"""What a command writes: its beginning and its end, without passwords."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence

HEAD_BYTES = 8 * 1024
TAIL_BYTES = 24 * 1024
MASK = b"********"

# Colours and movements of a terminal (ECMA-48), and what no database or page keeps.
ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Output:
    """Keeps the first and the last bytes of a stream, in memory that does not grow.

    Fed by one thread and read by another. ``secrets`` are masked, the longest first,
    before anything is cut off.
    """

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        self._secrets = [text.encode() for text in secrets]
        # So many bytes may be the beginning of a secret that goes on.
        self._held_back = max((len(one) for one in self._secrets), default=1) - 1
        self._pending = b""
        self._head = b""
        self._tail = b""
        self._lock = threading.Lock()
        self.size = 0
        """Bytes that the command has written."""
        self._kept = 0

    def feed(self, data: bytes) -> None:
        """Take what the command has written next."""
        with self._lock:
            self.size += len(data)
            masked = self._masked(self._pending + data)
            keep = len(masked) - self._held_back
            self._pending = masked[max(keep, 0) :]
            self._take(masked[: max(keep, 0)])

    def close(self) -> None:
        """Take what was held back: the command has ended."""
        with self._lock:
            rest, self._pending = self._pending, b""
            self._take(rest)

    def _masked(self, data: bytes) -> bytes:
        for secret in self._secrets:
            data = data.replace(secret, MASK)
        return data

    def _take(self, data: bytes) -> None:
        self._kept += len(data)
        room = HEAD_BYTES - len(self._head)
        self._head += data[:room]
        self._tail = (self._tail + data[room:])[-TAIL_BYTES:]

    def parts(self) -> tuple[str, str, int]:
        """Return the beginning, the end, and how many bytes between them are left out.

        While the command runs, without what may be the beginning of a secret.
        """
        with self._lock:
            head, tail = self._head, self._tail
            left_out = self._kept - len(head) - len(tail)
        if not left_out:
            # In one piece: a character may lie across the border.
            return plain(head + tail), "", 0
        return plain(head), plain(tail), left_out


def plain(data: bytes) -> str:
    """Return a text of lines that every database stores and every page shows."""
    text = ESCAPES.sub("", data.decode("utf-8", errors="replace"))
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return CONTROLS.sub("\N{REPLACEMENT CHARACTER}", lines)
