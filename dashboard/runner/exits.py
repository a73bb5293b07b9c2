"""Ways out: the schema put back after an end, and an end that nobody else brings."""

from __future__ import annotations

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from ..control_database import atomic
from ..models import Chunk, MigrationRun, Step
from ..models.clock import NowMs
from ..statuses import ACTIVE, Status
from . import command_calls, endings, reservations
from .dispatch import wake_at_once
from .executors import hand_over
from .leases import lease_ms
from .moves import move
from .refusals import RequestRefused
from .schema_state import schema_state


def restore(run: MigrationRun, actor: str, *, here: bool = False) -> None:
    """Ask for what an ended run has left off to be put back, and nothing else.

    It needs what was written down, and neither the plan nor receipts, so that
    workers of any version do it. ``here`` says that whoever asks does the work.
    """
    if not run.schema_objects.off().exists():
        raise RequestRefused(schema_state(run))
    with atomic():
        reservations.lock()
        move(run, Status.CANCELLING, actor, only_from=[Status.FAILED, Status.CANCELLED])
        MigrationRun.objects.filter(pk=run.pk).update(
            phase="",
            finished_at=None,
            waiting_for="",
            waiting_since_ms=0,
            alive_ms=NowMs(),
        )
        reservations.reserve(run)
        hand_over(run, here=here)
        Step.objects.filter(run=run).delete()
    wake_at_once(run)


def may_be_restored(run: MigrationRun) -> bool:
    """Whether the run has ended and left something of the schema off."""
    may = run.status in (Status.FAILED, Status.CANCELLED)
    return may and run.schema_objects.off().exists()


def may_be_forced(run: MigrationRun) -> bool:
    """Whether nothing but force may end the run, as far as anybody knows.

    One that is served is asked to cancel first: its statements end in seconds.
    """
    if run.status == Status.CANCELLING:
        return True
    return run.status in ACTIVE and is_unserved(run)


def is_unserved(run: MigrationRun) -> bool:
    """Whether nobody holds a lane of a run, and a whole lease has heard nothing."""
    if run.lanes.leased().exists():
        return False
    silent = MigrationRun.objects.filter(pk=run.pk)
    return silent.filter(alive_ms__lt=NowMs() - lease_ms()).exists()


def force(run: MigrationRun, actor: str) -> None:
    """End a run that nothing serves, at once and without asking its databases.

    No late worker can write it down any more: each lane has a new epoch. A
    transaction that one has open in the destination is ended, and its receipt voided,
    by whatever run writes there next. What is off stays off, and written down.
    Raises RequestRefused for a run that is served and was not cancelled.
    """
    run.refresh_from_db()
    if run.status in ACTIVE and not may_be_forced(run):
        raise RequestRefused(
            _("Run %(number)d is served by %(names)s.")
            % {"number": run.pk, "names": served_by(run)},
            _("Cancel it; if it has not ended a minute later, it can be forced."),
        )
    state = schema_state(run)
    new = Status.CANCELLED if run.status == Status.CANCELLING else Status.FAILED
    said = _("Forced to an end by %(actor)s. %(state)s") % {
        "actor": actor or _("somebody"),
        "state": state,
    }
    with atomic():
        move(run, new, actor, said[:500], only_from=ACTIVE)
        MigrationRun.objects.filter(pk=run.pk).update(
            finished_at=timezone.now(),
            waiting_for="",
            waiting_since_ms=0,
            error=run.error or said,
            remedy=run.remedy or _remedy(run),
        )
        _shut_out(run)
        endings.release(run)


def _shut_out(run: MigrationRun) -> None:
    """Leave nothing that a late worker could still write or claim."""
    run.lanes.update(epoch=F("epoch") + 1, is_leased=False, leased_until_ms=0)
    Chunk.objects.of(run).claimed().update(state=Chunk.State.UNSETTLED)
    command_calls.shut_out(run)


def served_by(run: MigrationRun) -> str:
    """Name whoever works for a run, or did a moment ago."""
    names = set(run.lanes.leased().values_list("leased_by", flat=True))
    return ", ".join(sorted(names)) or _("somebody who reported a moment ago")


def _remedy(run: MigrationRun) -> str:
    if run.schema_objects.off().exists():
        return _("Put the schema back, or retry, as soon as the destination answers.")
    return _("Retry it to go on where it stopped.")
