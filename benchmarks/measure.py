"""One contestant's run: the clock, processor time and memory.

Processor time of a contestant is what the kernel accounts to its processes
(`wait4`, descendants included); that of the servers is read from /proc before
and after. Peak memory is the largest resident size (VmHWM) that any one process
of the contestant reached. It is looked at every 50 ms; as the kernel keeps the
mark, only what a process takes in its last 50 ms can escape.
"""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from benchmarks.servers import Server
from localservers.usage import peak_resident, tree, tree_cpu_seconds

LOOK_SECONDS = 0.05


@dataclass
class Usage:
    """What one run took."""

    seconds: float
    cpu: float
    """Seconds of processor time of the contestant's own processes."""
    servers_cpu: dict[str, float] = field(default_factory=dict)
    peak: int = 0
    """Bytes; the largest process of the contestant."""
    exit_code: int = 0


class PeakWatch(threading.Thread):
    """Keeps the largest resident size that a process of a tree has reached."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.root = root
        self.peaks: dict[int, int] = {}
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(LOOK_SECONDS):
            self.look()

    def look(self) -> None:
        for pid in tree(self.root):
            peak = peak_resident(pid)
            self.peaks[pid] = max(self.peaks.get(pid, 0), peak)

    def stop(self) -> int:
        self.ended.set()
        self.join()
        return max(self.peaks.values(), default=0)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()


def servers_cpu(servers: Sequence[Server]) -> dict[str, float]:
    return {s.name: tree_cpu_seconds(s.pid) for s in servers}


def plain_environment(**more: str) -> dict[str, str]:
    return {**os.environ, **more}


def _difference(after: dict[str, float], before: dict[str, float]) -> dict[str, float]:
    return {name: max(0.0, after[name] - before[name]) for name in after}


def command(
    arguments: Sequence[str],
    *,
    servers: Sequence[Server],
    log: Path,
    output: Path | None = None,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
    timeout: float | None = None,
) -> Usage:
    """Run a program to its end; what it says goes to the log.

    Standard output goes to a file of its own where one is given.
    """
    before = servers_cpu(servers)
    with ExitStack() as stack:
        errors = stack.enter_context(log.open("wb"))
        said = stack.enter_context(output.open("wb")) if output else errors
        started = time.perf_counter()
        process = subprocess.Popen(
            arguments,
            env=environment,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=errors,
            start_new_session=True,
        )
    with ended_after(process, timeout), PeakWatch(process.pid) as watch:
        _pid, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    return Usage(
        seconds=seconds,
        cpu=used.ru_utime + used.ru_stime,
        servers_cpu=_difference(servers_cpu(servers), before),
        peak=watch.stop(),
        exit_code=process.returncode,
    )


@contextmanager
def ended_after(
    process: subprocess.Popen[bytes], seconds: float | None
) -> Iterator[None]:
    """End the process when its time is up, or when the block fails."""
    alarm = threading.Timer(seconds, _end_group, [process.pid]) if seconds else None
    if alarm:
        alarm.start()
    try:
        yield
    except BaseException:
        _end_group(process.pid)
        process.wait()
        raise
    finally:
        if alarm:
            alarm.cancel()


def _end_group(pid: int) -> None:
    # The child leads a group of its own, made for it above.
    with_group = os.getpgid(pid)
    if with_group == pid:
        os.killpg(pid, 9)


def _own_cpu() -> float:
    uses = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, uses))


def call(function: Callable[[], Any], *, servers: Sequence[Server]) -> Usage:
    """Run a function of this process, which lets servers and children work."""
    before, own = servers_cpu(servers), _own_cpu()
    started = time.perf_counter()
    function()
    seconds = time.perf_counter() - started
    return Usage(
        seconds=seconds,
        cpu=_own_cpu() - own,
        servers_cpu=_difference(servers_cpu(servers), before),
    )
