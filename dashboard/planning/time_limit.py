"""A limit on what may be one long statement, for whoever waits at a page."""

from __future__ import annotations

import threading
from contextlib import suppress

from ..transfer.backends.base import Session

# Seconds until a statement that goes on is ended again: it may have been the next.
AGAIN_SECONDS = 0.2


class TimeLimit(threading.Thread):
    """Ends the statements of a session once so many seconds are over.

    Whoever has it asks the session for nothing more afterwards: what is ended may be
    ended a moment late.
    """

    def __init__(self, session: Session, seconds: float) -> None:
        super().__init__(name="migration-console-limit", daemon=True)
        self._session = session
        self._seconds = max(seconds, 0.0)
        self._over = threading.Event()
        self.was_reached = False

    def __enter__(self) -> TimeLimit:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        pause = self._seconds
        while not self._over.wait(pause):
            self.was_reached = True
            # It may have ended, or its connection, by itself.
            with suppress(Exception):
                self._session.end_statement()
            pause = AGAIN_SECONDS
