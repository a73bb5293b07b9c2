"""What the sessions of this process are at, for a thread that looks on.

A driver's call that waits for a server that has stopped returns never: only
another thread can say so, and break the connection.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import weakref
from contextlib import suppress

_lock = threading.Lock()
_all: weakref.WeakSet[Activity] = weakref.WeakSet()


class Activity:
    """One session's calls to its driver, and its socket."""

    def __init__(self, alias: str, label: str) -> None:
        self.alias = alias
        self.label = label
        # What the server calls the session, where it is found by that.
        self.number = 0
        self._depth = 0
        self._began = 0.0
        self._wire: int | None = None
        self._guard = threading.Lock()
        with _lock:
            _all.add(self)

    def connect(self, descriptor: int) -> None:
        """Keep the connection's socket, whatever the driver closes meanwhile.

        Another file may get a number that the driver has let go of.
        """
        self._wire = os.dup(descriptor)

    @property
    def has_server(self) -> bool:
        """Whether there is a server at the other end of a connection."""
        return self._wire is not None

    def begin(self) -> None:
        """Say that a call begins; calls may lie in one another."""
        if not self._depth:
            self._began = time.monotonic()
        self._depth += 1

    def end(self) -> None:
        """Say that the call begun last has ended."""
        self._depth -= 1

    @property
    def seconds(self) -> float:
        """How long the call at hand has lasted; 0 where there is none."""
        return time.monotonic() - self._began if self._depth else 0.0

    def break_off(self) -> None:
        """End the connection, so that the call at hand raises."""
        with self._guard, suppress(OSError):
            if self._wire is not None:
                with socket.socket(fileno=os.dup(self._wire)) as wire:
                    wire.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the socket, after the driver has."""
        with self._guard:
            if self._wire is not None:
                os.close(self._wire)
                self._wire = None
        with _lock:
            _all.discard(self)


def activities(prefix: str) -> list[Activity]:
    """Return those of the sessions that are open and whose labels begin so."""
    with _lock:
        return [one for one in _all if one.label.startswith(prefix)]
