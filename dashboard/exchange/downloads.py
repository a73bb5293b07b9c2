"""An export that is sent while it is made."""

from __future__ import annotations

import os
import threading
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import BinaryIO, cast

from ..transfer.csvfiles.dialect import Dialect
from ..transfer.csvfiles.places import NewZip
from .exports import export, tables_of
from .tables import session

PIECE_OCTETS = 1 << 18


class Download:
    """The octets of a zip, once; nothing of it is kept.

    What fails on the way ends it without the zip's directory, so that nobody takes
    it for a whole one, and is raised. Raises TransferError where it cannot begin.
    """

    def __init__(self, alias: str, labels: Sequence[str], dialect: Dialect) -> None:
        self._open = ExitStack()
        try:
            self._session = self._open.enter_context(session(alias))
            self._tables = tables_of(self._session, labels)
        except BaseException:
            self._open.close()
            raise
        self._dialect = dialect
        self._error: BaseException | None = None
        self._reading: int | None = None
        self._thread: threading.Thread | None = None

    def __iter__(self) -> Iterator[bytes]:
        self._reading, writing = os.pipe()
        self._thread = threading.Thread(
            target=self._make, args=(writing,), name="mc-download", daemon=True
        )
        self._thread.start()
        while piece := os.read(self._reading, PIECE_OCTETS):
            yield piece
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _make(self, writing: int) -> None:
        try:
            with os.fdopen(writing, "wb", buffering=PIECE_OCTETS) as sink:
                self._pack(_Stream(sink))
        except BaseException as error:
            self._error = error

    def _pack(self, stream: _Stream) -> None:
        there, absent = self._tables
        packed = zipfile.ZipFile(
            cast(BinaryIO, stream), "w", zipfile.ZIP_DEFLATED, compresslevel=1
        )
        try:
            export(self._session, there, absent, self._dialect, NewZip(packed))
        except BaseException:
            # Closed, it would write the directory that makes it look whole.
            stream.is_broken = True
            with suppress(OSError, ValueError):
                packed.close()
            raise
        packed.close()

    def close(self) -> None:
        """End it, wherever it is: whoever took it may have gone."""
        if self._reading is not None:
            # Without a reader the next write ends the thread.
            with suppress(OSError):
                os.close(self._reading)
            self._reading = None
        if self._thread is not None:
            self._thread.join()
        self._open.close()


class _Stream:
    """What a zip is written to that nobody can go back in."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self.is_broken = False

    def write(self, data: bytes) -> int:
        if self.is_broken:
            raise BrokenPipeError
        return self._sink.write(data)

    def flush(self) -> None:
        if not self.is_broken:
            self._sink.flush()
