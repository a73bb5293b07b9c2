"""Pieces of work: done, and judged where they fail."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ..models import Chunk, MigrationRun, Step
from ..transfer.errors import (
    ConnectionLost,
    Locked,
    ReceiptsGone,
    TransferError,
)
from . import bundles, chunk_recovery, chunks, endings, step_bundles, steps
from .bundle_claims import MOST_TABLES
from .chunks import ClaimedChunk
from .failures import LOCKED_MS, is_waiting, unforeseen_as_transfer_error
from .giving_back import Piece, give_back, give_back_untried
from .interruption import InterruptedWorkError, Interruption
from .leases import LaneLost, Lease
from .piece_failures import Failure, failure_of, given_up
from .sessions import Sessions
from .watch import SessionWatch

logger = logging.getLogger("migration_console")


class Pieces:
    """Does what its slice has claimed; raises what the whole slice waits for."""

    def __init__(
        self,
        run: MigrationRun,
        lease: Lease,
        sessions: Sessions,
        interruption: Interruption,
        watch: SessionWatch,
    ) -> None:
        self._run = run
        self._lease = lease
        self._sessions = sessions
        self._interruption = interruption
        self._watch = watch
        # What the last piece could not be finished for.
        self.held_up = ""
        # How many small tables go together: fewer after a bundle that has failed,
        # down to the one that is to blame.
        self.together = MOST_TABLES

    # --- rows ---------------------------------------------------------------------

    def copy_together(self, bundle: Sequence[ClaimedChunk]) -> None:
        """Copy a bundle, or as much of it as is reached."""
        left = bundle
        try:
            with (
                self._interruption.of(until_cancelled=True),
                unforeseen_as_transfer_error(),
            ):
                left = bundles.perform(bundle, self._lease, self._sessions)
        except InterruptedWorkError:
            give_back_untried([claimed.chunk for claimed in left], self._lease)
        except TransferError as error:
            self._together_failed([claimed.chunk for claimed in left], error)
        else:
            give_back_untried(
                [claimed.chunk for claimed in left], self._lease, wait_ms=0
            )
            self.together = min(self.together * 2, MOST_TABLES)

    def copy(self, claimed: ClaimedChunk) -> None:
        """Copy a chunk."""
        lease, sessions = self._lease, self._sessions
        try:
            with (
                self._interruption.of(until_cancelled=True),
                unforeseen_as_transfer_error(),
            ):
                if chunk_recovery.settle_left_out(claimed, lease, sessions):
                    return
                if chunk_recovery.is_suspect(claimed) and chunk_recovery.split(
                    claimed, lease, sessions, claimed.chunk.error
                ):
                    return
                chunks.perform(claimed, lease, sessions)
        except InterruptedWorkError:
            give_back_untried([claimed.chunk], lease)
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
        failure = self._judged(claimed.chunk, error)
        try:
            if failure.is_too_much and chunk_recovery.split(
                claimed, self._lease, self._sessions, str(error)
            ):
                return
        except TransferError as another:
            # A server went away before the chunk could be cut.
            give_back_untried([claimed.chunk], self._lease)
            raise another from error
        if failure.is_untried:
            give_back_untried([claimed.chunk], self._lease, **failure.untried)
            if is_waiting(error):
                raise error
            return
        give_back(
            claimed.chunk,
            self._lease,
            str(failure.error),
            failure.wait_ms,
            failed=failure.is_final,
            broke=failure.broke,
        )
        if failure.is_final:
            self._give_chunk_up(claimed, failure.error)

    def _give_chunk_up(self, claimed: ClaimedChunk, error: TransferError) -> None:
        chunks.fail_table(claimed, str(error))
        message, remedy = given_up(claimed, error)
        endings.fail(self._run, message, remedy)

    # --- steps --------------------------------------------------------------------

    def perform_all(self, found: list[Step]) -> None:
        """Do one step, or several of small tables: as many as are reached."""
        if len(found) == 1:
            self._perform(found[0])
        else:
            self._perform_together(found)

    def _perform_together(self, bundle: list[Step]) -> None:
        until_cancelled = bundle[0].action not in steps.PUTTING_BACK
        try:
            with (
                self._interruption.of(until_cancelled=until_cancelled),
                unforeseen_as_transfer_error(),
            ):
                step_bundles.perform(bundle, self._run, self._lease, self._sessions)
        except InterruptedWorkError:
            give_back_untried(bundle, self._lease)
        except TransferError as error:
            self._together_failed(bundle, error)
        else:
            give_back_untried(bundle, self._lease, wait_ms=0)
            self.together = min(self.together * 2, MOST_TABLES)

    def _perform(self, step: Step) -> None:
        until_cancelled = step.action not in steps.PUTTING_BACK
        try:
            with (
                self._interruption.of(until_cancelled=until_cancelled),
                unforeseen_as_transfer_error(),
            ):
                steps.perform(step, self._run, self._lease, self._sessions)
        except InterruptedWorkError:
            give_back_untried([step], self._lease)
        except TransferError as error:
            self._step_failed(step, error)

    def _step_failed(self, step: Step, error: TransferError) -> None:
        self._sessions.close()
        logger.warning("step failed run=%s step=%s: %s", self._run.pk, step, error)
        failure = self._judged(step, error)
        if failure.is_untried:
            give_back_untried([step], self._lease, **failure.untried)
            if is_waiting(error):
                raise error
            return
        give_back(
            step,
            self._lease,
            str(failure.error),
            failure.wait_ms,
            failed=failure.is_final,
            broke=failure.broke,
        )
        if failure.is_final:
            endings.fail(
                self._run, f"{step}: {failure.error.message}", failure.error.remedy
            )

    # --- errors -------------------------------------------------------------------

    def _together_failed(self, left: Sequence[Piece], error: TransferError) -> None:
        """Give back what is not done; after a failure of its own fewer go together."""
        self._sessions.close()
        logger.warning(
            "bundle failed run=%s pieces=%s: %s", self._run.pk, len(left), error
        )
        if isinstance(error, ReceiptsGone):
            raise LaneLost from error
        if is_waiting(error):
            give_back_untried(left, self._lease)
            raise error
        if isinstance(error, Locked):
            error = self._with_holder(error)
            give_back_untried(left, self._lease, str(error), LOCKED_MS)
        elif isinstance(error, ConnectionLost):
            give_back_untried(left, self._lease, str(error), broke=True)
        else:
            self.together = len(left) // 2
            give_back_untried(left, self._lease, wait_ms=0)

    def _judged(self, piece: Chunk | Step, error: TransferError) -> Failure:
        if isinstance(error, Locked):
            error = self._with_holder(error)
        return failure_of(piece, error, self._sessions)

    def _with_holder(self, error: Locked) -> Locked:
        """Say of a lock who holds it, which is known by now."""
        said = f"{error.message} {self._watch.lock}".strip()
        found = Locked(said, error.remedy, code=error.code)
        self.held_up = str(found)
        return found
