"""The phases of a run: when each is over, and how the run ends."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from ..lifecycle import PHASES, Phase, Status, Verdict
from ..models import (
    DestinationHold,
    Event,
    MigrationRun,
    Step,
    TableCopy,
)
from .agenda import preparing, record_schema, schema_items, steps_of
from .lanes import Hold
from .sessions import Sessions
from .steps import EARLY, has_claims
from .verdicts import conclude, forget_comparison


def advance(run: MigrationRun, hold: Hold, sessions: Sessions) -> bool:
    """Go on to the next phase if this one is over; True where it moved."""
    following = _following(run)
    if following is None:
        return False
    if following == "":
        return finish(run)
    # Looked up before the transaction: a database is not waited for inside it.
    items = schema_items(run, sessions) if following == Phase.PREPARING else []
    steps = list(steps_of(run, following, sessions))
    with transaction.atomic():
        hold.guard()
        moved = MigrationRun.objects.filter(
            pk=run.pk, phase=run.phase, status__in=[Status.RUNNING, Status.CANCELLING]
        ).update(phase=following)
        if not moved:
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
                transaction.set_rollback(True)
                return False
            steps = list(steps_of(run, following, sessions))
        run.steps.filter(phase=following).exclude(kind__in=EARLY).delete()
        if any(step.kind == Step.Kind.COMPARE for step in steps):
            forget_comparison(run)
        Step.objects.bulk_create(steps)
    return True


def _following(run: MigrationRun) -> Phase | str | None:
    """Return the phase that follows now, "" for the end, None for not yet."""
    phase = Phase(run.phase)
    if run.is_failing and phase in (Phase.PREPARING, Phase.COPYING):
        return None if has_claims(run) else Phase.RESTORING
    if phase is Phase.NONE:
        if run.is_failing:
            return ""
        return Phase.VERIFYING if run.kind == MigrationRun.Kind.COMPARE else PHASES[0]
    if phase is Phase.VERIFYING and run.status == Status.CANCELLING:
        return None if has_claims(run) else ""
    if not _is_over(run, phase):
        return None
    if phase is Phase.RESTORING and run.is_failing:
        # A lane may still be comparing.
        return None if has_claims(run) else ""
    if phase is Phase.RESTORING and run.options.get("verify") == "none":
        return ""
    if phase is Phase.VERIFYING:
        return ""
    return PHASES[PHASES.index(phase) + 1]


def _is_over(run: MigrationRun, phase: Phase) -> bool:
    if run.steps.filter(phase=phase).exclude(state=Step.State.DONE).exists():
        # While a failing run restores, a step that failed is over too.
        left = run.steps.filter(phase=phase).exclude(
            state__in=[Step.State.DONE, Step.State.FAILED]
        )
        if not run.is_failing or left.exists():
            return False
    if phase is not Phase.COPYING:
        return True
    return not run.tables.exclude(state=TableCopy.State.COPIED).exists()


def finish(run: MigrationRun) -> bool:
    """End a run whose last phase is over."""
    status, verdict, message = _ending(run)
    with transaction.atomic():
        ended = MigrationRun.objects.filter(
            pk=run.pk,
            phase=run.phase,
            status__in=[Status.RUNNING, Status.PAUSING, Status.CANCELLING],
        ).update(status=status, verdict=verdict, finished_at=timezone.now())
        if ended:
            DestinationHold.objects.filter(run=run).delete()
            Event.objects.create(run=run, status=status, message=message)
    return bool(ended)


def _ending(run: MigrationRun) -> tuple[Status, str, str]:
    if run.status == Status.CANCELLING:
        if run.steps.filter(phase=Phase.RESTORING, state=Step.State.FAILED).exists():
            return Status.FAILED, "", "Cancelled, but the schema is not back."
        return Status.CANCELLED, "", "Cancelled; the destination's schema is back."
    if run.error:
        return Status.FAILED, run.verdict, run.error[:500]
    if run.phase != Phase.VERIFYING:
        return Status.SUCCEEDED, "", "Copied; nobody asked for a comparison."
    verdict = conclude(run)
    if verdict == Verdict.MISMATCHED:
        message = "The comparison found differences."
        run.error = message
        MigrationRun.objects.filter(pk=run.pk).update(
            error=message, remedy="Read the differences in the report, then retry."
        )
        return Status.FAILED, verdict, message
    return Status.SUCCEEDED, verdict, "Everything that was asked for is done."


def give_up(run: MigrationRun, reason: str) -> None:
    """End a run whose schema cannot be put back as things are.

    What is off stays written down: a retry puts it back.
    """
    message = f"The destination's schema could not be put back: {reason}"
    with transaction.atomic():
        ended = MigrationRun.objects.filter(
            pk=run.pk, status__in=[Status.RUNNING, Status.CANCELLING]
        ).update(
            status=Status.FAILED,
            finished_at=timezone.now(),
            error=run.error or message,
            remedy="Retry as soon as the destination can be reached.",
        )
        if ended:
            DestinationHold.objects.filter(run=run).delete()
            Event.objects.create(run=run, status=Status.FAILED, message=message[:500])


def fail(run: MigrationRun, message: str, remedy: str) -> None:
    """Say why a run cannot succeed; the first reason stands."""
    MigrationRun.objects.filter(pk=run.pk, error="").update(
        error=message, remedy=remedy
    )
