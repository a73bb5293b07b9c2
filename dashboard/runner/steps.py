"""Steps: every piece of work that is not a chunk, claimed and recorded."""

from __future__ import annotations

import time

from django.db.models import F, Min, QuerySet

from ..control_database import atomic
from ..models import Chunk, MigrationRun, Step, TableCopy
from ..models.clock import NowMs
from ..statuses import Phase
from ..transfer.failpoints import reach
from .actions import ACTIONS
from .chunks import UNTRIED_MS
from .leases import LaneLost, Lease, session_label
from .sessions import Sessions

LOOKED_AT = 50
"""Of so many waiting steps one is chosen."""

EARLY = (Step.Action.RESTORE_INDEX, Step.Action.COMPARE)
"""What may begin in the phase before its own, and is made a phase earlier."""

PUTTING_BACK = (
    Step.Action.RESTORE_INDEX,
    Step.Action.ADD_KEYS,
    Step.Action.RESTORE_KEY,
    Step.Action.RESTORE_SETTINGS,
    Step.Action.CLOSE,
)
"""What a cancelled run does too: ended, it would begin again."""


# --- claim ------------------------------------------------------------------


def claim(
    run: MigrationRun, lease: Lease, sessions: Sessions, *, compares: bool = True
) -> Step | None:
    """Claim a step of the run's phase, from its first unfinished stage.

    A lane that finds none does one of a later phase, for a table that is ready
    for it. Without ``compares`` it looks at no rows.
    """
    # A step that failed has set the run's error; the rest of the phase, such
    # as putting other indexes back, is done all the same.
    steps = run.steps.filter(phase=run.phase).unfinished()
    first = steps.aggregate(least=Min("stage"))["least"]
    barred = () if compares else (Step.Action.COMPARE,)
    if first is not None:
        due = steps.filter(stage=first).exclude(action__in=barred)
        step = _claim_from(due, run, lease)
        if step is not None:
            return step
    early = _early(run, sessions).exclude(action__in=barred)
    return _claim_from(early, run, lease)


def _early(run: MigrationRun, sessions: Sessions) -> QuerySet[Step]:
    """Return the steps of later phases that nothing stands in the way of.

    Indexes go back while other tables are copied. A table is compared while
    others are restored, if nothing is to come that would wait for its readers.
    """
    if run.phase == Phase.COPYING:
        return run.steps.filter(
            action=Step.Action.RESTORE_INDEX, table__state=TableCopy.State.COPIED
        )
    if run.phase != Phase.RESTORING or run.is_failing:
        return run.steps.none()
    steps = run.steps.filter(action=Step.Action.COMPARE)
    left = run.steps.filter(phase=run.phase).unfinished()
    if not left.exists():
        # The phase is over: it ends first.
        return steps.none()
    if (
        sessions.destination.schema.keys_wait_for_readers
        and left.filter(action=Step.Action.RESTORE_KEY).exists()
    ):
        return steps.none()
    return steps.exclude(
        table__in=left.filter(action=Step.Action.RESTORE_INDEX).values("table")
    )


def _claim_from(steps: QuerySet[Step], run: MigrationRun, lease: Lease) -> Step | None:
    waiting = steps.filter(state=Step.State.WAITING, not_before_ms__lte=NowMs())
    first = waiting.select_related("table").order_by("position", "id")[:LOOKED_AT]
    for step in _compatible(list(first), run, lease):
        if _is_due(run, step) and _take(step, lease):
            return step
    return None


def _compatible(found: list[Step], run: MigrationRun, lease: Lease) -> list[Step]:
    """Leave out what would wait for the lock of another lane, however long.

    What has a table of nobody else's comes first: lanes spread out, and a step
    that needs a table for itself does not come last. Two lanes that look at
    the same time may still meet at one table; then one waits in the server,
    and tries again if that takes too long.
    """
    if not any("alone" in step.payload for step in found):
        return found
    others = run.steps.filter(phase=Phase.RESTORING).claimed()
    at_work = list(others.exclude(lane=lease.number).values_list("table", "payload"))
    busy = {table for table, _ in at_work} - {None}
    closed = {table for table, payload in at_work if payload.get("alone")} - {None}
    free = [
        step
        for step in found
        if step.table_id not in (busy if step.payload.get("alone") else closed)
    ]
    return sorted(free, key=lambda step: step.table_id in busy)


def _is_due(run: MigrationRun, step: Step) -> bool:
    if step.action != Step.Action.REPLACE:
        return True
    return not run.tables.filter(replaced_last=False).uncopied().exists()


def _take(step: Step, lease: Lease) -> bool:
    with atomic():
        lease.renew()
        taken = Step.objects.filter(pk=step.pk, state=Step.State.WAITING).update(
            state=Step.State.CLAIMED,
            lane=lease.number,
            epoch=lease.epoch,
            attempts=F("attempts") + 1,
        )
    step.attempts += 1
    return bool(taken)


def adopt(run: MigrationRun, lease: Lease, sessions: Sessions) -> None:
    """Give back what this lane's dead holders left claimed.

    Every step is safe to repeat; the dead holder's server session is ended
    first, so that its locks go and its statement does not finish later.
    """
    for step in run.steps.left_by(lease.number, lease.epoch):
        if run.copies:
            # A comparison has no session that writes, and may not have one.
            sessions.destination.end_session(
                session_label(lease.run_uuid, step.lane, step.epoch)
            )
        lease.renew()
        Step.objects.filter(pk=step.pk, epoch=step.epoch).update(
            state=Step.State.WAITING,
            attempts=F("attempts") - 1,
            deaths=F("deaths") + 1,
        )


# --- perform and record ---------------------------------------------------------


def perform(step: Step, run: MigrationRun, lease: Lease, sessions: Sessions) -> None:
    """Do a claimed step and record it."""
    reach(f"step {step.action}")
    began = time.perf_counter()
    if step.action != Step.Action.COMPARE:
        # A successor takes the lane first and ends this session then. So either the
        # renewal fails, or the session was open before it and its statements fail.
        _ = sessions.destination
        lease.renew()
    record = ACTIONS[Step.Action(step.action)](step, run, lease, sessions)
    with atomic():
        lease.report_work()
        done = Step.objects.filter(
            pk=step.pk, state=Step.State.CLAIMED, epoch=lease.epoch
        ).update(state=Step.State.DONE, seconds=time.perf_counter() - began, error="")
        if not done:
            # Taken for dead, or the run was retried meanwhile.
            raise LaneLost
        if record:
            record()


def give_back(
    step: Step,
    lease: Lease,
    error: str,
    wait_ms: int,
    *,
    failed: bool,
    broke: bool = False,
) -> None:
    """Let somebody try a step again later, or nobody any more."""
    with atomic():
        lease.renew()
        Step.objects.filter(pk=step.pk, epoch=lease.epoch).update(
            state=Step.State.FAILED if failed else Step.State.WAITING,
            breaks=F("breaks") + int(broke),
            not_before_ms=NowMs() + wait_ms,
            error=error,
        )


def give_back_untried(
    step: Step,
    lease: Lease,
    error: str = "",
    wait_ms: int = UNTRIED_MS,
    *,
    broke: bool = False,
) -> None:
    """Give a step back that did not fail itself, which costs no attempt.

    ``broke`` says that the connection ended while the step was in hand.
    """
    with atomic():
        lease.renew()
        Step.objects.filter(pk=step.pk, epoch=lease.epoch).update(
            state=Step.State.WAITING,
            attempts=F("attempts") - 1,
            breaks=F("breaks") + int(broke),
            not_before_ms=NowMs() + wait_ms,
            error=error,
        )


def has_claims(run: MigrationRun) -> bool:
    """Whether any lane works on something, or died doing so."""
    return run.steps.claimed().exists() or Chunk.objects.of(run).claimed().exists()
