"""The phases of a run: when each is over, and what comes after it."""

from __future__ import annotations

from ..control_database import atomic, roll_back
from ..models import MigrationRun, Step
from ..statuses import Phase, Status
from ..transfer.errors import TransferError
from ..transfer.schema_items import SchemaItem
from .dead_sessions import end_dead_sessions, shut_out_ended_runs
from .endings import finish, proved
from .leases import Lease
from .phase_steps import preparing, steps_of
from .schema_records import record_schema, schema_items
from .sessions import Sessions
from .steps import EARLY, has_claims
from .verdicts import forget_comparison

AFTER: dict[Phase, tuple[Phase | None, Phase | None]] = {
    # After its work is done, and after a failure or a cancel. None is the end.
    Phase.NONE: (Phase.BEFORE, None),
    Phase.BEFORE: (Phase.PREPARING, None),
    Phase.PREPARING: (Phase.COPYING, Phase.RESTORING),
    Phase.COPYING: (Phase.RESTORING, Phase.RESTORING),
    Phase.RESTORING: (Phase.VERIFYING, None),
    Phase.VERIFYING: (Phase.AFTER, None),
    Phase.AFTER: (None, None),
}


def advance(run: MigrationRun, lease: Lease, sessions: Sessions) -> bool:
    """Go on to the next phase if this one is over; True where it moved."""
    if not _is_over(run):
        return False
    following = _following(run)
    verdict = proved(run) if following == Phase.AFTER else run.verdict
    if following is None or verdict is None:
        return finish(run)
    # A comparison has no session that writes, and may not have one.
    if not run.phase and run.copies:
        end_dead_sessions(run, lease, sessions)
        shut_out_ended_runs(run, lease, sessions)
    # Looked up before the transaction: a database is not waited for inside it.
    found = _looked_up(run, following, sessions)
    if found is None:
        return False
    items, steps = found
    with atomic():
        lease.renew()
        if not _moved(run, following, verdict):
            return False
        if following == Phase.PREPARING:
            # Only who moved the run: another lane that also looked must not
            # write over what has come off meanwhile.
            steps = list(preparing(run, record_schema(run, items)))
        if following == Phase.RESTORING and run.is_failing:
            # A lane that has not heard of the end finds nothing to claim any
            # more, and what it did or claimed until now is seen from here.
            run.steps.filter(state=Step.State.WAITING).delete()
            if has_claims(run):
                roll_back()
                return False
            steps = list(steps_of(run, following, sessions))
        run.steps.filter(phase=following).exclude(action__in=EARLY).delete()
        if any(step.action == Step.Action.COMPARE for step in steps):
            forget_comparison(run)
        Step.objects.bulk_create(steps)
    return True


def _moved(run: MigrationRun, following: Phase, verdict: str) -> bool:
    """Write the next phase down; False where another lane, or a person, was faster."""
    at_work = (Status.RUNNING, Status.CANCELLING)
    found = MigrationRun.objects.filter(pk=run.pk, phase=run.phase, status__in=at_work)
    return bool(found.update(phase=following, verdict=verdict))


def _looked_up(
    run: MigrationRun, following: Phase, sessions: Sessions
) -> tuple[list[SchemaItem], list[Step]] | None:
    """Return what will come off, and a phase's steps; None where it has begun.

    Another lane was faster then, and may change what was being looked at.
    """
    try:
        items = schema_items(run, sessions) if following == Phase.PREPARING else []
        return items, list(steps_of(run, following, sessions))
    except TransferError:
        if MigrationRun.objects.filter(pk=run.pk, phase=run.phase).exists():
            raise
        return None


def begins_nothing(run: MigrationRun) -> bool:
    """Whether nobody begins anything in this phase any more."""
    if run.phase == Phase.VERIFYING:
        return run.status == Status.CANCELLING
    ends_at_once = (Phase.BEFORE, Phase.PREPARING, Phase.COPYING, Phase.AFTER)
    return run.is_failing and run.phase in ends_at_once


def _following(run: MigrationRun) -> Phase | None:
    """Return the phase that comes after the run's; None for the end."""
    done, failed = AFTER[Phase(run.phase)]
    following = failed if run.is_failing else done
    at_first = run.phase in (Phase.NONE, Phase.BEFORE)
    if at_first and run.is_failing and run.schema_objects.off().exists():
        # A retry that ends before it has begun: what is off goes back first.
        return Phase.RESTORING
    while following is not None and following not in run.phases:
        following = AFTER[following][0]
    return following


def _is_over(run: MigrationRun) -> bool:
    phase = Phase(run.phase)
    if phase is Phase.NONE:
        # What an earlier attempt left is settled before there are new receipts,
        # which know nothing of it.
        return not has_claims(run)
    if begins_nothing(run):
        return not has_claims(run)
    if run.is_failing:
        # A step that failed is over too. A lane may still be comparing.
        left = run.steps.filter(phase=phase).unfinished()
        return not left.exists() and not has_claims(run)
    if run.steps.filter(phase=phase).exclude(state=Step.State.DONE).exists():
        return False
    return phase is not Phase.COPYING or not run.tables.uncopied().exists()
