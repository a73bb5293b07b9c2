"""What holds a lane back before its next piece: a limit of rows, or the project.

A lane that is held back holds no session and no transaction, renews its lease,
and looks several times a second whether the run was paused or cancelled.
"""

from __future__ import annotations

import time

from django.db.models import BigIntegerField, F, Value
from django.db.models.expressions import Combinable, ExpressionWrapper
from django.db.models.functions import Greatest

from ..control_database import now_ms
from ..models import Lane, MigrationRun
from ..models.clock import NowMs
from ..statuses import Status
from .leases import Lease
from .sessions import Sessions
from .throttle_hook import Hook, ThrottleContext

# Seconds between two looks of a lane that has nothing to do.
IDLE_SECONDS = 0.05
# Seconds between two looks of a lane that is held back.
REST_SECONDS = 0.25
# Seconds between two signs of life of one.
ALIVE_SECONDS = 5.0
MOST_CHARACTERS = 400
# Milliseconds that a lane may be late for its turn without losing rows by it.
LATE_MS = 1_000


def charge(run: MigrationRun, rows: int, seconds: float) -> None:
    """Put the run's next rows off by the time that these are worth at its limit.

    In the transaction that records them, so that the lanes of all hosts share one
    account and nothing is charged twice. ``seconds`` is what they took. The limit
    is the one of this moment, not of when the piece was begun.
    """
    begun: Combinable = NowMs() - int(seconds * 1000) - LATE_MS
    worth = ExpressionWrapper(
        Value(rows * 1000, BigIntegerField()) / F("rows_per_second"),
        BigIntegerField(),
    )
    limited = MigrationRun.objects.filter(pk=run.pk, rows_per_second__gt=0)
    limited.update(throttled_until_ms=Greatest(F("throttled_until_ms"), begun) + worth)


class Throttle:
    """Holds one lane back."""

    def __init__(self, lease: Lease, sessions: Sessions) -> None:
        self._lease = lease
        self._sessions = sessions
        self._hook = Hook()
        # What is written of the lane; an earlier holder may have left something.
        self._said: str | None = None
        self._is_due = True
        self._alive_at = float("-inf")

    def holds(self, run: MigrationRun) -> bool:
        """Whether the project wants nothing to begin; waits a moment where it does.

        What puts the schema back after a cancel or a failure is not held back.
        """
        asks = run.status == Status.RUNNING and not run.is_failing
        reason = self._hook.ask(self._context(run)) if asks else ""
        self._say(reason)
        if reason:
            self._sessions.close()
            self.rest()
        return bool(reason)

    def rows_are_due(self, run: MigrationRun) -> bool:
        """Whether the limit lets more rows be copied or compared now."""
        limited = run.rows_per_second and not run.is_failing
        self._is_due = not limited or run.throttled_until_ms <= now_ms()
        return self._is_due

    def idle(self) -> None:
        """Wait a moment before the next look for work: longer under the limit."""
        if self._is_due:
            time.sleep(IDLE_SECONDS)
        else:
            self.rest()

    def rest(self) -> None:
        """Wait a moment, and say now and then that the run is alive."""
        time.sleep(REST_SECONDS)
        if time.monotonic() - self._alive_at > ALIVE_SECONDS:
            self._lease.report_work()
            self._alive_at = time.monotonic()

    def _context(self, run: MigrationRun) -> ThrottleContext:
        return ThrottleContext(
            run=run.pk,
            source=run.source,
            destination=run.destination,
            phase=run.phase,
            lane=self._lease.number,
            lanes=run.lane_count,
            rows_per_second=run.rows_per_second,
        )

    def _say(self, reason: str) -> None:
        if reason == self._said:
            return
        lane = Lane.objects.filter(pk=self._lease.lane_id, epoch=self._lease.epoch)
        lane.update(rests_for=reason[:MOST_CHARACTERS])
        self._said = reason
