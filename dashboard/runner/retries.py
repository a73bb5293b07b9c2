"""Going on with a run that failed or was cancelled, where it stopped."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from ..control_database import atomic
from ..models import Chunk, MigrationRun, Step, TableCopy
from ..models.clock import NowMs
from ..statuses import Phase, Status
from . import command_calls, copied_again, reservations, rows_aside, unsettled
from .confirmations import (
    Confirmation,
    agreed,
    allow,
    confirmed_again,
    rows_by_table,
    used_up,
)
from .destination import require_destination
from .dispatch import wake_at_once
from .executors import hand_over
from .moves import move
from .refusals import RequestRefused

# What a retry forgets of the run's last end.
AGAIN = {
    **dict.fromkeys(("phase", "error", "remedy", "verdict"), ""),
    "finished_at": None,
    "alive_ms": NowMs(),
}


def retry(
    run: MigrationRun,
    actor: str,
    confirmation: Confirmation | None = None,
    *,
    here: bool = False,
    anew: Sequence[TableCopy] = (),
) -> None:
    """Go on with a failed or cancelled run where it stopped.

    Tables ``anew`` are copied from their beginning, rows that are aside tried again.
    One whose data is proved goes on with its commands. Raises ConfirmationNeeded where
    it would delete rows. ``here``: see ``controls.resume``.
    """
    _require_started(run)
    require_destination(run)
    command_calls.require_decided(run)
    found = MigrationRun.objects.get(pk=run.pk)
    is_over = found.status in copied_again.OVER
    rows = agreed(found, actor, confirmation, anew=anew) if is_over else {}
    goes_on = found.phase == Phase.AFTER and not anew
    kept = {"phase": found.phase, "verdict": found.verdict} if goes_on else {}
    with atomic():
        reservations.lock()
        move(
            run,
            Status.RUNNING,
            actor,
            copied_again.noted(anew, confirmed_again(found, confirmation)),
            only_from=copied_again.OVER,
            expected={"confirmations": found.confirmations, "phase": found.phase},
            changes={**AGAIN, **kept, **(used_up(actor) if confirmation else {})},
            confirmed=rows_by_table(found, confirmation),
        )
        reservations.reserve(run)
        copied_again.forget(anew)
        allow(rows)
        hand_over(run, here=here)
        _try_again(run, goes_on=goes_on)
    wake_at_once(run)


def _require_started(run: MigrationRun) -> None:
    if run.started_at is None:
        raise RequestRefused(
            _("The run was never started, so there is nothing to retry."),
            _("Plan a new migration."),
        )


def _try_again(run: MigrationRun, *, goes_on: bool) -> None:
    """Let what failed be tried as if it never had been; steps are made anew.

    ``goes_on`` says that nothing but commands is left.
    """
    unsettled.settle_again(run)
    failed = Chunk.objects.of(run).filter(state=Chunk.State.FAILED)
    failed.update(
        state=Chunk.State.WAITING,
        attempts=0,
        deaths=0,
        breaks=0,
        not_before_ms=0,
        error="",
    )
    run.tables.filter(state=TableCopy.State.FAILED).update(
        state=TableCopy.State.COPYING, error=""
    )
    rows_aside.try_again(run)
    Step.objects.filter(run=run).delete()
    command_calls.let_again(run, all_after=not goes_on)
    if goes_on:
        Step.objects.bulk_create(command_calls.steps_of(run, Phase.AFTER))
