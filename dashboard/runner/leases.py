"""Leases on lanes: who may work, fenced by an epoch.

Whoever takes a lane raises its epoch; every later control write asks for that
epoch, so a worker that only seemed dead finds that it has lost the lane.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from django.db import close_old_connections
from django.db.models import F

from ..conf import option
from ..control_database import close_connections, patience
from ..models import Chunk, Lane, MigrationRun
from ..models.clock import NowMs
from ..models.run import RunQuerySet
from .processes import is_dead, process_mark

logger = logging.getLogger("migration_console")


# Seconds between two renewals amid much work for little things.
RENEW_SECONDS = 0.5


class LaneLost(Exception):
    """The lane belongs to somebody else: end at once and enqueue nothing."""


def lease_ms() -> int:
    """Return how long a lane may be silent before it is taken over."""
    return int(option("LEASE_SECONDS") * 1000)


@dataclass(frozen=True)
class Lease:
    """A lane that this process may work for, as long as the epoch is the newest."""

    lane_id: int
    run_id: int
    run_uuid: str
    number: int
    epoch: int

    @property
    def label(self) -> str:
        """The name of this holder's session in the destination's server."""
        return session_label(self.run_uuid, self.number, self.epoch)

    def renew(self) -> None:
        """Renew the lease; raise LaneLost where the lane is somebody else's."""
        renewed = Lane.objects.filter(
            pk=self.lane_id, epoch=self.epoch, is_leased=True
        ).update(leased_until_ms=NowMs() + lease_ms())
        if not renewed:
            raise LaneLost

    def report_work(self) -> None:
        """Renew the lease and say that the run is alive."""
        self.renew()
        MigrationRun.objects.filter(pk=self.run_id).update(alive_ms=NowMs())


def now_and_then(lease: Lease) -> Callable[[], None]:
    """Return what renews a lease twice a second at most, for the middle of much work.

    It raises LaneLost as ``renew`` does.
    """
    last = time.monotonic()

    def renew() -> None:
        nonlocal last
        if time.monotonic() - last > RENEW_SECONDS:
            lease.renew()
            last = time.monotonic()

    return renew


def session_label(run_uuid: str, number: int, epoch: int) -> str:
    """Name a session so that a successor finds it; short enough for MySQL."""
    return f"migration-console-{run_uuid[:16]}-{number}-{epoch}"


def take(run: MigrationRun, number: int, epoch: int) -> Lease | None:
    """Take a lane that stands free at this epoch; None where it does not.

    A message carries the epoch at which it was sent, so of many copies of it
    the first takes the lane and the rest find another epoch.
    """
    taken = (
        run.lanes.free()
        .filter(number=number, epoch=epoch)
        .update(
            epoch=F("epoch") + 1,
            is_leased=True,
            leased_until_ms=NowMs() + lease_ms(),
            leased_by=process_mark()[:200],
        )
    )
    if not taken:
        return None
    lane_id = run.lanes.values_list("pk", flat=True).get(number=number)
    return Lease(lane_id, run.pk, run.uuid.hex, number, epoch + 1)


def release(lease: Lease, *, wait_ms: int = 0) -> bool:
    """Let go of a lane; False where the lease was lost.

    ``wait_ms`` is how long nobody else needs to wake it.
    """
    return bool(
        Lane.objects.filter(pk=lease.lane_id, epoch=lease.epoch, is_leased=True).update(
            is_leased=False, leased_until_ms=NowMs() + wait_ms
        )
    )


def release_expired(run_id: int) -> None:
    """Free the lanes whose lease has run out, or whose holder died on this host."""
    expired = Lane.objects.expired().filter(run=run_id)
    # Asked first: looking is frequent, and a file has one writer at a time.
    if expired.exists():
        expired.update(is_leased=False)
    held = Lane.objects.filter(run=run_id, is_leased=True)
    for lane in held:
        if is_dead(lane.leased_by):
            held.filter(pk=lane.pk, epoch=lane.epoch, leased_by=lane.leased_by).update(
                is_leased=False, leased_until_ms=0
            )


def runs_of_the_dead() -> list[int]:
    """Return the runs that have a lane whose holder died on this host."""
    held = Lane.objects.filter(is_leased=True).values_list("run", "leased_by")
    return sorted({run for run, holder in held if is_dead(holder)})


def left_behind(run: MigrationRun, number: int) -> list[int]:
    """Return the lanes but this one that have work claimed and nobody to do it.

    A process had better serve them than look on.
    """
    lanes = run.lanes.free().exclude(number=number).order_by("number")
    numbers = list(lanes.values_list("number", flat=True))
    if not numbers:
        return []
    claimed = with_claims(run)
    return [other for other in numbers if other in claimed]


def with_claims(run: MigrationRun) -> set[int]:
    """Return the lanes that have work claimed, or that died with it."""
    return {
        *Chunk.objects.of(run).claimed().values_list("lane", flat=True),
        *run.steps.claimed().values_list("lane", flat=True),
    }


def without_terminal(runs: RunQuerySet) -> RunQuerySet:
    """Select the terminals' runs of which a whole lease has heard nothing."""
    served = Lane.objects.leased()
    silent = runs.by_terminal().filter(alive_ms__lt=NowMs() - lease_ms())
    return silent.exclude(pk__in=served.values("run"))


class LeaseRenewer(threading.Thread):
    """Renews a lease while its holder is busy with a long statement.

    Uses a database connection of its own and closes it at the end.
    """

    def __init__(self, lease: Lease) -> None:
        super().__init__(name="migration-console-lease", daemon=True)
        self._lease = lease
        self._over = threading.Event()

    def __enter__(self) -> LeaseRenewer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        pause = option("LEASE_SECONDS") / 4
        try:
            with patience():
                while not self._over.wait(pause):
                    if not self._renewed():
                        return
        finally:
            close_connections()

    def _renewed(self) -> bool:
        """Renew; False where the lane is somebody else's."""
        try:
            close_old_connections()
            self._lease.renew()
        except LaneLost:
            return False
        except Exception:
            # Losing the lease meanwhile is safe: receipts decide.
            logger.warning(
                "lease not renewed run=%s lane=%s",
                self._lease.run_id,
                self._lease.number,
            )
            close_connections()
        return True
