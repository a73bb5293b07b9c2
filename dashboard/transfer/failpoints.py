"""Named places where a test may end, stop or break the process.

Nothing happens unless the environment names a place:
``MIGRATION_CONSOLE_FAILPOINTS="rows loaded=kill:/tmp/once"``. The file makes
an action happen once among all processes: whoever creates it first acts.
"""

from __future__ import annotations

import os
import signal

ENVIRONMENT = "MIGRATION_CONSOLE_FAILPOINTS"


def reach(name: str) -> None:
    """Say that this place is reached."""
    wanted = os.environ.get(ENVIRONMENT)
    if wanted:
        _act(name, wanted)


def _act(name: str, wanted: str) -> None:
    for item in wanted.split(";"):
        place, _, what = item.partition("=")
        action, _, once = what.partition(":")
        if place == name and _first(once):
            if action == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            elif action == "stop":
                os.kill(os.getpid(), signal.SIGSTOP)


def _first(path: str) -> bool:
    if not path:
        return True
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True
