"""What /proc tells of processes: their children, processor time and memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
GONE = (FileNotFoundError, ProcessLookupError)

RESET_PEAK = "5"
"""Written to clear_refs: the peak of the resident size starts again from now."""


def tree(pid: int) -> Iterator[int]:
    """The process and its descendants that are alive."""
    yield pid
    for child in _children(pid):
        yield from tree(child)


def _children(pid: int) -> list[int]:
    children: list[int] = []
    with suppress(*GONE):
        for task in (PROC / str(pid) / "task").iterdir():
            with suppress(*GONE):
                children += map(int, (task / "children").read_text().split())
    return children


def cpu_seconds(pid: int, *, with_ended: bool) -> float:
    """User and system time of a process, and of its children that have ended."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except GONE:
        return 0.0
    fields = stat.rpartition(")")[2].split()
    return sum(map(int, fields[11 : 15 if with_ended else 13])) / TICKS


def tree_cpu_seconds(pid: int) -> float:
    """Of everything that the process started, alive or ended."""
    return sum(cpu_seconds(each, with_ended=True) for each in tree(pid))


def _status(pid: int, name: str) -> int:
    """A size out of /proc/PID/status, in bytes; 0 for a process that is gone."""
    with suppress(*GONE):
        for line in (PROC / str(pid) / "status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    return 0


def resident(pid: int) -> int:
    return _status(pid, "VmRSS:")


def peak_resident(pid: int) -> int:
    """The largest resident size since the process or `reset_peak` began."""
    return _status(pid, "VmHWM:")


def reset_peak(pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(*GONE):
            (PROC / str(pid) / "clear_refs").write_text(RESET_PEAK)
