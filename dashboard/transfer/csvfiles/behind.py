"""Octets written into a file, and summed up, by a thread of their own."""

from __future__ import annotations

import threading
from hashlib import sha256
from queue import Queue
from typing import BinaryIO

# Blocks that wait to be written.
MOST_WAITING = 8

Octets = bytes | memoryview


class Behind:
    """Writes while others make the next octets.

    Neither a checksum nor a file needs the interpreter meanwhile.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = sha256()
        self._waiting: Queue[Octets | None] = Queue(MOST_WAITING)
        self._error: BaseException | None = None
        self._thread = threading.Thread(
            target=self._write, name="mc-csv-file", daemon=True
        )
        self._thread.start()

    def put(self, octets: Octets) -> None:
        """Have octets written; raises what an earlier write has raised."""
        self._waiting.put(octets)
        self._raise()

    def finish(self) -> None:
        """Wait until all is written; raises what a write has raised."""
        self.close()
        self._raise()

    def close(self) -> None:
        """End the thread; more than once is harmless."""
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()

    @property
    def checksum(self) -> str:
        """The SHA-256 of all that was written, in hexadecimal."""
        return self._hash.hexdigest()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _write(self) -> None:
        while (octets := self._waiting.get()) is not None:
            # Whoever puts more must not wait for a thread that has ended.
            if self._error is None:
                try:
                    self._hash.update(octets)
                    self._file.write(octets)
                except BaseException as error:
                    self._error = error
