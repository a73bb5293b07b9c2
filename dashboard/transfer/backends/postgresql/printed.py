"""What psycopg2 prints instead of raising it, with contents of rows in it.

Where a server ends a connection amid COPY, its last sentence comes as a notice;
psycopg2 2.9 makes an exception of it, fails over that, and has the interpreter print
both, by sys.excepthook. COPY itself then raises what has happened.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType

import psycopg2

ExceptHook = Callable[
    [type[BaseException], BaseException, TracebackType | None], object
]


class QuietHook:
    """Leaves out what is psycopg2's, and leaves the rest to the hook before."""

    def __init__(self, before: ExceptHook) -> None:
        self._before = before

    def __call__(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, SystemError) and isinstance(
            error.__cause__, psycopg2.Error
        ):
            return
        self._before(kind, error, trace)


def keep_quiet() -> None:
    """Put the hook before whatever is there, from now on.

    It is not taken away: others may have built upon it meanwhile.
    """
    if not isinstance(sys.excepthook, QuietHook):
        sys.excepthook = QuietHook(sys.excepthook)
