"""Ctrl-C while a command works: noted, and answered where it does no harm."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNALS = [
    getattr(signal, name)
    # SIGHUP is a terminal that is closed; Windows has none.
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if hasattr(signal, name)
]
"""What asks a command to end; each counts as a press of Ctrl-C."""

# As a shell says it: this and the signal's number.
ENDED_BY_SIGNAL = 128
# The press that is not answered but obeyed.
LAST_PRESS = 3

Leave = Callable[[int], None]


class Interrupts:
    """Counts the presses of Ctrl-C inside the block instead of raising them.

    An exception could come up anywhere: in the middle of a statement, or in a
    ``finally`` that waits for a thread. SIGTERM and SIGHUP are presses, too. At
    the third one ``leave`` is called with its number, in a thread: the main one
    may be waiting for a server that does not answer. Does nothing outside of
    the main thread, where Python has no signals.
    """

    def __init__(self, leave: Leave | None = None) -> None:
        self.pressed = 0
        self.number = 0
        self._answered = 0
        self._leave = leave
        self._before: dict[int, Any] = {}
        self._pipe: tuple[int, int] | None = None
        self._pipe_before = -1

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is not threading.main_thread():
            return self
        for number in SIGNALS:
            # A shell lets its background jobs ignore Ctrl-C, nohup SIGHUP.
            if signal.getsignal(number) != signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._press)
        if self._leave is not None and os.name == "posix":
            self._listen()
        return self

    def _listen(self) -> None:
        """Hear of signals also while the main thread is in a driver's code."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        self._pipe = reading, writing
        self._pipe_before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        threading.Thread(
            target=self._count, args=(reading,), name="migration-console-signals"
        ).start()

    def _count(self, reading: int) -> None:
        heard = 0
        while number := os.read(reading, 1):
            heard += number[0] in self._before
            if heard >= LAST_PRESS and self._leave is not None:
                self._leave(number[0])
        os.close(reading)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pipe is not None:
            signal.set_wakeup_fd(self._pipe_before)
            # Its thread ends at that.
            os.close(self._pipe[1])
            self._pipe = None
        for number, before in self._before.items():
            signal.signal(number, before)
        self._before.clear()

    def _press(self, number: int, frame: FrameType | None) -> None:
        self.pressed += 1
        self.number = self.number or number

    def are_new(self) -> bool:
        """Tell whether Ctrl-C was pressed since this was asked last."""
        pressed, self._answered = self.pressed > self._answered, self.pressed
        return pressed

    @property
    def exit_code(self) -> int:
        """What a command ends with that was asked to; 0 where it was not."""
        return ENDED_BY_SIGNAL + self.number if self.number else 0


class EndedBySignal(KeyboardInterrupt):
    """A signal other than Ctrl-C's own asked the command to end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@contextmanager
def signals_raised() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise inside the block, as Ctrl-C does."""

    def end(number: int, frame: FrameType | None) -> None:
        raise EndedBySignal(number)

    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            if signal.getsignal(number) == signal.SIG_DFL:
                before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            with suppress(ValueError):
                signal.signal(number, handler)
