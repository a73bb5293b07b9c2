"""Ends the statements of a piece of work that nobody wants any more.

A chunk, a comparison or an emptying may be one statement of an hour. A thread
beside it looks every second whether the run was cancelled, or the lane is
somebody else's, and ends the statement in the server.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import close_old_connections, connections

from ..models import Lane
from ..statuses import Status
from ..transfer.errors import TransferError
from .leases import Lease
from .sessions import Sessions

logger = logging.getLogger("migration_console")

# Seconds between two looks; a piece that takes less than that is never looked at.
LOOK_SECONDS = 1.0
# Seconds until a statement that goes on is ended again: it may have been the next.
AGAIN_SECONDS = 0.3


class InterruptedWorkError(TransferError):
    """The piece of work was ended because nobody wants it any more."""


class Interruption(threading.Thread):
    """Looks after one lane's piece of work while its holder is in a statement.

    Uses a connection of its own to the control database and closes it at the end.
    """

    def __init__(self, lease: Lease, sessions: Sessions) -> None:
        super().__init__(name="migration-console-interruption", daemon=True)
        self._lease = lease
        self._sessions = sessions
        self._over = threading.Event()
        self._state = threading.Lock()
        self._began: float | None = None
        self._until_cancelled = False
        self._has_ended_some = False

    def __enter__(self) -> Interruption:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self.join()

    @contextmanager
    def of(self, *, until_cancelled: bool) -> Iterator[None]:
        """Let the statements inside the block be ended.

        By a cancel only ``until_cancelled``: what puts the schema back goes on.
        Raises InterruptedWorkError instead of what the piece failed with then. What is
        ended may be ended a moment late, so the sessions are closed.
        """
        with self._state:
            self._began, self._until_cancelled = time.monotonic(), until_cancelled
            self._has_ended_some = False
        try:
            yield
        except TransferError as error:
            if self._leave():
                raise InterruptedWorkError(error.message, code=error.code) from error
            raise
        finally:
            self._leave()

    def _leave(self) -> bool:
        """End nothing more; True where something was."""
        with self._state:
            self._began = None
            if self._has_ended_some:
                self._sessions.close()
            return self._has_ended_some

    def run(self) -> None:
        try:
            while not self._over.wait(LOOK_SECONDS):
                if self._is_long() and self._is_unwanted():
                    self._end_until_left()
        finally:
            connections.close_all()

    def _is_long(self) -> bool:
        began = self._began
        return began is not None and time.monotonic() - began >= LOOK_SECONDS / 2

    def _is_unwanted(self) -> bool:
        try:
            close_old_connections()
            lane = Lane.objects.filter(pk=self._lease.lane_id)
            found = lane.values_list("epoch", "is_leased", "run__status").first()
        except Exception as error:
            # Whoever waits for the control database loses nothing by it.
            logger.warning("run not looked at: %s", type(error).__name__)
            connections.close_all()
            return False
        if found is None:
            return True
        epoch, is_leased, status = found
        if epoch != self._lease.epoch or not is_leased:
            return True
        return self._until_cancelled and status == Status.CANCELLING

    def _end_until_left(self) -> None:
        while not self._over.is_set():
            with self._state:
                if self._began is None:
                    return
                self._has_ended_some = True
                self._sessions.end_statements()
            self._over.wait(AGAIN_SECONDS)
