"""The Celery tasks: a lane's slice, and what is done before a start."""

from __future__ import annotations

import logging

from celery import shared_task

# Registers what a worker does besides its tasks.
from . import worker  # noqa: F401
from .conf import option
from .control_database import AWAY, close_connections, waited
from .models import Lane, MigrationRun
from .runner.before_start import perform
from .runner.dispatch import RUN_PREFLIGHT, RUN_SLICE, send
from .runner.slice import AWAY_SECONDS, SliceEnd, work
from .runner.stalls import look_for_the_dead

logger = logging.getLogger("migration_console")

LIMIT_SECONDS = 30 * 24 * 3600


@shared_task(
    name=RUN_SLICE,
    # Acknowledged when done, and given back when the process is killed: a
    # slice is safe to run twice and must not vanish.
    acks_late=True,
    reject_on_worker_lost=True,
    ignore_result=True,
    # A retry is the database's decision, not the broker's.
    acks_on_failure_or_timeout=True,
    # In seconds: no limit in fact. An index of hours is one statement; leases
    # and receipts, not the clock, keep a slice from doing harm. Given here,
    # a project's own limits, made for its short tasks, do not end it.
    time_limit=LIMIT_SECONDS,
    soft_time_limit=LIMIT_SECONDS,
)
def run_slice(run_id: int, number: int, epoch: int) -> str:
    """Work for a lane for some tens of seconds and hand over.

    Arguments are numbers of rows only: they lie in Redis for all to read.
    """
    try:
        return _run_slice(run_id, number, epoch).value
    except AWAY as error:
        # Whoever looks next, once the control database is back, sends another.
        logger.warning("slice given up run=%s: %s", run_id, type(error).__name__)
        close_connections()
        return SliceEnd.LOST.value


def _run_slice(run_id: int, number: int, epoch: int) -> SliceEnd:
    runs = MigrationRun.objects.active().by_workers().filter(pk=run_id)
    if waited(runs.first, seconds=AWAY_SECONDS) is None:
        return SliceEnd.LOST
    end = work(run_id, number, epoch, option("SLICE_SECONDS"))
    if end is SliceEnd.LOST:
        # A call that came back because its process was killed: the lane is free
        # as soon as somebody sees that.
        look_for_the_dead()
    if end in (SliceEnd.MORE, SliceEnd.WAIT):
        lane = Lane.objects.get(run=run_id, number=number)
        if not lane.is_leased:
            send(run_id, number, lane.epoch)
    return end


@shared_task(
    name=RUN_PREFLIGHT,
    # Once at most: what has lost its worker is stopped, in words, by whoever looks.
    acks_late=False,
    ignore_result=True,
    time_limit=LIMIT_SECONDS,
    soft_time_limit=LIMIT_SECONDS,
)
def run_preflight(pk: int, number: int) -> None:
    """Make the checks, or a dry run, that were asked for at this number."""
    try:
        perform(pk, number)
    except AWAY as error:
        logger.warning("preflight given up pk=%s: %s", pk, type(error).__name__)
        close_connections()
