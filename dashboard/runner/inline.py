"""The work of a run in the process that asked for it, without Celery.

One lane in a thread of this process, further ones as processes of their own;
all of them run the same slices as a Celery worker does.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from django.db import connections

from ..conf import option
from ..lifecycle import ACTIVE
from ..models import Lane, MigrationRun
from .lanes import free_dead
from .slices import Outcome, left_behind, work
from .spawned import serve

LOOK_SECONDS = 0.2


class Crew:
    """Processes for a run's further lanes, started before there is a run.

    A process that is spawned takes half a second until it can work; started
    first, it is ready when the checks are done. Who is not needed ends at once.
    """

    def __init__(self, size: int) -> None:
        self._members: list[BaseProcess] = []
        self._waiting: list[Connection] = []
        if not size:
            return
        is_forked = _can_fork()
        context = multiprocessing.get_context("fork" if is_forked else "spawn")
        if is_forked:
            # Nothing that is there by now is looked through, and so copied, by
            # a member's garbage collection (CPython's documentation of gc).
            gc.freeze()
        for _ in range(size):
            theirs, ours = context.Pipe(duplex=False)
            # A fork has the parent's ends, too. While one is open, nobody
            # hears of the parent's death.
            inherited = (*self._waiting, ours) if is_forked else ()
            member: BaseProcess = context.Process(  # type: ignore[attr-defined]
                target=serve, args=(theirs, inherited), daemon=True
            )
            member.start()
            theirs.close()
            self._members.append(member)
            self._waiting.append(ours)
        gc.unfreeze()

    @classmethod
    def of(cls, run: MigrationRun) -> Crew:
        """Return the crew that a run of a terminal needs."""
        is_ours = run.origin == MigrationRun.Origin.TERMINAL
        return cls(run.options["lanes"] - 1 if is_ours else 0)

    def send(self, run: MigrationRun) -> None:
        """Let members serve the run's further lanes; the rest end."""
        for number in range(1, run.options["lanes"]):
            # A member that has died leaves its lane to the others.
            if self._waiting:
                with self._waiting.pop() as connection, suppress(BrokenPipeError):
                    connection.send((run.pk, number))
        self._dismiss()

    def _dismiss(self) -> None:
        while self._waiting:
            self._waiting.pop().close()

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *exc: object) -> None:
        self._dismiss()
        for member in self._members:
            member.join()


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


def run_here(run: MigrationRun, crew: Crew, alive: Callable[[], None]) -> None:
    """Serve all lanes of a started run until it stands still.

    A process that has died is noticed when its lease has run out. ``alive`` is
    called several times a second in the calling thread; what it raises comes
    out when the run stands still.
    """
    crew.send(run)
    thread = threading.Thread(
        target=_serve_and_close, args=(run.pk, 0), name="migration-console-lane"
    )
    thread.start()
    try:
        next_look = 0.0
        while thread.is_alive():
            alive()
            if time.monotonic() >= next_look:
                free_dead(run.pk)
                next_look = time.monotonic() + option("LEASE_SECONDS") / 4
            thread.join(LOOK_SECONDS)
    finally:
        thread.join()


def _serve_and_close(run_id: int, number: int) -> None:
    try:
        serve_lane(run_id, number)
    finally:
        connections.close_all()


def serve_lane(run_id: int, number: int) -> None:
    """Run slice after slice of one lane until the run stands still.

    A lane whose process died at work is served in between.
    """
    parent = os.getppid()
    while MigrationRun.objects.filter(pk=run_id, status__in=ACTIVE).exists():
        if os.getppid() != parent:
            # The command was killed; an orphan would only stand in the way.
            return
        free_dead(run_id)
        left = left_behind(MigrationRun.objects.get(pk=run_id), number)
        lane = Lane.objects.get(run=run_id, number=left[0] if left else number)
        outcome = work(run_id, lane.number, lane.epoch, option("SLICE_SECONDS"))
        if outcome is Outcome.LOST:
            time.sleep(LOOK_SECONDS)
