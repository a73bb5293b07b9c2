"""Lanes: who may work, fenced by an epoch.

Whoever takes a lane raises its epoch; every later control write asks for that
epoch, so a worker that only seemed dead finds that it has lost the lane.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from types import TracebackType

from django.db import close_old_connections, connections
from django.db.models import F, QuerySet

from ..conf import option
from ..models import Lane, MigrationRun
from .clock import NowMs

logger = logging.getLogger("migration_console")


class LaneLost(Exception):
    """The lane belongs to somebody else: end at once and enqueue nothing."""


@dataclass
class Hold:
    """A lane that is held, at its epoch."""

    lane_id: int
    run_id: int
    run_uuid: str
    number: int
    epoch: int

    @property
    def label(self) -> str:
        """The name of this hold's session in the destination's server."""
        return session_label(self.run_uuid, self.number, self.epoch)

    def guard(self) -> None:
        """Renew the lease; raise LaneLost where the lane is somebody else's."""
        lease = int(option("LEASE_SECONDS") * 1000)
        renewed = Lane.objects.filter(
            pk=self.lane_id, epoch=self.epoch, held=True
        ).update(until=NowMs() + lease)
        if not renewed:
            raise LaneLost

    def alive(self) -> None:
        """Renew the lease and say that the run is alive."""
        self.guard()
        MigrationRun.objects.filter(pk=self.run_id).update(alive_at=NowMs())


def session_label(run_uuid: str, number: int, epoch: int) -> str:
    """Name a session so that a successor finds it; short enough for MySQL."""
    return f"migration-console-{run_uuid[:16]}-{number}-{epoch}"


def take(run: MigrationRun, number: int, epoch: int, holder: str) -> Hold | None:
    """Take a lane that stands free at this epoch; None where it does not.

    A message carries the epoch at which it was sent, so of many copies of it
    the first takes the lane and the rest find another epoch.
    """
    lease = int(option("LEASE_SECONDS") * 1000)
    taken = Lane.objects.filter(run=run, number=number, epoch=epoch, held=False).update(
        epoch=F("epoch") + 1, held=True, until=NowMs() + lease, holder=holder[:200]
    )
    if not taken:
        return None
    lane_id = Lane.objects.values_list("pk", flat=True).get(run=run, number=number)
    return Hold(lane_id, run.pk, run.uuid.hex, number, epoch + 1)


def leave(hold: Hold, *, wait_ms: int = 0) -> bool:
    """Let go of a lane; False where it was not held any more.

    ``wait_ms`` is how long nobody else needs to wake it.
    """
    return bool(
        Lane.objects.filter(pk=hold.lane_id, epoch=hold.epoch, held=True).update(
            held=False, until=NowMs() + wait_ms
        )
    )


def free_dead(run_id: int) -> None:
    """Let lanes go whose lease has run out."""
    Lane.objects.filter(run=run_id, held=True, until__lt=NowMs()).update(held=False)


def without_terminal(runs: QuerySet[MigrationRun]) -> QuerySet[MigrationRun]:
    """Select the terminals' runs of which a whole lease has heard nothing."""
    lease = int(option("LEASE_SECONDS") * 1000)
    served = Lane.objects.filter(held=True, until__gt=NowMs())
    return runs.filter(
        origin=MigrationRun.Origin.TERMINAL, alive_at__lt=NowMs() - lease
    ).exclude(pk__in=served.values("run"))


class Keeper(threading.Thread):
    """Renews a lane while its holder is busy with a long statement.

    Uses a database connection of its own and closes it at the end.
    """

    def __init__(self, hold: Hold) -> None:
        super().__init__(name="migration-console-keeper", daemon=True)
        self._hold = hold
        self._over = threading.Event()
        self.lost = False

    def __enter__(self) -> Keeper:
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
            while not self._over.wait(pause):
                self._renew()
                if self.lost:
                    return
        finally:
            connections.close_all()

    def _renew(self) -> None:
        try:
            close_old_connections()
            self._hold.alive()
        except LaneLost:
            self.lost = True
        except Exception:
            # Losing the lease meanwhile is safe: receipts decide.
            logger.warning(
                "lease not renewed run=%s lane=%s", self._hold.run_id, self._hold.number
            )
            connections.close_all()
