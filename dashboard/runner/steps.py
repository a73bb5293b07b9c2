"""Steps: every piece of work that is not a chunk, claimed and recorded."""

from __future__ import annotations

import time

from django.db.models import F, Min, QuerySet

from ..control_database import atomic
from ..models import Chunk, MigrationRun, Step, TableCopy
from ..models.clock import NowMs
from ..statuses import Phase
from ..transfer.failpoints import reach
from . import command_calls
from .actions import ACTIONS, TOGETHER
from .chunk_size import small_rows
from .leases import LaneLost, Lease, session_label
from .sessions import Sessions

LOOKED_AT = 20
"""Of so many waiting steps one is chosen."""

UNTRIED = {"attempts": 0, "deaths": 0, "breaks": 0, "error": ""}
"""What is said of a step that has never failed."""

EARLY = (Step.Action.RESTORE_INDEX, Step.Action.COMPARE)
"""What may begin in the phase before its own, and is made a phase earlier."""

PUTTING_BACK = (
    Step.Action.RESTORE_INDEX,
    Step.Action.ADD_KEYS,
    Step.Action.RESTORE_KEY,
    Step.Action.RESTORE_SETTINGS,
    Step.Action.RESTORE_TRIGGERS,
    Step.Action.CLOSE,
)
"""What a cancelled run does too: ended, it would begin again."""

WAIT_FOR_READERS = (Step.Action.RESTORE_KEY, Step.Action.RESTORE_TRIGGERS)
"""What would wait for whoever compares, where the engine's schema does."""


# --- claim ------------------------------------------------------------------


def claim(
    run: MigrationRun, lease: Lease, sessions: Sessions, *, compares: bool = True
) -> Step | None:
    """Claim one step, as ``claim_together`` does."""
    found = claim_together(run, lease, sessions, 1, compares=compares)
    return found[0] if found else None


def claim_together(
    run: MigrationRun,
    lease: Lease,
    sessions: Sessions,
    most: int,
    *,
    compares: bool = True,
) -> list[Step]:
    """Claim a step of the run's phase, from its first unfinished stage.

    Of small tables up to ``most`` that do the same. A lane that finds none does one
    of a later phase, for a table that is ready for it. Without ``compares`` it looks
    at no rows.
    """
    # A step that failed has set the run's error; the rest of the phase, such
    # as putting other indexes back, is done all the same.
    steps = run.steps.filter(phase=run.phase).unfinished()
    first = steps.aggregate(least=Min("stage"))["least"]
    barred = () if compares else (Step.Action.COMPARE,)
    if first is not None:
        due = steps.filter(stage=first).exclude(action__in=barred)
        found = _claim_from(due, run, lease, most)
        if found:
            return found
    early = _early(run, sessions).exclude(action__in=barred)
    return _claim_from(early, run, lease, most)


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
        and left.filter(action__in=WAIT_FOR_READERS).exists()
    ):
        return steps.none()
    return steps.exclude(
        table__in=left.filter(action=Step.Action.RESTORE_INDEX).values("table")
    )


def _claim_from(
    steps: QuerySet[Step], run: MigrationRun, lease: Lease, most: int
) -> list[Step]:
    waiting = steps.filter(state=Step.State.WAITING, not_before_ms__lte=NowMs())
    first = waiting.select_related("table").order_by("position", "id")[:LOOKED_AT]
    for step in _compatible(list(first), run, lease):
        if _is_due(run, step) and _take(step, lease):
            return [step, *_take_company(waiting, step, run, lease, most - 1)]
    return []


def _take_company(
    waiting: QuerySet[Step], step: Step, run: MigrationRun, lease: Lease, most: int
) -> list[Step]:
    """Claim steps besides one that is taken, that do the same to small tables.

    None of them has failed before, nor the first, or it would be done alone. As many
    are left to each of the other lanes.
    """
    if most < 1 or step.action not in TOGETHER or not _is_small(run, step):
        return []
    alike = waiting.filter(
        action=step.action,
        stage=step.stage,
        table__rows_total__lte=small_rows(run),
        **UNTRIED,
    ).exclude(table__in=_closed(run, lease))
    left = alike.order_by("position", "id").values_list("pk", flat=True)
    share = -(-len(left) // max(run.lane_count, 1))
    numbers = list(left[: min(most, share)])
    if not numbers:
        return []
    with atomic():
        lease.renew()
        _mark_taken(Step.objects.filter(pk__in=numbers), lease)
    mine = {"lane": lease.number, "epoch": lease.epoch, "state": Step.State.CLAIMED}
    taken = Step.objects.filter(pk__in=numbers, **mine).select_related("table")
    return list(taken.order_by("position", "id"))


def _is_small(run: MigrationRun, step: Step) -> bool:
    tried = step.attempts > 1 or step.deaths or step.breaks or step.error
    table = step.table
    return not tried and table is not None and table.rows_total <= small_rows(run)


def _closed(run: MigrationRun, lease: Lease) -> set[int]:
    """Return the tables that another lane needs for itself."""
    others = run.steps.filter(phase=Phase.RESTORING).claimed()
    at_work = others.exclude(lane=lease.number).filter(table__isnull=False)
    found = at_work.values_list("table", "payload")
    return {table for table, payload in found if table and payload.get("alone")}


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
    at_work = others.exclude(lane=lease.number).values_list("table", flat=True)
    busy, closed = set(at_work) - {None}, _closed(run, lease)
    free = [
        step
        for step in found
        if step.table_id not in (busy if step.payload.get("alone") else closed)
    ]
    return sorted(free, key=lambda step: step.table_id in busy)


def _is_due(run: MigrationRun, step: Step) -> bool:
    if step.action == Step.Action.COMMAND:
        # One that failed, or was lost, has ended before its run is failing.
        return command_calls.is_next(run, step)
    if step.action != Step.Action.REPLACE:
        return True
    return not run.tables.filter(replaced_last=False).uncopied().exists()


def _take(step: Step, lease: Lease) -> bool:
    with atomic():
        lease.renew()
        taken = _mark_taken(Step.objects.filter(pk=step.pk), lease)
    step.attempts += 1
    return bool(taken)


def _mark_taken(steps: QuerySet[Step], lease: Lease) -> int:
    return steps.filter(state=Step.State.WAITING).update(
        state=Step.State.CLAIMED,
        lane=lease.number,
        epoch=lease.epoch,
        attempts=F("attempts") + 1,
    )


def adopt(run: MigrationRun, lease: Lease, sessions: Sessions) -> None:
    """Give back what this lane's dead holders left claimed.

    Every step but a command is safe to repeat; the dead holder's server session is
    ended first, so that its locks go and its statement does not finish later.
    """
    for step in run.steps.left_by(lease.number, lease.epoch):
        if command_calls.lost(step):
            continue
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


def prove_lane(step: Step, lease: Lease, sessions: Sessions) -> None:
    """Open the session that a step writes with, and renew the lease after that.

    A successor takes the lane first and ends this session then. So either the
    renewal fails, or the session was open before it and its statements fail.
    """
    if step.action != Step.Action.COMPARE:
        _ = sessions.destination
        lease.renew()


def perform(step: Step, run: MigrationRun, lease: Lease, sessions: Sessions) -> None:
    """Do a claimed step and record it."""
    reach(f"step {step.action}")
    began = time.perf_counter()
    prove_lane(step, lease, sessions)
    record = ACTIONS[Step.Action(step.action)](step, run, lease, sessions)
    with atomic():
        lease.report_work()
        mark_done(step, lease, time.perf_counter() - began)
        if record:
            record()


def mark_done(step: Step, lease: Lease, seconds: float) -> None:
    """Record a step, with its payload, in the open transaction.

    Raises LaneLost for one that was taken for dead, or whose run was retried meanwhile.
    """
    done = Step.objects.filter(
        pk=step.pk, state=Step.State.CLAIMED, epoch=lease.epoch
    ).update(state=Step.State.DONE, seconds=seconds, payload=step.payload, error="")
    if not done:
        raise LaneLost


def has_claims(run: MigrationRun) -> bool:
    """Whether any lane works on something, or died doing so."""
    return run.steps.claimed().exists() or Chunk.objects.of(run).claimed().exists()
