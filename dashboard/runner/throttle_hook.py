"""The project's own reason to begin nothing now: ``MIGRATION_CONSOLE["THROTTLE"]``.

A function that is called before pieces of work, with a ``ThrottleContext``, and
returns None or a reason: a replica that is behind, office hours, another batch.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connections
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from ..conf import option
from ..transfer.errors import trace

logger = logging.getLogger("migration_console")

# Seconds that an answer is good for.
ASK_SECONDS = 1.0
# Seconds that an answer is waited for: a pause has to be heard meanwhile.
ANSWER_SECONDS = 2.0
# Seconds after which another question is asked beside one without an answer, times
# those there are: a connection that was dropped may keep one waiting for hours.
STUCK_SECONDS = 60.0
MOST_CHARACTERS = 300


@dataclass(frozen=True)
class ThrottleContext:
    """Which lane of which run is about to begin a piece of work."""

    run: int
    source: str
    """The alias that is read."""
    destination: str
    """The alias that is written to; of a comparison, the other that is read."""
    phase: str
    """``preparing``, ``copying``, ``restoring``, ``verifying``; "" before those."""
    lane: int
    """Counted from 0."""
    lanes: int
    """How many are asked for."""
    rows_per_second: int | None
    """The run's limit; None where it has none."""


Throttle = Callable[[ThrottleContext], str | None]


class _Question(threading.Thread):
    """Asks once, in a thread of its own: a hook may hang on a frozen replica."""

    def __init__(self, path: str, context: ThrottleContext) -> None:
        super().__init__(name="migration-console-throttle", daemon=True)
        self._path = path
        self._context = context
        self.answer = ""
        self.asked_at = time.monotonic()

    def run(self) -> None:
        try:
            throttle: Throttle = import_string(self._path)
            self.answer = _reason(throttle(self._context))
        except BaseException as error:
            # Also what ends a thread without a word, as SystemExit does: an answer
            # that is not there lets nothing begin. Its text may hold anything.
            logger.warning("throttle failed: %s", trace(error))
            self.answer = _("Not now: the throttle '%(path)s' failed (%(error)s).") % {
                "path": self._path,
                "error": type(error).__name__,
            }
        finally:
            connections.close_all()


def _reason(answer: object) -> str:
    if isinstance(answer, Promise):
        answer = str(answer)
    if not answer:
        return ""
    if not isinstance(answer, str):
        raise TypeError
    # One line, and what every control database can store.
    line = "".join(c if c.isprintable() else " " for c in answer)
    reason = " ".join(line.split())[:MOST_CHARACTERS].rstrip(".")
    return _("Not now: %(reason)s.") % {"reason": reason}


# The questions of this process that nobody has answered in time.
_stuck: list[_Question] = []


class Hook:
    """What the project's throttle said last, asked anew once a second."""

    def __init__(self) -> None:
        self._answer = ""
        self._good_until = 0.0

    def ask(self, context: ThrottleContext) -> str:
        """Return why no piece may begin now; "" where one may.

        A hook that raises or does not answer says "not now" by that.
        """
        path = option("THROTTLE")
        if not path:
            return ""
        if time.monotonic() >= self._good_until:
            self._answer = _asked(path, context)
            self._good_until = time.monotonic() + ASK_SECONDS
        return self._answer


def _asked(path: str, context: ThrottleContext) -> str:
    _stuck[:] = [one for one in _stuck if one.is_alive()]
    wait = STUCK_SECONDS * len(_stuck)
    if not _stuck or time.monotonic() - _stuck[-1].asked_at >= wait:
        question = _Question(path, context)
        question.start()
        question.join(ANSWER_SECONDS)
        if not question.is_alive():
            return question.answer
        _stuck.append(question)
    return _("Not now: the throttle '%(path)s' does not answer.") % {"path": path}
