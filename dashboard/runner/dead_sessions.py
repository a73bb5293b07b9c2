"""The sessions that a run's dead lanes may have left in the destination's server."""

from __future__ import annotations

from contextlib import suppress

from ..models import Chunk, Lane, MigrationRun, Step
from ..statuses import ENDED
from ..transfer.backends.base import database_of
from ..transfer.errors import ReceiptsGone
from ..transfer.receipts import Receipts
from .chunks import receipt_name
from .leases import Lease, session_label
from .sessions import Sessions


def end_dead_sessions(run: MigrationRun, lease: Lease, sessions: Sessions) -> None:
    """End the writing sessions of every earlier holder of a lane of the run.

    A statement that goes on there holds locks and would write into what is being
    put back, or copied, by others now.
    """
    for lane in run.lanes.order_by("number"):
        for epoch in range(1, _last_dead(lane, lease) + 1):
            _end(run, lane.number, epoch, sessions)
        lease.renew()


def shut_out_ended_runs(run: MigrationRun, lease: Lease, sessions: Sessions) -> None:
    """Let nothing be committed any more for ended runs into the same database.

    One that was forced to an end may have left a process with an open transaction,
    or one that has yet to begin it.
    """
    place = database_of(run.destination_identity)
    ended = MigrationRun.objects.filter(
        destination_identity__startswith=place, status__in=ENDED
    ).exclude(pk=run.pk)
    left = Chunk.State.CLAIMED, Chunk.State.UNSETTLED
    chunks = Chunk.objects.filter(table__run__in=ended, state__in=left)
    steps = Step.objects.filter(run__in=ended, state=Step.State.CLAIMED)
    for chunk in chunks.select_related("table__run"):
        _end(chunk.table.run, chunk.lane, chunk.epoch, sessions)
        with suppress(ReceiptsGone):
            receipts = Receipts(sessions.destination, chunk.table.run.receipts_table)
            receipts.void(receipt_name(chunk))
        lease.renew()
    for step in steps.select_related("run"):
        _end(step.run, step.lane, step.epoch, sessions)


def _end(run: MigrationRun, number: int, epoch: int, sessions: Sessions) -> None:
    sessions.destination.end_session(session_label(run.uuid.hex, number, epoch))


def _last_dead(lane: Lane, lease: Lease) -> int:
    if lane.number == lease.number:
        return lease.epoch - 1
    return lane.epoch - 1 if lane.is_leased else lane.epoch
