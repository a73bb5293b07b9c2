"""The process in which a management command runs, and its end."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

from .command_output import Output
from .own_process import environment, module
from .secret_texts import secret_texts

# From SIGTERM to SIGKILL, in seconds.
GRACE_SECONDS = 10.0
# How long the supervisor of an ended command may take besides, in seconds.
FAREWELL_SECONDS = 10.0
BLOCK = 64 * 1024


class CallProcess:
    """A command that has begun; at the end of the block it has ended.

    ``destination`` is the alias that is ``default`` in its process, "" for none, and
    ``location`` where that has to lead. Raises OSError where it cannot be started.
    """

    def __init__(
        self, words: Sequence[str], destination: str = "", location: str = ""
    ) -> None:
        self.output = Output(secret_texts())
        command = [sys.executable, "-m", module("command_process")]
        supervisor = [sys.executable, "-m", module("supervisor"), str(GRACE_SECONDS)]
        self._popen = subprocess.Popen(  # noqa: S603
            [*supervisor, *command, destination, location, *words],
            # Held open: the supervisor hears by it that this process has died.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Shown while it runs, and without colours.
            env={**environment(), "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
            start_new_session=True,
        )
        self._reader = threading.Thread(
            target=self._read, name="migration-console-output", daemon=True
        )
        self._reader.start()

    def _read(self) -> None:
        assert self._popen.stdout is not None  # a pipe
        with suppress(OSError, ValueError):
            while data := self._popen.stdout.read1(BLOCK):  # type: ignore[attr-defined]
                self.output.feed(data)

    def wait(self, seconds: float) -> int | None:
        """Return how it ended, a signal as a negative number; None while it runs."""
        try:
            code = self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        # What it has started and given its output may hold that open, and is over.
        self._reader.join(FAREWELL_SECONDS)
        self.output.close()
        return code

    def end(self) -> None:
        """End it and all that it has started; returns when it has ended."""
        assert self._popen.stdin is not None  # a pipe
        with suppress(OSError):
            self._popen.stdin.close()
        if self.wait(GRACE_SECONDS + FAREWELL_SECONDS) is None:
            self._popen.kill()
            self.wait(FAREWELL_SECONDS)

    def __enter__(self) -> CallProcess:
        return self

    def __exit__(self, *exc: object) -> None:
        self.end()
        if self._popen.stdout is not None and not self._reader.is_alive():
            self._popen.stdout.close()
