"""What may be asked of workers for a run before its start, and what they then do."""

from __future__ import annotations

import logging

from django.db.models import F
from django.utils.translation import gettext as _

from ..control_database import AWAY, atomic, on_commit, patience
from ..models import MigrationRun, Preflight, Worker
from ..models.clock import NowMs
from ..statuses import Status
from ..transfer.errors import TransferError, trace
from . import preflights
from .checking import Checks, require_silence, waits_for_worker
from .controls import UNCHECKED, found_out, require_copy
from .moves import move
from .preflights import Kind, Overtaken, Working
from .refusals import RequestRefused

logger = logging.getLogger("migration_console")


def is_worker_there() -> bool:
    """Whether a worker has been heard of lately."""
    return Worker.objects.present().exists()


def ask_for_checks(
    run: MigrationRun, actor: str, *, with_emptying: bool = False
) -> None:
    """Let a worker check and plan, however long that takes.

    ``with_emptying`` plans to empty the tables; every other choice stays. Raises
    RequestRefused where somebody is at it, or a worker has been asked.
    """
    if with_emptying:
        require_copy(run)
    with atomic():
        if waits_for_worker(run):
            raise RequestRefused(
                _("A worker has been asked for the checks already."),
                _("Wait for it, or check here."),
            )
        require_silence(run)
        changes: dict[str, object] = {**UNCHECKED, "alive_ms": NowMs()}
        changes["check_number"] = F("check_number") + 1
        if with_emptying:
            changes["empty_first"] = True
        preflights.void(run)
        move(run, Status.CHECKING, actor, changes=changes)
        asked = preflights.ask(run, Kind.CHECKS, actor)
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
