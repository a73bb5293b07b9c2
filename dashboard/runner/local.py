"""The work of a run in the process that asked for it, without Celery.

One lane in a thread of this process, further ones as processes of their own;
all of them run the same slices as a Celery worker does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from django.db import connections

from ..control_database import AWAY, back_off
from ..models import MigrationRun
from .lane_loop import LOOK_SECONDS, serve_lane
from .lane_processes import LaneProcesses
from .leases import release_expired

DEATHS_SECONDS = 1


def run_here(
    run: MigrationRun, processes: LaneProcesses, tick: Callable[[], object]
) -> None:
    """Serve all lanes of a started run until it stands still.

    A process that has died is noticed within seconds, and so are lanes that are
    asked for while the run works: another one is started. ``tick`` is called several
    times a second in the calling thread, also when it has raised something: that
    comes out when the run stands still. A control database that is away is waited
    for.
    """
    processes.send(run)
    thread = threading.Thread(
        target=_serve_and_close, args=(run.pk, 0), name="migration-console-lane"
    )
    thread.start()
    failure: Exception | None = None
    next_look = 0.0
    while thread.is_alive():
        try:
            tick()
            if time.monotonic() >= next_look:
                release_expired(run.pk)
                _grow(run.pk, processes)
                next_look = time.monotonic() + DEATHS_SECONDS
        except AWAY as error:
            back_off(1, error)
        except Exception as error:
            failure = failure or error
        thread.join(LOOK_SECONDS)
    if failure:
        raise failure


def _grow(run_id: int, processes: LaneProcesses) -> None:
    # Looked for first: of a run that stands still they end by themselves.
    ended = processes.ended()
    active = MigrationRun.objects.active().by_terminal().filter(pk=run_id)
    for lane_count in active.values_list("lane_count", flat=True):
        processes.grow(run_id, lane_count, ended)


def _serve_and_close(run_id: int, number: int) -> None:
    try:
        serve_lane(run_id, number)
    finally:
        connections.close_all()
