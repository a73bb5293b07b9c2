"""How a run ends, and why it cannot succeed."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..control_database import atomic
from ..models import Event, MigrationRun, Reservation, SchemaObject, Step
from ..statuses import Phase, Status, Verdict
from . import rows_aside
from .schema_state import schema_state
from .verdicts import conclude


def finish(run: MigrationRun) -> bool:
    """End a run whose last phase is over."""
    status, verdict, message = _ending(run)
    with atomic():
        ended = MigrationRun.objects.filter(
            pk=run.pk,
            phase=run.phase,
            status__in=[Status.RUNNING, Status.PAUSING, Status.CANCELLING],
        ).update(
            status=status,
            verdict=verdict,
            finished_at=timezone.now(),
            waiting_for="",
            waiting_since_ms=0,
        )
        if ended:
            _let_go(run, status, message)
    return bool(ended)


def release(run: MigrationRun) -> None:
    """Let other runs into the databases of one that has ended."""
    Reservation.objects.filter(run=run).delete()


def _let_go(run: MigrationRun, status: Status, message: str) -> None:
    release(run)
    Event.objects.create(
        run=run,
        was=run.status,
        status=status,
        message=message[:500],
        plan_hash=run.plan_hash,
    )


def _ending(run: MigrationRun) -> tuple[Status, str, str]:
    if run.status == Status.CANCELLING:
        return _cancelled(run)
    if run.error:
        return Status.FAILED, run.verdict, run.error
    if aside := rows_aside.number(run):
        return _incomplete(run, aside)
    if run.phase == Phase.AFTER:
        return Status.SUCCEEDED, run.verdict, _success()
    if run.phase != Phase.VERIFYING:
        message = _("Everything is copied; no comparison was requested.")
        return Status.SUCCEEDED, "", message
    verdict = conclude(run)
    if verdict == Verdict.MISMATCHED:
        message = _("The comparison found differences.")
        fail(run, message, differences_remedy(run))
        return Status.FAILED, verdict, message
    return Status.SUCCEEDED, verdict, _success()


def _success() -> str:
    return _("Everything that was requested is done.")


def proved(run: MigrationRun) -> str | None:
    """Return the verdict of a run whose data has arrived; None where it has not.

    The commands that follow are for data that is there. "" is said of one that is
    not compared.
    """
    if rows_aside.number(run):
        return None
    verdict = conclude(run) if run.phase == Phase.VERIFYING else ""
    return None if verdict == Verdict.MISMATCHED else verdict


def _incomplete(run: MigrationRun, aside: int) -> tuple[Status, str, str]:
    """End a run that has copied everything but the rows that it has set aside."""
    verdict = conclude(run) if run.phase == Phase.VERIFYING else ""
    message = ngettext(
        "%(rows)d row is aside and missing in the destination.",
        "%(rows)d rows are aside and missing in the destination.",
        aside,
    ) % {"rows": aside}
    others = run.tables.filter(verdict=Verdict.MISMATCHED, aside_rows__isnull=True)
    if others.exists():
        message = f"{message} {_('The comparison found differences in other tables.')}"
    remedy = _(
        "Read under “Rows aside” why each was refused, and correct them in the source. "
        "A retry reads them again and copies nothing else."
    )
    fail(run, message, remedy)
    return Status.FAILED, verdict, message


def differences_remedy(run: MigrationRun) -> str:
    """Say what helps where tables are compared as different."""
    if not run.copies:
        return _(
            "Read in the report which rows differ. A comparison changes none of them: "
            "copy these tables again with the run that copied them, or with a new one."
        )
    return _(
        "Read in the report which rows differ, then copy these tables again: a retry "
        "alone compares again and copies nothing."
    )


def _cancelled(run: MigrationRun) -> tuple[Status, str, str]:
    failed = run.steps.filter(phase=Phase.RESTORING, state=Step.State.FAILED)
    removed = run.schema_objects.filter(state=SchemaObject.State.REMOVED)
    if run.phase == Phase.AFTER:
        said = _("Cancelled during the commands after the copy; its data stays.")
        return Status.CANCELLED, run.verdict, said
    if failed.exists() or removed.exists():
        status, said = Status.FAILED, _("Cancelled, but the schema is not back.")
    elif run.schema_objects.off().exists():
        status, said = Status.CANCELLED, _("Cancelled.")
    else:
        said = _("Cancelled; the destination's schema is back.")
        return Status.CANCELLED, run.verdict, said
    if run.schema_objects.off().exists():
        said = f"{said} {schema_state(run)}"
    # Also of a run that had ended: what it found stands when its schema is back.
    return status, run.verdict, said


def give_up(run: MigrationRun, reason: str) -> None:
    """End a run whose schema cannot be put back as things are.

    What is off stays written down: a retry puts it back, and so does a person
    who asks for nothing else.
    """
    message = _("The destination's schema could not be put back: %(reason)s") % {
        "reason": reason
    }
    with atomic():
        ended = MigrationRun.objects.filter(
            pk=run.pk, status__in=[Status.RUNNING, Status.CANCELLING]
        ).update(
            status=Status.FAILED,
            finished_at=timezone.now(),
            waiting_for="",
            waiting_since_ms=0,
            error=run.error or message,
            remedy=_(
                "Retry, or put the schema back, as soon as the destination can be "
                "reached."
            ),
        )
        if ended:
            _let_go(run, Status.FAILED, message)


def fail(run: MigrationRun, message: str, remedy: str) -> None:
    """Say why a run cannot succeed; the first reason stands."""
    MigrationRun.objects.filter(pk=run.pk, error="").update(
        error=message, remedy=remedy
    )
