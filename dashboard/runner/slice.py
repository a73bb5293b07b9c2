"""A slice: what a worker does for a lane until its time is up."""

from __future__ import annotations

import logging
import time
from enum import StrEnum

from django.utils.translation import gettext as _

from ..control_database import AWAY, now_ms, patience, waited
from ..models import MigrationRun
from ..statuses import Phase, Status
from ..transfer.errors import (
    Busy,
    CannotServe,
    Locked,
    TooMuch,
    TransferError,
)
from . import (
    abstentions,
    bundle_claims,
    chunk_claims,
    chunk_recovery,
    endings,
    phases,
    steps,
)
from .abstentions import PASSED_ON_SECONDS
from .chunks import ClaimedChunk
from .dispatch import reach_pause
from .failures import unforeseen_as_transfer_error
from .interruption import InterruptedWorkError, Interruption
from .leases import (
    LaneLost,
    Lease,
    LeaseRenewer,
    lease_ms,
    left_behind,
    release,
    take,
)
from .pieces import Pieces
from .sessions import Sessions
from .throttle import Throttle
from .watch import SessionWatch

logger = logging.getLogger("migration_console")

LEASES_WITHOUT_WORK = 3
# How long a slice waits for a control database that went away under it.
AWAY_SECONDS = 60
# How long what passes in a moment may stand in the way of everything: a catalogue
# that is damaged says the same as one that somebody changes.
PASSING_MS = 30_000


class SliceEnd(StrEnum):
    """Why a slice ended."""

    LOST = "lost"
    """The lane belongs to somebody else: nothing is to be enqueued."""
    MORE = "more"
    """Time is up; another slice goes on."""
    OVER = "over"
    """The run has ended, or is to stand still."""
    WAIT = "wait"
    """A database is away; another slice tries a little later."""


def work(run_id: int, number: int, epoch: int, seconds: float) -> SliceEnd:
    """Work for a lane; safe to call twice and to be killed anywhere.

    Raises AWAY where the control database is, and stays, away.
    """
    with patience():
        return _work(run_id, number, epoch, seconds)


def _work(run_id: int, number: int, epoch: int, seconds: float) -> SliceEnd:
    run = MigrationRun.objects.get(pk=run_id)
    lease = take(run, number, epoch)
    if lease is None:
        return SliceEnd.LOST
    if abstentions.is_aside(run):
        return _pass_on(lease)
    try:
        with (
            LeaseRenewer(lease),
            SessionWatch(run, lease) as watch,
            Sessions(run, lease.label) as sessions,
            Interruption(lease, sessions) as interruption,
        ):
            end = _Slice(run, lease, sessions, interruption, watch, seconds).work()
    except LaneLost:
        logger.info("lane lost run=%s lane=%s epoch=%s", run.pk, number, lease.epoch)
        return SliceEnd.LOST
    except AWAY:
        # Pieces that are claimed are settled by whoever takes the lane next; the
        # sooner it is let go, the sooner that happens.
        kept = waited(lambda: release(lease), seconds=AWAY_SECONDS)
        return SliceEnd.WAIT if kept else SliceEnd.LOST
    is_over = end is SliceEnd.OVER
    if not release(lease, wait_ms=0 if is_over else lease_ms()):
        return SliceEnd.LOST
    if is_over:
        reach_pause(run)
    return end


def _pass_on(lease: Lease) -> SliceEnd:
    """Leave a lane to another process."""
    time.sleep(PASSED_ON_SECONDS)
    return SliceEnd.WAIT if release(lease, wait_ms=lease_ms()) else SliceEnd.LOST


class _Slice:
    def __init__(
        self,
        run: MigrationRun,
        lease: Lease,
        sessions: Sessions,
        interruption: Interruption,
        watch: SessionWatch,
        seconds: float,
    ) -> None:
        self._run = run
        self._lease = lease
        self._sessions = sessions
        self._interruption = interruption
        self._pieces = Pieces(run, lease, sessions, interruption, watch)
        self._until = time.monotonic() + seconds
        self._throttle = Throttle(lease, sessions)

    def work(self) -> SliceEnd:
        """Take piece after piece until the time is up or the run stands."""
        try:
            fault = abstentions.plan_fault(self._run)
            # What is off is written down, and goes back without the plan.
            if fault is not None and not self._run.is_failing:
                raise fault
            self._adopt()
        except TransferError as error:
            return self._cannot(error)
        while True:
            self._run.refresh_from_db()
            if self._run.status not in (Status.RUNNING, Status.CANCELLING):
                return SliceEnd.OVER
            if self._lease.number >= self._run.lane_count:
                return SliceEnd.OVER
            if time.monotonic() >= self._until:
                return SliceEnd.MORE
            if self._throttle.holds(self._run):
                continue
            try:
                with unforeseen_as_transfer_error():
                    worked = self._next()
            except InterruptedWorkError:
                continue
            except TransferError as error:
                return self._cannot(error)
            if worked:
                abstentions.can_again(self._run)
                self._say_waiting(self._pieces.held_up)
            if not worked and left_behind(self._run, self._lease.number):
                return SliceEnd.MORE
            if not worked:
                self._throttle.idle()

    def _adopt(self) -> None:
        """Settle what this lane's dead holders left claimed."""
        steps.adopt(self._run, self._lease, self._sessions)
        for claimed in chunk_recovery.adopt(self._run, self._lease, self._sessions):
            endings.fail(
                self._run,
                _(
                    "Table '%(table)s', keys %(keys)s: %(times)d workers died while "
                    "copying them."
                )
                % {
                    "table": claimed.table.table,
                    "keys": claimed.key_range,
                    "times": claimed.chunk.deaths,
                },
                _("Check whether the worker's machine runs out of memory, then retry."),
            )

    def _next(self) -> bool:
        """Do one piece of work; False where there is none at the moment."""
        run, lease, sessions = self._run, self._lease, self._sessions
        pieces = self._pieces
        pieces.held_up = ""
        due = self._throttle.rows_are_due(run)
        if run.phase == Phase.COPYING and not run.is_failing and due:
            if bundle := self._claim_bundle():
                pieces.copy_together(bundle)
                return True
            with self._interruption.of(until_cancelled=True):
                chunk = chunk_claims.claim(run, lease, sessions)
            if chunk is not None:
                pieces.copy(chunk)
                return True
        if run.phase and not phases.begins_nothing(run):
            most = pieces.together
            found = steps.claim_together(run, lease, sessions, most, compares=due)
            if found:
                pieces.perform_all(found)
                return True
        return phases.advance(run, lease, sessions)

    def _claim_bundle(self) -> list[ClaimedChunk]:
        """Claim small tables; none for the rest of the slice once it was held up.

        Somebody may need one of them for himself, or they are too much at once;
        then each is claimed alone.
        """
        try:
            with self._interruption.of(until_cancelled=True):
                return bundle_claims.claim(
                    self._run, self._lease, self._sessions, self._pieces.together
                )
        except (Locked, TooMuch):
            self._pieces.together = 1
            self._sessions.close()
            return []

    def _cannot(self, error: TransferError) -> SliceEnd:
        """Deal with an error that no piece of work can deal with."""
        self._sessions.close()
        self._run.refresh_from_db()
        if self._is_hopeless(error):
            endings.give_up(self._run, error.message)
            return SliceEnd.OVER
        logger.warning("slice waits run=%s: %s", self._run.pk, error)
        may_pass = self._may_pass(error)
        if isinstance(error, CannotServe):
            abstentions.abstain(self._run, error)
            if not abstentions.others_work(self._run, self._lease.number):
                self._say_waiting(str(error))
        elif may_pass:
            self._say_waiting(str(error), anew=_passes(error))
        else:
            endings.fail(self._run, error.message, error.remedy)
        time.sleep(PASSED_ON_SECONDS)
        return SliceEnd.WAIT if may_pass else SliceEnd.MORE

    def _may_pass(self, error: TransferError) -> bool:
        """Whether the run had better wait: not for ever for what passes at once."""
        run = self._run
        if not _passes(error) or run.waiting_for != str(error):
            return error.retriable
        return now_ms() - run.waiting_since_ms <= PASSING_MS

    def _is_hopeless(self, error: TransferError) -> bool:
        """Whether nobody can put back what a failing run has taken off.

        Another process may be able to do what this one is not; where none has
        worked for some leases since a person asked for the end, there is none.
        """
        run = self._run
        if isinstance(error, CannotServe):
            since = run.waiting_since_ms
            return (
                run.status == Status.CANCELLING
                and bool(since)
                and now_ms() - since > LEASES_WITHOUT_WORK * lease_ms()
                and not abstentions.others_work(run, self._lease.number)
            )
        return run.is_failing and not self._may_pass(error)

    def _say_waiting(self, reason: str, *, anew: bool = False) -> None:
        run = self._run
        if run.waiting_for == reason:
            return
        goes_on = run.waiting_for and not anew
        since = run.waiting_since_ms if goes_on else now_ms()
        run.waiting_for, run.waiting_since_ms = reason, since if reason else 0
        MigrationRun.objects.filter(pk=run.pk).update(
            waiting_for=run.waiting_for, waiting_since_ms=run.waiting_since_ms
        )


def _passes(error: TransferError) -> bool:
    """Whether it is over in a moment, unlike a lock, which somebody may hold long."""
    return isinstance(error, Busy) and not isinstance(error, Locked)
