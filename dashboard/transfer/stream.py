"""Text on its way from one server to the other, without a file on disk."""

from __future__ import annotations

import os
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, Protocol

from .rows import LoadFormat

if sys.platform == "linux":
    from fcntl import F_SETPIPE_SZ, fcntl

PIPE_BYTES = 1 << 20


class Readable(Protocol):
    """What psycopg2's copy_expert reads from."""

    def read(self, size: int = -1, /) -> bytes: ...


class TextStream(ABC):
    """Rows as text, once; ``rows`` and ``bytes`` count what has gone by."""

    rows = 0
    bytes = 0
    # What the text is, where it is another format than the loader's own.
    load_format: LoadFormat | None = None

    @abstractmethod
    def write_to(self, sink: BinaryIO) -> None:
        """Write everything; raise what the source raises."""

    @contextmanager
    def reader(self) -> Iterator[Readable]:
        """Give a file to read from; it ends early if the source fails.

        Leaving the block raises the source's error, so whoever loads asks
        nothing before that: until then a short file looks like a whole one.
        """
        with self.descriptor() as number, os.fdopen(os.dup(number), "rb") as file:
            yield file

    @contextmanager
    def descriptor(self) -> Iterator[int]:
        """Give the read end of a pipe that a thread fills."""
        read_end, write_end = os.pipe()
        _widen(write_end)
        pump = _Pump(self, write_end)
        pump.start()
        try:
            yield read_end
        except BaseException as error:
            pump.finish(read_end)
            # A source that failed leaves a torn last line, which the loader
            # complains of; the cause is the source's error.
            raise pump.error or error from error
        pump.finish(read_end)
        if pump.error is not None:
            raise pump.error


def _widen(pipe: int) -> None:
    """Let both servers work at the same time, which takes more room than 64 KiB."""
    if sys.platform == "linux":
        with suppress(OSError):
            fcntl(pipe, F_SETPIPE_SZ, PIPE_BYTES)


class _Pump(threading.Thread):
    def __init__(self, stream: TextStream, write_end: int) -> None:
        super().__init__(name="migration-console-pump", daemon=True)
        self._stream = stream
        self._write_end = write_end
        self.error: BaseException | None = None

    def finish(self, read_end: int) -> None:
        # Without a reader the pump's next write ends it.
        os.close(read_end)
        self.join()

    def run(self) -> None:
        sink = os.fdopen(self._write_end, "wb", buffering=1 << 18)
        try:
            self._stream.write_to(sink)
            sink.flush()
        except BrokenPipeError:
            # The loader has ended first and has the error to tell, or has
            # too few rows, which the count finds.
            pass
        except BaseException as error:
            self.error = error
        finally:
            with suppress(BrokenPipeError):
                sink.close()


class BlockStream(TextStream):
    """A stream that a generator makes, block by block, in the loader's thread."""

    def __init__(self, blocks: Iterator[tuple[bytes, int]]) -> None:
        self._blocks = blocks
        self._error: BaseException | None = None

    def write_to(self, sink: BinaryIO) -> None:
        while block := self.read():
            sink.write(block)

    def read(self, size: int = -1, /) -> bytes:
        """Return the next block whatever its size, or b"" at the end."""
        try:
            for block, rows in self._blocks:
                self.rows += rows
                self.bytes += len(block)
                # Where a row ends that came in pieces there may be nothing.
                if block:
                    return block
        except BaseException as error:
            self._error = error
            raise
        return b""

    @contextmanager
    def reader(self) -> Iterator[Readable]:
        try:
            yield self
        except BaseException as error:
            # The driver tells the server, whose complaint is what it raises;
            # the cause is the source's error.
            raise self._error or error from error
