"""A started run, shown until it stands still, and done here if it is ours."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from ..models import MigrationRun
from ..runner import controls, endings
from ..runner.lane_processes import LaneProcesses
from ..runner.local import run_here
from ..runner.refusals import RequestRefused
from ..runner.reservations import abandoned
from ..runner.stalls import look
from ..statuses import Status
from .interrupts import Interrupts
from .screen import Screen, actor

FOLLOW_SECONDS = 0.1
# Seconds between two looks for lanes that nobody serves.
LOOK_SECONDS = 2.0


def start_and_follow(
    screen: Screen, run: MigrationRun, processes: LaneProcesses
) -> None:
    """Start a checked run and show it until it stands still.

    Ctrl-C cancels a run of this terminal, and leaves one of workers to them.
    """
    with Interrupts() as interrupts:
        controls.start(run, actor(), run.plan_hash)
        if run.executor == MigrationRun.Executor.TERMINAL:
            run_here(run, processes, lambda: _show_or_cancel(screen, run, interrupts))
        else:
            _follow(screen, run, interrupts)
    run.refresh_from_db()


def _follow(screen: Screen, run: MigrationRun, interrupts: Interrupts) -> None:
    next_look = 0.0
    while not interrupts.are_new():
        if time.monotonic() >= next_look:
            look()
            next_look = time.monotonic() + LOOK_SECONDS
        screen.show(run)
        run.refresh_from_db()
        if run.is_ended or run.status == Status.PAUSED:
            return
        time.sleep(FOLLOW_SECONDS)
    raise CommandError(
        _("Run %(number)d goes on without this terminal; see it in the admin.")
        % {"number": run.pk}
    )


def _show_or_cancel(screen: Screen, run: MigrationRun, interrupts: Interrupts) -> None:
    if not interrupts.are_new():
        screen.show(run)
        return
    run.refresh_from_db()
    if run.is_active and run.status != Status.CANCELLING:
        # It may have ended at this very moment.
        with suppress(RequestRefused):
            controls.cancel(run, actor())
    screen.say(_("Cancelling: the destination's schema is being put back."))


def _give_up_if_asked(run: MigrationRun, interrupts: Interrupts) -> None:
    """Leave what a dead terminal took off written down, where it cannot be put back."""
    if interrupts.are_new():
        endings.give_up(run, _("Ctrl-C was pressed."))


def _end(screen: Screen, run: MigrationRun, interrupts: Interrupts) -> None:
    screen.say(
        _(
            "The terminal of run %(number)d is gone. The run is cancelled, and the "
            "schema of '%(alias)s' is put back."
        )
        % {"number": run.pk, "alias": run.destination}
    )
    if run.status != Status.CANCELLING:
        controls.cancel(run, actor(), here=True)
    with LaneProcesses.of(run) as processes:
        run_here(run, processes, partial(_give_up_if_asked, run, interrupts))


def take_over(screen: Screen, run: MigrationRun) -> bool:
    """End what dead terminals left in this run's way; False where nothing was.

    Their schema is put back before this run looks at it.
    """
    others = abandoned(run)
    for other in others:
        with Interrupts() as interrupts:
            _end(screen, other, interrupts)
        other.refresh_from_db()
        if other.status != Status.CANCELLED:
            raise CommandError(
                _("Run %(number)d could not be ended: %(error)s %(remedy)s")
                % {"number": other.pk, "error": other.error, "remedy": other.remedy}
            )
    return bool(others)
