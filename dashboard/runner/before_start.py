"""What may be asked of workers for a run before its start, and what they then do."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from django.db.models import F
from django.utils.translation import gettext as _

from ..control_database import AWAY, atomic, on_commit, patience
from ..models import MigrationRun, Preflight, Worker
from ..models.clock import NowMs
from ..statuses import Status
from ..transfer.errors import TransferError, trace
from . import preflights
from .checking import Checks, require_silence, waits_for_worker
from .controls import UNCHECKED, found_out
from .dry_runs import try_planned
from .moves import move, write_down
from .preflights import Kind, Overtaken, Working
from .refusals import RequestRefused

logger = logging.getLogger("migration_console")


def is_worker_there() -> bool:
    """Whether a worker has been heard of lately."""
    return Worker.objects.present().exists()


def ask_for_checks(
    run: MigrationRun, actor: str, *, anew: Mapping[str, object] | None = None
) -> None:
    """Let a worker check and plan, however long that takes.

    ``anew`` are fields of the run that somebody has chosen anew. Raises RequestRefused
    where somebody is at it, or a worker has been asked.
    """
    with atomic():
        if waits_for_worker(run):
            raise RequestRefused(
                _("A worker has been asked for the checks already."),
                _("Wait for it, or check here."),
            )
        require_silence(run)
        changes: dict[str, object] = {**UNCHECKED, **(anew or {})}
        changes["alive_ms"] = NowMs()
        changes["check_number"] = F("check_number") + 1
        preflights.void(run)
        move(run, Status.CHECKING, actor, changes=changes)
        asked = preflights.ask(run, Kind.CHECKS, actor)
        on_commit(lambda: preflights.send(asked))


def ask_for_dry_run(run: MigrationRun, actor: str) -> None:
    """Let a worker try the first rows of every table of a plan; nothing is left.

    Raises RequestRefused where there is no plan, or no worker, or one has been asked.
    """
    if not is_worker_there():
        command = f"manage.py copydata {run.source} {run.destination} --dry-run"
        raise RequestRefused(
            _("No worker answers, so nobody can make a dry run."),
            _("Start a worker, or use: %(command)s") % {"command": command},
        )
    with atomic():
        # Written first: nobody checks or starts the run before the end of this.
        planned = MigrationRun.objects.filter(pk=run.pk, status=Status.READY)
        if not run.copies or not planned.update(status=Status.READY):
            raise RequestRefused(
                _("Only the plan of a copy that can start is tried."),
                _("Check the run first."),
            )
        if Preflight.objects.open().filter(run=run, kind=Kind.DRY_RUN).exists():
            raise RequestRefused(
                _("A worker has been asked for the dry run already."),
                _("Wait for it, or stop it."),
            )
        run.refresh_from_db()
        run.tables.update(trial=None)
        asked = preflights.ask(run, Kind.DRY_RUN, actor)
        message, ready = _("A dry run was asked for."), Status.READY.value
        write_down(run, actor, message, edge=(ready, ready), plan_hash=run.plan_hash)
        on_commit(lambda: preflights.send(asked))


def stop(run: MigrationRun, actor: str, kind: str) -> None:
    """Let nothing come of the checks, or the dry run, that a worker was asked for."""
    with atomic():
        if kind not in Kind.values or not preflights.void(run, Kind(kind)):
            raise RequestRefused(
                _("No worker is asked for that any more."), _("Look at the run again.")
            )
        if kind == Kind.CHECKS:
            preflights.say_stopped(run, actor, _("The checks were stopped."))


def perform(pk: int, number: int) -> None:
    """Do what was asked for, unless another has taken it or nobody wants it."""
    with patience():
        with atomic():
            taken = preflights.take(pk, number)
            if taken is None:
                return
            is_check = taken.kind == Kind.CHECKS
            checks = Checks(taken.run) if is_check else None
        with Working(taken) as working:
            _perform(taken, working, checks)


def _perform(taken: Preflight, working: Working, checks: Checks | None) -> None:
    try:
        if checks is not None:
            found_out(taken.run, taken.asked_by, checks, None, working.hear)
        else:
            try_planned(taken.run, working.hear)
    except Overtaken:
        logger.info("preflight given up run=%s", taken.run_id)
        return
    except AWAY:
        # Whoever looks, once the control database is back, says that it was lost.
        raise
    except (TransferError, RequestRefused) as error:
        working.end(error.message, error.remedy)
    except Exception as error:
        # Its text may quote a row.
        logger.error("unexpected error: %s", trace(error))
        working.end(
            _("The worker met an error that it does not know: %(error)s.")
            % {"error": type(error).__name__},
            _("The worker's log says where; please report it."),
        )
    else:
        working.end()
