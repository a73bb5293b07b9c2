"""Which process this is, and whether another one of this host has died."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from functools import cache
from pathlib import Path

# Fields of /proc/PID/stat behind the name, which may hold anything (proc(5)).
STATE, START = 0, 19


def process_name() -> str:
    """Name this process for people who look for it."""
    return f"{socket.gethostname()}:{os.getpid()}"


def process_mark() -> str:
    """Name this process so that others of its host can tell when it is dead.

    Behind the name stand when it was started, since numbers are given again, and
    where that number means anything: a boot and a namespace of processes, which
    containers of one host name do not share.
    """
    start = _start(os.getpid())
    place = _place()
    if not start or not place:
        return process_name()
    return f"{process_name()} {start}@{place}"


def is_dead(mark: str) -> bool:
    """Whether a marked process is known to have died; False where nobody knows."""
    name, _, moment = mark.partition(" ")
    start, _, place = moment.partition("@")
    number = name.rpartition(":")[2]
    if not number.isdecimal() or not place or place != _place():
        return False
    pid = int(number)
    try:
        # Also where /proc hides the processes of others.
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    found = _start(pid)
    return bool(found) and found != start


@cache
def _place() -> str:
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}.{os.stat('/proc/self/ns/pid').st_ino}"
    return ""


def _start(pid: int) -> str:
    """Return when a process was started, in ticks since the boot; "" if unknown.

    One that has ended and that its parent has not asked about has no start.
    """
    with suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        fields = stat.rpartition(")")[2].split()
        return "ended" if fields[STATE] in "ZX" else fields[START]
    return ""
