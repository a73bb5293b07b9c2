"""Slice after slice of one lane, in a process that a command started."""

from __future__ import annotations

import os
import time

from ..conf import option
from ..control_database import AWAY, back_off, patience
from ..models import Lane, MigrationRun
from .leases import left_behind, release_expired
from .slice import SliceEnd, work

LOOK_SECONDS = 0.2


def serve_lane(run_id: int, number: int) -> None:
    """Run slice after slice of one lane until the run stands still.

    A lane whose process died at work is served in between. A control database
    that is away is waited for.
    """
    parent = os.getppid()
    failures = 0
    with patience():
        # The command may be killed; an orphan would only stand in the way.
        while os.getppid() == parent:
            try:
                if not _serve_once(run_id, number):
                    return
                failures = 0
            except AWAY as error:
                back_off(failures, error)
                failures += 1


def _serve_once(run_id: int, number: int) -> bool:
    """Run one slice; False where the run stands still."""
    if not _is_active(run_id):
        return False
    release_expired(run_id)
    run = MigrationRun.objects.get(pk=run_id)
    left = left_behind(run, number)
    if number >= run.lane_count and not left:
        # Rests until more lanes are asked for again.
        time.sleep(LOOK_SECONDS)
        return True
    lane = Lane.objects.get(run=run_id, number=left[0] if left else number)
    end = work(run_id, lane.number, lane.epoch, option("SLICE_SECONDS"))
    is_over = end is SliceEnd.OVER
    if end is SliceEnd.LOST or (is_over and _is_active(run_id)):
        # Others still finish what they hold, until the run is paused.
        time.sleep(LOOK_SECONDS)
    return True


def _is_active(run_id: int) -> bool:
    return MigrationRun.objects.active().filter(pk=run_id).exists()
