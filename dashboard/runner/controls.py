"""What a person may ask: draft, check, start, pause, resume, cancel, retry."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import timezone
from django.utils.translation import gettext as _

from ..control_database import atomic
from ..models import Lane, MigrationRun
from ..models.clock import NowMs
from ..planning.hearing import Hears, nobody
from ..planning.preflight import PAGE_SECONDS, check_run
from ..statuses import TRANSITIONS, Status
from ..transfer.failpoints import reach
from ..transfer.plan import VERSION
from . import pace, preflights, reservations
from .checking import Checks, require_silence
from .confirmations import (
    Confirmation,
    agreed,
    allow,
    confirmed_again,
    noted,
    rows_by_table,
    used_up,
)
from .destination import require_destination
from .dispatch import wake_at_once, wake_soon
from .executors import hand_over
from .moves import move
from .plan_records import record_plan
from .recent_checks import require_recent
from .refusals import RequestRefused
from .retries import retry as retry

UNCHECKED = {"checked_at": None}
"""What becomes of an earlier result when the checks begin."""

DESCRIBED = (
    *("labels", "excluded", "renamed", "changes", "transforms"),
    *("filters", "newer", "with_parents", "modes"),
    *("scan_values", "empty_first"),
    *("verify", "on_bad_rows", "triggers", "lane_count", "rows_per_second", "mode"),
    *("commands_before", "commands_after", "executor"),
)
"""What a person may describe anew before a start."""

AT_WORK = (Status.RUNNING, Status.PAUSING, Status.PAUSED)
"""Statuses of a run that has begun, and neither ended nor been told to."""
NOTHING_TO_STOP = (Status.DRAFT, Status.CHECKING, Status.READY, Status.FAILED)
"""Statuses in which no lane works, so that a cancel ends the run by itself."""


def draft(run: MigrationRun, actor: str) -> MigrationRun:
    """Write down a run that is described and not saved yet.

    Raises RequestRefused for options that make no sense.
    """
    require_sense(run)
    run.plan_version = VERSION
    run.created_by = actor[:150]
    run.save(force_insert=True)
    return run


def described(run: MigrationRun) -> dict[str, object]:
    """Return the fields by which a run is described anew: not its databases.

    Raises RequestRefused for options that make no sense.
    """
    require_sense(run)
    return {name: getattr(run, name) for name in DESCRIBED}


def require_sense(run: MigrationRun) -> None:
    """Raise RequestRefused for options of a run that make no sense."""
    if run.verify not in MigrationRun.Verify.values:
        raise RequestRefused(
            _("There is no comparison called '%(name)s'.") % {"name": run.verify},
            _("Use one of: %(names)s.") % {"names": ", ".join(run.Verify.values)},
        )
    if run.on_bad_rows not in MigrationRun.OnBadRows.values:
        raise RequestRefused(
            _("Nothing called '%(name)s' can be done with rows that are refused.")
            % {"name": run.on_bad_rows},
            _("Use one of: %(names)s.") % {"names": ", ".join(run.OnBadRows.values)},
        )
    if run.triggers not in MigrationRun.Triggers.values:
        raise RequestRefused(
            _("Nothing called '%(name)s' can be done with triggers.")
            % {"name": run.triggers},
            _("Use one of: %(names)s.") % {"names": ", ".join(run.Triggers.values)},
        )
    if not run.copies and (run.commands_before or run.commands_after):
        raise RequestRefused(
            _("Commands go before and after a copy; a comparison calls none."),
            _("Leave them out, or plan a copy."),
        )
    pace.require(pace.Pace.of(run))
    if run.chunk_rows is not None and not 1 <= run.chunk_rows <= pace.MOST_ROWS:
        raise RequestRefused(
            _("A chunk cannot have %(number)d rows.") % {"number": run.chunk_rows},
            _("Use 1 to %(most)d.") % {"most": pace.MOST_ROWS},
        )


def check(
    run: MigrationRun,
    actor: str,
    *,
    anew: Mapping[str, object] | None = None,
    hears: Hears = nobody,
) -> MigrationRun:
    """Check and plan here: to ready, or back to draft with what prevents a start.

    ``anew`` are fields of the run that somebody has chosen anew. ``hears`` is told
    which check begins.
    """
    with atomic():
        require_silence(run)
        preflights.void(run)
        # A run that somebody started meanwhile keeps what was confirmed.
        move(run, Status.CHECKING, actor, changes={**UNCHECKED, **(anew or {})})
        checks = Checks(run)
    run.refresh_from_db()
    # Somebody may wait at a page; a terminal says what it is at.
    is_page = run.executor == MigrationRun.Executor.WORKERS
    return found_out(run, actor, checks, PAGE_SECONDS if is_page else None, hears)


def found_out(
    run: MigrationRun,
    actor: str,
    checks: Checks,
    seconds: float | None,
    hears: Hears,
) -> MigrationRun:
    """Make the checks that were begun, and write down what they find and plan."""
    try:
        with checks:
            checked = check_run(run, seconds, hears)
            reach("run checked")
        with atomic():
            checks.require()
            record_plan(run, checked, seconds)
            move(run, Status.DRAFT if checked.is_blocked else Status.READY, actor)
    except RequestRefused:
        raise
    except BaseException:
        with atomic():
            if checks.are_ours():
                move(run, Status.DRAFT, actor, _("The checks could not be finished."))
        raise
    return run


def require_copy(run: MigrationRun) -> None:
    """Raise RequestRefused where a run has nothing to empty."""
    if not run.copies:
        raise RequestRefused(
            _("A comparison writes nothing, so it empties nothing."),
            _("Plan a copy instead."),
        )


def start(run: MigrationRun, actor: str, plan_hash: str) -> None:
    """Start a checked run; both its databases are reserved from now on.

    Whoever starts it has confirmed the plan of this hash, with the rows that it
    deletes.
    """
    require_destination(run)
    require_recent(run)
    with atomic():
        reservations.lock()
        if not MigrationRun.objects.filter(pk=run.pk, plan_hash=plan_hash).exists():
            raise RequestRefused(
                _("The plan has changed since it was shown."), _("Check it again.")
            )
        confirmed = dict(run.tables.to_confirm().values_list("table", "rows_confirmed"))
        begun = {"started_by": actor[:150], "started_at": timezone.now()}
        move(
            run,
            Status.RUNNING,
            actor,
            noted(str(TRANSITIONS[Status.READY][Status.RUNNING]), confirmed),
            only_from=[Status.READY],
            confirmed=confirmed,
            expected={"plan_hash": plan_hash},
            changes={**begun, **used_up(actor), "alive_ms": NowMs()},
        )
        reservations.reserve(run)
        preflights.void(run)
        Lane.objects.bulk_create(
            Lane(run=run, number=number) for number in range(run.lane_count)
        )
    wake_soon(run)


def pause(run: MigrationRun, actor: str) -> None:
    """Ask for a pause; lanes finish what they hold."""
    move(run, Status.PAUSING, actor)
    wake_soon(run)


def resume(
    run: MigrationRun,
    actor: str,
    confirmation: Confirmation | None = None,
    *,
    here: bool = False,
) -> None:
    """Go on after a pause, or before it was reached.

    Raises ConfirmationNeeded where rows would be deleted that this person has not
    confirmed within the hour. ``here`` says that whoever asks does the work.
    """
    require_destination(run)
    found = MigrationRun.objects.get(pk=run.pk)
    # A pause that is not reached has let nobody in.
    is_paused = found.status == Status.PAUSED
    rows = agreed(found, actor, confirmation, resumes=True) if is_paused else {}
    with atomic():
        move(
            run,
            Status.RUNNING,
            actor,
            confirmed_again(found, confirmation),
            only_from=[Status.PAUSING, Status.PAUSED],
            expected={"confirmations": found.confirmations},
            changes=used_up(actor) if confirmation else None,
            confirmed=rows_by_table(found, confirmation),
        )
        allow(rows)
        hand_over(run, here=here)
    wake_at_once(run)


def cancel(run: MigrationRun, actor: str, *, here: bool = False) -> None:
    """Ask for the end: the schema is put back, copied rows stay.

    ``here`` says that whoever asks also does the work of a terminal's run.
    """
    status = MigrationRun.objects.values_list("status", flat=True).get(pk=run.pk)
    if status in NOTHING_TO_STOP:
        with atomic():
            require_silence(run)
            move(run, Status.CANCELLED, actor, only_from=NOTHING_TO_STOP)
            preflights.void(run)
        return
    with atomic():
        # What was waited for until now says nothing of who can put the schema back.
        move(
            run,
            Status.CANCELLING,
            actor,
            only_from=AT_WORK,
            changes={"waiting_for": "", "waiting_since_ms": 0},
        )
        hand_over(run, here=here)
    wake_at_once(run)


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
