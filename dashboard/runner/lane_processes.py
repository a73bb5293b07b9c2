"""A command's processes for the lanes beyond its first."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from django.db import connections

from ..models import MigrationRun
from .lane_process import serve


class LaneProcesses:
    """Processes for a run's further lanes, started before there is a run.

    A process that is spawned takes half a second until it can work; started
    first, it is ready when the checks are done. One that gets no lane ends.
    """

    def __init__(self, size: int) -> None:
        self._processes: list[BaseProcess] = []
        self._waiting: list[Connection] = []
        # The lanes that have been given to somebody; the first is the parent's.
        self._given = 1
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
            inherited = (*self._waiting, ours) if is_forked else ()
            process: BaseProcess = context.Process(  # type: ignore[attr-defined]
                target=serve, args=(theirs, inherited), daemon=True
            )
            process.start()
            theirs.close()
            self._processes.append(process)
            self._waiting.append(ours)
        gc.unfreeze()

    @classmethod
    def of(cls, run: MigrationRun) -> LaneProcesses:
        """Start the processes that a run of a terminal needs."""
        is_ours = run.executor == MigrationRun.Executor.TERMINAL
        return cls(run.lane_count - 1 if is_ours else 0)

    def send(self, run: MigrationRun) -> None:
        """Give each of the run's further lanes to a process; the rest end."""
        self._give(run.pk, run.lane_count)
        self._dismiss()

    def grow(self, run_id: int, lane_count: int) -> None:
        """Start a process for each lane that the run has got meanwhile.

        One that is asked for no more rests in its process until it is again.
        """
        if lane_count > self._given:
            self._start(lane_count - self._given)
            self._give(run_id, lane_count)

    def _give(self, run_id: int, lane_count: int) -> None:
        for number in range(self._given, lane_count):
            # A process that has died leaves its lane to the others.
            if self._waiting:
                with self._waiting.pop() as connection, suppress(BrokenPipeError):
                    connection.send((run_id, number))
        self._given = max(self._given, lane_count)

    def kill(self) -> None:
        """End all of them in the middle of whatever they do."""
        for process in self._processes:
            process.kill()

    def _dismiss(self) -> None:
        while self._waiting:
            self._waiting.pop().close()

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
