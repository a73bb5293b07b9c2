"""A command's processes for the lanes beyond its first."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from django.db import connections

from ..models import MigrationRun
from .lane_process import serve

# A lane's process that ended sooner than this is started again after so long.
SHORT_LIFE_SECONDS = 5.0


class LaneProcesses:
    """Processes for a run's further lanes, started before there is a run.

    A process that is spawned takes half a second until it can work; started
    first, it is ready when the checks are done. One that gets no lane ends.
    """

    def __init__(self, size: int) -> None:
        self._processes: list[BaseProcess] = []
        self._waiting: list[tuple[BaseProcess, Connection]] = []
        # By the number of its lane, who serves it and since when; the first lane
        # is the parent's.
        self._serving: dict[int, tuple[BaseProcess, float]] = {}
        if size:
            self._start(size)

    def _start(self, size: int) -> None:
        is_forked = _can_fork()
        context = multiprocessing.get_context("fork" if is_forked else "spawn")
        if is_forked:
            # Nothing that is there by now is looked through, and so copied, by
            # a process's garbage collection (CPython's documentation of gc).
            gc.freeze()
        for _ in range(size):
            theirs, ours = context.Pipe(duplex=False)
            # A fork has the parent's ends, too. While one is open, nobody
            # hears of the parent's death.
            others = [connection for _process, connection in self._waiting]
            inherited = (*others, ours) if is_forked else ()
            process: BaseProcess = context.Process(  # type: ignore[attr-defined]
                target=serve, args=(theirs, inherited), daemon=True
            )
            process.start()
            theirs.close()
            self._processes.append(process)
            self._waiting.append((process, ours))
        gc.unfreeze()

    @classmethod
    def of(cls, run: MigrationRun) -> LaneProcesses:
        """Start the processes that a run of a terminal needs."""
        is_ours = run.executor == MigrationRun.Executor.TERMINAL
        return cls(run.lane_count - 1 if is_ours else 0)

    def send(self, run: MigrationRun) -> None:
        """Give each of the run's further lanes to a process; the rest end."""
        self._give(run.pk, range(1, run.lane_count))
        self._dismiss()

    def ended(self) -> set[int]:
        """Return the lanes whose process has ended; of an active run, it has died.

        Not one that would be started again and again: it waits its turn.
        """
        now = time.monotonic()
        return {
            number
            for number, (process, since) in self._serving.items()
            if not process.is_alive() and now - since > SHORT_LIFE_SECONDS
        }

    def grow(self, run_id: int, lane_count: int, ended: Collection[int] = ()) -> None:
        """Start a process for each lane that the run has got meanwhile, or has lost.

        One that is asked for no more rests in its process until it is again.
        """
        lanes = range(1, lane_count)
        missing = [n for n in lanes if n in ended or n not in self._serving]
        if missing:
            self._start(len(missing))
            self._give(run_id, missing)

    def _give(self, run_id: int, numbers: Iterable[int]) -> None:
        for number in numbers:
            if self._waiting:
                process, connection = self._waiting.pop()
                # One that has died leaves its lane to another.
                with connection, suppress(BrokenPipeError):
                    connection.send((run_id, number))
                self._serving[number] = (process, time.monotonic())

    def kill(self) -> None:
        """End all of them in the middle of whatever they do."""
        for process in self._processes:
            process.kill()

    def _dismiss(self) -> None:
        while self._waiting:
            _process, connection = self._waiting.pop()
            connection.close()

    def __enter__(self) -> LaneProcesses:
        return self

    def __exit__(self, *exc: object) -> None:
        self._dismiss()
        for process in self._processes:
            process.join()


def _can_fork() -> bool:
    """Whether a copy of this process can work; closes Django's idle connections.

    Not beside another thread, of Python's or of a C library's, whose locks the
    copy would keep for ever, nor with a connection open, which two processes
    would use. macOS's own libraries do not bear it (CPython's issue 33725).
    """
    if sys.platform != "linux" or len(os.listdir("/proc/self/task")) > 1:
        return False
    found = connections.all(initialized_only=True)
    for connection in found:
        if not connection.in_atomic_block:
            connection.close()
    return all(connection.connection is None for connection in found)
