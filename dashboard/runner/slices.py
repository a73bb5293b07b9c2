"""A slice: what a worker does for a lane until its time is up."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from django.db import DatabaseError

from ..conf import option
from ..lifecycle import Phase, Status
from ..models import Chunk, Lane, MigrationRun, Step
from ..transfer.errors import (
    ConnectionFailed,
    ReceiptsGone,
    TooMuch,
    TransferError,
    WrongDatabase,
)
from ..transfer.plan import VERSION
from . import chunks, phases, steps
from .chunks import ClaimedChunk
from .lanes import Hold, Keeper, LaneLost, leave, take
from .sessions import Sessions

logger = logging.getLogger("migration_console")

# Seconds between two looks of a lane that has nothing to do.
IDLE_SECONDS = 0.05
# Milliseconds that a piece waits after its n-th failure: 1, 2, 4 … seconds.
WAIT_MS = 1_000
LONGEST_WAIT_MS = 60_000


class Outcome(StrEnum):
    """Why a slice ended."""

    LOST = "lost"
    """The lane belongs to somebody else: nothing is to be enqueued."""
    MORE = "more"
    """Time is up; another slice goes on."""
    OVER = "over"
    """The run has ended, or is to stand still."""
    WAIT = "wait"
    """A database is away; another slice tries a little later."""


def holder_name() -> str:
    """Name this process for people who look for it."""
    return f"{socket.gethostname()}:{os.getpid()}"


def work(run_id: int, number: int, epoch: int, seconds: float) -> Outcome:
    """Work for a lane; safe to call twice and to be killed anywhere."""
    run = MigrationRun.objects.get(pk=run_id)
    if run.plan_version != VERSION:
        phases.fail(
            run,
            f"The plan has format {run.plan_version}, this worker knows {VERSION}.",
            "Run all workers in one version.",
        )
        return Outcome.OVER
    hold = take(run, number, epoch, holder_name())
    if hold is None:
        return Outcome.LOST
    try:
        with Keeper(hold), Sessions(run, hold.label) as sessions:
            outcome = _Slice(run, hold, sessions, seconds).work()
    except LaneLost:
        logger.info("lane lost run=%s lane=%s epoch=%s", run.pk, number, hold.epoch)
        return Outcome.LOST
    wait_ms = 0 if outcome is Outcome.OVER else int(option("LEASE_SECONDS") * 1000)
    if not leave(hold, wait_ms=wait_ms):
        return Outcome.LOST
    if outcome is Outcome.OVER:
        reach_pause(run)
    return outcome


def reach_pause(run: MigrationRun) -> None:
    """Let a run that was told to pause be paused once no lane works."""
    if not Lane.objects.filter(run=run, held=True).exists():
        MigrationRun.objects.filter(pk=run.pk, status=Status.PAUSING).update(
            status=Status.PAUSED
        )


class _Slice:
    def __init__(
        self, run: MigrationRun, hold: Hold, sessions: Sessions, seconds: float
    ) -> None:
        self._run = run
        self._hold = hold
        self._sessions = sessions
        self._until = time.monotonic() + seconds

    def work(self) -> Outcome:
        """Take piece after piece until the time is up or the run stands."""
        try:
            self._adopt()
        except TransferError as error:
            return self._cannot(error)
        while True:
            self._run.refresh_from_db()
            if self._run.status not in (Status.RUNNING, Status.CANCELLING):
                return Outcome.OVER
            if time.monotonic() >= self._until:
                return Outcome.MORE
            try:
                with _unexpected():
                    worked = self._next()
            except TransferError as error:
                return self._cannot(error)
            if not worked and left_behind(self._run, self._hold.number):
                return Outcome.MORE
            if not worked:
                time.sleep(IDLE_SECONDS)

    def _adopt(self) -> None:
        steps.adopt(self._run, self._hold, self._sessions)
        for claimed in chunks.adopt(self._run, self._hold, self._sessions):
            phases.fail(
                self._run,
                f"Table '{claimed.table.table}', keys {claimed.chosen}: the worker "
                f"died {claimed.chunk.attempts} times.",
                "See whether its machine runs out of memory, then retry.",
            )

    def _next(self) -> bool:
        """Do one piece of work; False where there is none at the moment."""
        run, hold, sessions = self._run, self._hold, self._sessions
        if run.phase == Phase.COPYING and not run.is_failing:
            chunk = chunks.claim(run, hold, sessions)
            if chunk is not None:
                self._copy(chunk)
                return True
        if run.phase and not _is_left(run):
            step = steps.claim(run, hold, sessions)
            if step is not None:
                self._step(step)
                return True
        return phases.advance(run, hold, sessions)

    def _copy(self, claimed: ClaimedChunk) -> None:
        try:
            with _unexpected():
                chunks.perform(claimed, self._hold, self._sessions)
        except TransferError as error:
            self._copy_failed(claimed, error)

    def _copy_failed(self, claimed: ClaimedChunk, error: TransferError) -> None:
        # What is open may be the broken thing.
        self._sessions.close()
        logger.warning(
            "chunk failed run=%s table=%s chunk=%s: %s",
            self._run.pk,
            claimed.table.table,
            claimed.chunk.number,
            error,
        )
        if isinstance(error, ReceiptsGone):
            raise LaneLost from error
        if isinstance(error, TooMuch) and chunks.split(
            claimed, self._hold, self._sessions, str(error)
        ):
            return
        final = self._is_final(error, claimed.chunk.attempts)
        chunks.give_back(
            claimed,
            self._hold,
            str(error),
            _wait_ms(claimed.chunk.attempts),
            failed=final,
        )
        if final:
            where = f"Table '{claimed.table.table}', keys {claimed.chosen}"
            claimed.table.__class__.objects.filter(pk=claimed.table.pk).update(
                state="failed", error=str(error)
            )
            phases.fail(self._run, f"{where}: {error.message}", error.remedy)
        elif isinstance(error, ConnectionFailed):
            raise error

    def _step(self, step: Step) -> None:
        try:
            with _unexpected():
                steps.perform(step, self._run, self._hold, self._sessions)
        except TransferError as error:
            self._step_failed(step, error)

    def _step_failed(self, step: Step, error: TransferError) -> None:
        self._sessions.close()
        logger.warning("step failed run=%s step=%s: %s", self._run.pk, step, error)
        final = self._is_final(error, step.attempts)
        steps.give_back(
            step, self._hold, str(error), _wait_ms(step.attempts), failed=final
        )
        if final:
            phases.fail(self._run, f"{step}: {error.message}", error.remedy)
        elif isinstance(error, ConnectionFailed):
            raise error

    def _is_final(self, error: TransferError, attempts: int) -> bool:
        if isinstance(error, ConnectionFailed) and error.retriable:
            # A server that is away is waited for, however long.
            return False
        return not error.retriable or attempts >= option("ATTEMPTS")

    def _cannot(self, error: TransferError) -> Outcome:
        """Deal with an error outside of any piece of work."""
        self._sessions.close()
        if not error.retriable and self._run.is_failing:
            phases.give_up(self._run, error.message)
            return Outcome.OVER
        if isinstance(error, WrongDatabase) and not self._run.phase:
            # Nothing has been done yet. Later on the piece of work that meets
            # this says so on the page, and waits for another process.
            phases.fail(self._run, error.message, error.remedy)
            return Outcome.MORE
        if not error.retriable:
            phases.fail(self._run, error.message, error.remedy)
        logger.warning("slice waits run=%s: %s", self._run.pk, error)
        time.sleep(1)
        return Outcome.WAIT if error.retriable else Outcome.MORE


def left_behind(run: MigrationRun, number: int) -> list[int]:
    """Return the lanes but this one that have work claimed and nobody to do it.

    A process had better serve them than look on.
    """
    lanes = Lane.objects.filter(run=run, held=False).exclude(number=number)
    numbers = list(lanes.order_by("number").values_list("number", flat=True))
    if not numbers:
        return []
    claimed = {
        *Chunk.objects.filter(table__run=run, state=Chunk.State.CLAIMED).values_list(
            "lane", flat=True
        ),
        *run.steps.filter(state=Step.State.CLAIMED).values_list("lane", flat=True),
    }
    return [other for other in numbers if other in claimed]


def _is_left(run: MigrationRun) -> bool:
    """Whether nobody begins anything in this phase any more."""
    if run.phase == Phase.VERIFYING:
        return run.status == Status.CANCELLING
    return run.is_failing and run.phase in (Phase.PREPARING, Phase.COPYING)


@contextmanager
def _unexpected() -> Iterator[None]:
    """Let an error that nobody foresaw end the run instead of looping.

    Its text may quote a row, so only its class is kept; the control
    database's own errors pass, and the lane is taken up again later.
    """
    try:
        yield
    except (TransferError, LaneLost, DatabaseError):
        raise
    except Exception as error:
        logger.exception("unexpected error")
        raise TransferError(
            f"{type(error).__name__} was raised.", "See the worker's log."
        ) from error


def _wait_ms(attempts: int) -> int:
    return min(WAIT_MS << max(attempts - 1, 0), LONGEST_WAIT_MS)
