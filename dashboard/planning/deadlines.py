"""Until when somebody waits for what is asked of a database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from ..transfer.backends.base import Session
from ..transfer.errors import TimeIsUp, TooMuch

# A server's clock, and its last step, may be ahead of this one by so many seconds.
NEARLY = 0.1


class Deadline:
    """So many ``seconds`` from now on, or no end with None."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._until = None if seconds is None else time.monotonic() + seconds

    @property
    def left(self) -> float | None:
        """Seconds until then, negative afterwards; None without an end."""
        return None if self._until is None else self._until - time.monotonic()

    def share(self, part: float) -> Deadline:
        """Return the deadline of a part of the time that is left."""
        return Deadline(None if self.left is None else max(0.0, self.left * part))

    @contextmanager
    def of(self, session: Session) -> Iterator[None]:
        """End each statement of the block when the time is up, also in a server.

        Raises TimeIsUp then, and where it was up before.
        """
        left = self.left
        if left is None:
            yield
            return
        if left <= 0:
            raise TimeIsUp(_("There was no time left."))
        try:
            with session.limited(left):
                yield
        except TooMuch as error:
            left = self.left
            if left is not None and left <= NEARLY:
                raise TimeIsUp(error.message, code=error.code) from None
            raise
