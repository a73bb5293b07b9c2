"""What a person may ask: draft, check, start, pause, resume, cancel, retry."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Chunk, Event, Lane, MigrationRun, Step, TableCopy
from ..models.clock import NowMs
from ..planning.preflight import check as run_checks
from ..statuses import TRANSITIONS, Status, allowed, origins
from ..transfer.plan import VERSION
from . import reservations
from .dispatch import wake
from .plan_records import record_plan
from .refusals import RequestRefused

MOST_LANES = 32
# What the control database can write down.
MOST_ROWS = 2_000_000_000


def draft(run: MigrationRun, actor: str) -> MigrationRun:
    """Write down a run that is described and not saved yet.

    Raises RequestRefused for options that make no sense.
    """
    if run.verify not in MigrationRun.Verify.values:
        raise RequestRefused(
            _("There is no comparison called '%(name)s'.") % {"name": run.verify},
            _("Use one of: %(names)s.") % {"names": ", ".join(run.Verify.values)},
        )
    if not 1 <= run.lane_count <= MOST_LANES:
        raise RequestRefused(
            _("A run cannot have %(number)d lanes.") % {"number": run.lane_count},
            _("Use 1 to %(most)d.") % {"most": MOST_LANES},
        )
    if run.chunk_rows is not None and not 1 <= run.chunk_rows <= MOST_ROWS:
        raise RequestRefused(
            _("A chunk cannot have %(number)d rows.") % {"number": run.chunk_rows},
            _("Use 1 to %(most)d.") % {"most": MOST_ROWS},
        )
    run.plan_version = VERSION
    run.created_by = actor[:150]
    run.save(force_insert=True)
    return run


def move(
    run: MigrationRun,
    new: Status,
    actor: str,
    message: str = "",
    *,
    only_from: Sequence[Status] = tuple(Status),
) -> None:
    """Take a run over one edge of its statuses and write it into its log.

    ``only_from`` leaves out edges that belong to another request: a run becomes
    running when it is started, resumed or retried. Raises RequestRefused where
    there is no such edge, also when the run has moved meanwhile.
    """
    with transaction.atomic():
        old = MigrationRun.objects.values_list("status", flat=True).get(pk=run.pk)
        edge = allowed(old, new) and old in only_from
        moved = edge and MigrationRun.objects.filter(pk=run.pk, status=old).update(
            status=new
        )
        if not moved:
            raise _not_from(old, new, only_from)
        Event.objects.create(
            run=run,
            actor=actor[:150],
            status=new,
            message=message or str(TRANSITIONS[Status(old)][new]),
        )
    run.status = new


def _not_from(old: str, new: Status, only_from: Sequence[Status]) -> RequestRefused:
    every = origins(new)
    found = [status for status in every if status in only_from]
    if found == every:
        remedy = _("A run can become %(new)s when it is %(origins)s.")
    else:
        remedy = _("This can be asked for when the run is %(origins)s.")
    return RequestRefused(
        _("The run is %(old)s and cannot become %(new)s.")
        % {"old": _word(old), "new": _word(new)},
        remedy % {"new": _word(new), "origins": _either(found)},
    )


def _word(status: str) -> str:
    return str(Status(status).label).lower()


def _either(found: list[Status]) -> str:
    words = [_word(status) for status in found]
    if len(words) < 2:
        return "".join(words)
    return _("%(words)s or %(last)s") % {
        "words": ", ".join(words[:-1]),
        "last": words[-1],
    }


def check(
    run: MigrationRun, actor: str, *, with_emptying: bool = False
) -> MigrationRun:
    """Check and plan: to ready, or back to draft with what prevents a start.

    ``with_emptying`` plans to empty the tables; every other choice stays.
    """
    move(run, Status.CHECKING, actor)
    try:
        if with_emptying:
            # Only now: a run that somebody started meanwhile keeps what was confirmed.
            run.empty_first = True
            run.save(update_fields=["empty_first"])
        checked = run_checks(
            run.source,
            run.destination,
            run.labels,
            run.excluded,
            empty_first=run.empty_first,
            writes=run.copies,
        )
        record_plan(run, checked)
    except BaseException:
        move(run, Status.DRAFT, actor, _("The checks could not be finished."))
        raise
    move(run, Status.DRAFT if checked.is_blocked else Status.READY, actor)
    return run


def check_with_emptying(run: MigrationRun, actor: str) -> MigrationRun:
    """Check again and plan to empty the tables; every other choice stays.

    Nothing is deleted before the start, which a person confirms by name.
    """
    if not run.copies:
        raise RequestRefused(
            _("A comparison writes nothing, so it empties nothing."),
            _("Plan a copy instead."),
        )
    return check(run, actor, with_emptying=True)


def start(run: MigrationRun, actor: str, plan_hash: str) -> None:
    """Start a checked run; its destination is its own from now on."""
    if plan_hash != run.plan_hash:
        raise RequestRefused(
            _("The plan has changed since it was shown."), _("Check it again.")
        )
    with transaction.atomic():
        move(run, Status.RUNNING, actor, only_from=[Status.READY])
        MigrationRun.objects.filter(pk=run.pk).update(
            started_by=actor[:150], started_at=timezone.now(), alive_ms=NowMs()
        )
        if run.copies:
            reservations.reserve(run)
        Lane.objects.bulk_create(
            Lane(run=run, number=number) for number in range(run.lane_count)
        )
    _wake(run)


def pause(run: MigrationRun, actor: str) -> None:
    """Ask for a pause; lanes finish what they hold."""
    move(run, Status.PAUSING, actor)
    _wake(run)


def resume(run: MigrationRun, actor: str) -> None:
    """Go on after a pause, or before it was reached."""
    with transaction.atomic():
        move(run, Status.RUNNING, actor, only_from=[Status.PAUSING, Status.PAUSED])
        _hand_over(run)
    _wake_at_once(run)


def cancel(run: MigrationRun, actor: str, *, here: bool = False) -> None:
    """Ask for the end: the schema is put back, copied rows stay.

    ``here`` says that whoever asks also does the work of a terminal's run.
    """
    status = MigrationRun.objects.values_list("status", flat=True).get(pk=run.pk)
    if status in (Status.DRAFT, Status.READY, Status.FAILED):
        move(run, Status.CANCELLED, actor)
        return
    with transaction.atomic():
        move(run, Status.CANCELLING, actor)
        if here:
            MigrationRun.objects.filter(pk=run.pk).update(alive_ms=NowMs())
        else:
            _hand_over(run)
    _wake_at_once(run)


def _hand_over(run: MigrationRun) -> None:
    """Let workers go on with a run whose terminal is gone."""
    if run.executor == run.Executor.TERMINAL and not run.lanes.leased().exists():
        run.executor = run.Executor.WORKERS
        MigrationRun.objects.filter(pk=run.pk).update(executor=run.executor)


def retry(run: MigrationRun, actor: str) -> None:
    """Go on with a failed or cancelled run where it stopped."""
    if run.started_at is None:
        raise RequestRefused(
            _("The run was never started, so there is nothing to retry."),
            _("Plan a new migration."),
        )
    with transaction.atomic():
        move(run, Status.RUNNING, actor, only_from=[Status.FAILED, Status.CANCELLED])
        MigrationRun.objects.filter(pk=run.pk).update(
            phase="",
            error="",
            remedy="",
            verdict="",
            finished_at=None,
            alive_ms=NowMs(),
        )
        if run.copies:
            reservations.reserve(run)
        _hand_over(run)
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
        Step.objects.filter(run=run).delete()
    _wake_at_once(run)


def compare_again(run: MigrationRun, actor: str) -> MigrationRun:
    """Draft a comparison of what a run copied."""
    again = MigrationRun(
        source=run.source,
        destination=run.destination,
        labels=run.labels,
        excluded=run.excluded,
        mode=MigrationRun.Mode.COMPARE,
    )
    return draft(again, actor)


def _wake_at_once(run: MigrationRun) -> None:
    """Wake lanes also that wait for a moment that was set before."""
    run.lanes.free().update(leased_until_ms=0)
    _wake(run)


def _wake(run: MigrationRun) -> None:
    if run.executor == MigrationRun.Executor.WORKERS:
        transaction.on_commit(lambda: wake(MigrationRun.objects.get(pk=run.pk)))
