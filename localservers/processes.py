"""Child processes that never outlive their parent."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1


class StartError(Exception):
    """Something did not start; the message says what and what to do."""


def wait_until(
    condition: Callable[[], bool], deadline_seconds: float, message: str
) -> None:
    """Poll until the condition holds; a StartError with the message if never."""
    deadline = time.monotonic() + deadline_seconds
    while not condition():
        if time.monotonic() > deadline:
            raise StartError(f"{message} (waited {deadline_seconds:g} s)")
        time.sleep(0.05)


# Loaded before any fork: between fork and exec nothing may be imported.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _die_with(parent: int, number: int) -> Callable[[], None]:
    """What the child runs before its program: a signal when the parent dies."""

    def arrange() -> None:
        if _libc is None:
            return
        _libc.prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


class Process:
    """A program in a session of its own, its output in a file."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str | os.PathLike[str]],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
        stop_signal: int = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.log_path = log
        self.stop_signal = stop_signal
        with log.open("ab") as output:
            self.popen = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=directory,
                start_new_session=True,
                preexec_fn=_die_with(os.getpid(), stop_signal),
            )

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def running(self) -> bool:
        return self.popen.poll() is None

    def wait_until(
        self, condition: Callable[[], bool], deadline_seconds: float, message: str
    ) -> None:
        """Wait for the condition, but not for a program that has ended."""

        def satisfied() -> bool:
            if not self.running():
                raise StartError(
                    f"{self.name} ended with exit code {self.popen.returncode}:"
                    f"\n{self.log[-2000:]}"
                )
            return condition()

        try:
            wait_until(satisfied, deadline_seconds, message)
        except BaseException:
            self.stop()
            raise

    def signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.popen.wait()

    def stop(self, seconds: float = 10) -> None:
        """Ask the main process, then end the whole group."""
        if self.running():
            with suppress(ProcessLookupError):
                os.kill(self.pid, self.stop_signal)
            with suppress(subprocess.TimeoutExpired):
                self.popen.wait(seconds)
        # Also after a clean end: children that stayed behind go with it.
        self.signal(signal.SIGKILL)
        self.popen.wait()
