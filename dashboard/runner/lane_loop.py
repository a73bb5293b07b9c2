"""Slice after slice of one lane, in a process that a command started."""

from __future__ import annotations

import os
import time

from ..conf import option
from ..models import Lane, MigrationRun
from .leases import release_expired
from .slice import SliceEnd, left_behind, work

LOOK_SECONDS = 0.2


def serve_lane(run_id: int, number: int) -> None:
    """Run slice after slice of one lane until the run stands still.

    A lane whose process died at work is served in between.
    """
    parent = os.getppid()
    while _is_active(run_id):
        if os.getppid() != parent:
            # The command was killed; an orphan would only stand in the way.
            return
        release_expired(run_id)
        left = left_behind(MigrationRun.objects.get(pk=run_id), number)
        lane = Lane.objects.get(run=run_id, number=left[0] if left else number)
        end = work(run_id, lane.number, lane.epoch, option("SLICE_SECONDS"))
        is_over = end is SliceEnd.OVER
        if end is SliceEnd.LOST or (is_over and _is_active(run_id)):
            # Others still finish what they hold, until the run is paused.
            time.sleep(LOOK_SECONDS)


def _is_active(run_id: int) -> bool:
    return MigrationRun.objects.active().filter(pk=run_id).exists()
