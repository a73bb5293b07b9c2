"""The work of a run in the process that asked for it, without Celery.

One lane in a thread of this process, further ones as spawned processes; all
of them run the same slices as a Celery worker does.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable

from django.db import connections

from ..conf import option
from ..lifecycle import ACTIVE
from ..models import Lane, MigrationRun
from .clock import NowMs
from .slices import Outcome, work
from .spawned import serve

LOOK_SECONDS = 0.2


def run_here(run: MigrationRun, alive: Callable[[], None]) -> None:
    """Serve all lanes of a started run until it stands still.

    ``alive`` is called several times a second in the calling thread. If it
    raises, lanes go on until the run is cancelled or ends.
    """
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=serve, args=(run.pk, number), daemon=True)
        for number in range(1, run.options["lanes"])
    ]
    for process in processes:
        process.start()
    thread = threading.Thread(
        target=_serve_and_close, args=(run.pk, 0), name="migration-console-lane"
    )
    thread.start()
    try:
        while thread.is_alive():
            alive()
            thread.join(LOOK_SECONDS)
    finally:
        thread.join()
        for process in processes:
            process.join()


def _serve_and_close(run_id: int, number: int) -> None:
    try:
        serve_lane(run_id, number)
    finally:
        connections.close_all()


def serve_lane(run_id: int, number: int) -> None:
    """Run slice after slice of one lane until the run stands still."""
    parent = os.getppid()
    while MigrationRun.objects.filter(pk=run_id, status__in=ACTIVE).exists():
        if os.getppid() != parent:
            # The command was killed; an orphan would only stand in the way.
            return
        # A lane whose process died is free when its lease has run out.
        Lane.objects.filter(
            run=run_id, number=number, held=True, until__lt=NowMs()
        ).update(held=False)
        lane = Lane.objects.get(run=run_id, number=number)
        outcome = work(run_id, number, lane.epoch, option("SLICE_SECONDS"))
        if outcome is Outcome.LOST:
            time.sleep(LOOK_SECONDS)
