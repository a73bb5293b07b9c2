"""Runs a program that ends with whoever asked for it, however he ends.

    python -m dashboard.supervisor SECONDS PROGRAM [ARGUMENT …]

The program gets a session of its own, so that a terminal's Ctrl-C passes it by, and
nothing to read. Standard input is a pipe that the parent holds open: once it is
closed, also by the parent's death, the program's group gets SIGTERM, and SIGKILL after
SECONDS. Whatever of the group is left when the program has ended is ended too. The
exit code, or the signal, is the program's. Knows nothing of Django, to start at once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

STANDARD_INPUT = 0
# Ignored or blocked by a parent, they would be by the program too.
HEARD = ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGPIPE")


def main(arguments: list[str]) -> int:
    """Run the program to its end, and return the exit code."""
    seconds, *program = arguments
    _hear()
    child = subprocess.Popen(  # noqa: S603
        program, stdin=subprocess.DEVNULL, start_new_session=True
    )
    over = threading.Event()
    threading.Thread(
        target=_end_with_parent, args=(child.pid, float(seconds), over), daemon=True
    ).start()
    code = child.wait()
    over.set()
    _signal(child.pid, "SIGKILL")
    if code < 0:
        _end_by(-code)
    return code


def _end_by(number: int) -> None:
    with suppress(OSError, ValueError):
        # Of SIGKILL nothing can be said.
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _hear() -> None:
    for name in HEARD:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, [])


def _end_with_parent(pid: int, seconds: float, over: threading.Event) -> None:
    with suppress(OSError):
        while os.read(STANDARD_INPUT, 1):
            pass
    _signal(pid, "SIGTERM")
    if not over.wait(seconds):
        _signal(pid, "SIGKILL")


def _signal(group: int, name: str) -> None:
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(group, getattr(signal, name))
        else:
            os.kill(group, signal.SIGTERM)


if __name__ == "__main__":
    # Without a farewell: the thread still reads.
    os._exit(main(sys.argv[1:]))
