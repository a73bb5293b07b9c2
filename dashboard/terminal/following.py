"""A started run, shown until it stands still, and done here if it is ours."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from ..control_database import waited
from ..models import MigrationRun
from ..runner import controls, endings
from ..runner.lane_processes import LaneProcesses
from ..runner.local import run_here
from ..runner.refusals import RequestRefused
from ..runner.reservations import abandoned
from ..runner.stalls import look
from ..statuses import Status
from .interrupts import ENDED_BY_SIGNAL, Interrupts
from .last_words import LastWords
from .screen import Screen, actor
from .waiting import Waiting

FOLLOW_SECONDS = 0.1
# Seconds between two looks for lanes that nobody serves.
LOOK_SECONDS = 2.0


def start_and_follow(
    screen: Screen, run: MigrationRun, processes: LaneProcesses, words: LastWords
) -> int:
    """Start a checked run and show it until it stands still; see ``follow``."""
    begin = partial(controls.start, run, actor(), run.plan_hash)
    return follow(screen, run, processes, words, begin)


def follow(
    screen: Screen,
    run: MigrationRun,
    processes: LaneProcesses,
    words: LastWords,
    begin: Callable[[], object],
) -> int:
    """Begin something with a run and show it until it stands still.

    A run of this terminal is done here: Ctrl-C pauses it, cancels it the second
    time, and leaves at once the third time. One of workers is left to them.
    Returns the exit code of a command that was interrupted, else 0.
    """
    with Interrupts(partial(_leave, processes, words)) as interrupts:
        begin()
        if run.executor == MigrationRun.Executor.TERMINAL:
            words.look(run)
            waiting = Waiting(screen)
            answer = partial(_show_or_answer, screen, run, words, interrupts)
            run_here(run, processes, lambda: waiting.look(answer))
        else:
            watch(screen, run, interrupts)
    waited(run.refresh_from_db)
    with suppress(Exception):
        words.look(run)
    return interrupts.exit_code


def _leave(processes: LaneProcesses, words: LastWords, number: int) -> None:
    """End this process and its lanes where they are; what they did not commit is gone.

    Nothing is waited for: a server that does not answer may be why.
    """
    processes.kill()
    words.say_known()
    os._exit(ENDED_BY_SIGNAL + number)


def watch(
    screen: Screen,
    run: MigrationRun,
    interrupts: Interrupts,
    is_left: Callable[[MigrationRun], bool] = lambda run: False,
) -> None:
    """Show a run that others do until it stands still, or ``is_left`` by them."""
    next_look = 0.0
    waiting = Waiting(screen)

    def show() -> None:
        screen.show(run)
        run.refresh_from_db()

    while not interrupts.are_new():
        if time.monotonic() >= next_look:
            if waited(partial(is_left, run)):
                return
            look()
            next_look = time.monotonic() + LOOK_SECONDS
        is_seen = waiting.look(show)
        if is_seen and (run.is_ended or run.status == Status.PAUSED):
            return
        time.sleep(FOLLOW_SECONDS)
    raise CommandError(
        _("Run %(number)d goes on without this terminal; see it in the admin.")
        % {"number": run.pk},
        returncode=interrupts.exit_code,
    )


def _show_or_answer(
    screen: Screen, run: MigrationRun, words: LastWords, interrupts: Interrupts
) -> None:
    words.learn(run)
    if not interrupts.are_new():
        screen.show(run)
        return
    waited(run.refresh_from_db)
    # It may have ended at this very moment, or somebody else was faster.
    with suppress(RequestRefused):
        if interrupts.pressed == 1 and run.status == Status.RUNNING:
            waited(partial(controls.pause, run, actor()))
        elif interrupts.pressed > 1 and run.status in controls.AT_WORK:
            waited(partial(controls.cancel, run, actor(), here=True))
    words.look(run)
    run.refresh_from_db()
    if run.status in (Status.PAUSING, Status.PAUSED):
        screen.say(
            _(
                "Pausing: what is in hand is finished. Ctrl-C again cancels the run "
                "and puts the schema of '%(alias)s' back."
            )
            % {"alias": run.destination}
        )
    elif run.status == Status.CANCELLING:
        screen.say(
            _(
                "Cancelling: the destination's schema is being put back. Ctrl-C again "
                "leaves at once; what is off then stays off."
            )
        )


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
        waited(other.refresh_from_db)
        if other.status != Status.CANCELLED:
            raise CommandError(
                _("Run %(number)d could not be ended: %(error)s %(remedy)s")
                % {"number": other.pk, "error": other.error, "remedy": other.remedy}
            )
    return bool(others)
