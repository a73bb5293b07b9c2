"""Ctrl-C while a command works: noted, and answered where it does no harm."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class Interrupts:
    """Counts the presses of Ctrl-C inside the block instead of raising them.

    An exception could come up anywhere: in the middle of a statement, or in a
    ``finally`` that waits for a thread. Does nothing outside of the main thread,
    where Python has no signals.
    """

    def __init__(self) -> None:
        self._pressed = 0
        self._answered = 0
        self._before: Any = None

    def __enter__(self) -> Interrupts:
        is_main = threading.current_thread() is threading.main_thread()
        # A shell lets its background jobs ignore Ctrl-C.
        if is_main and signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
            self._before = signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _press(self, number: int, frame: FrameType | None) -> None:
        self._pressed += 1

    def are_new(self) -> bool:
        """Tell whether Ctrl-C was pressed since this was asked last."""
        pressed, self._answered = self._pressed > self._answered, self._pressed
        return pressed
