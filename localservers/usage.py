"""What processes take: their descendants, processor time and memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil

RESET_PEAK = "5"
"""Written to clear_refs: the peak of the resident size starts again from now."""


def children(pid: int) -> list[int]:
    with suppress(psutil.NoSuchProcess):
        return [child.pid for child in psutil.Process(pid).children()]
    return []


def tree(pid: int) -> Iterator[int]:
    """The process and its descendants that are alive."""
    yield pid
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(pid).children(recursive=True):
            yield child.pid


def tree_cpu_seconds(pid: int) -> float:
    """Of everything that the process started, alive or ended."""
    return sum(map(_cpu_seconds, tree(pid)))


def _cpu_seconds(pid: int) -> float:
    with suppress(psutil.NoSuchProcess):
        times = psutil.Process(pid).cpu_times()
        ended = times.children_user + times.children_system
        return float(times.user + times.system + ended)
    return 0.0


def resident(pid: int) -> int:
    """Bytes; 0 for a process that is gone."""
    with suppress(psutil.NoSuchProcess):
        return int(psutil.Process(pid).memory_info().rss)
    return 0


def peak_resident(pid: int) -> int:
    """The largest resident size since the process or `reset_peak` began."""
    # psutil tells neither this mark nor how to put it back.
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def reset_peak(pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(OSError):
            Path(f"/proc/{pid}/clear_refs").write_text(RESET_PEAK)
