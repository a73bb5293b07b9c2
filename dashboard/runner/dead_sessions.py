"""The sessions that a run's dead lanes may have left in the destination's server."""

from __future__ import annotations

from ..models import Lane, MigrationRun
from .leases import Lease, session_label
from .sessions import Sessions


def end_dead_sessions(run: MigrationRun, lease: Lease, sessions: Sessions) -> None:
    """End the writing sessions of every earlier holder of a lane of the run.

    A statement that goes on there holds locks and would write into what is being
    put back, or copied, by others now.
    """
    for lane in run.lanes.order_by("number"):
        for epoch in range(1, _last_dead(lane, lease) + 1):
            sessions.destination.end_session(
                session_label(lease.run_uuid, lane.number, epoch)
            )
        lease.renew()


def _last_dead(lane: Lane, lease: Lease) -> int:
    if lane.number == lease.number:
        return lease.epoch - 1
    return lane.epoch - 1 if lane.is_leased else lane.epoch
