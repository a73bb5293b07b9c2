"""A run that is there already: gone on with, ended, or its schema put back, here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from ..models import MigrationRun, SchemaObject
from ..runner import command_calls, controls, copied_again, exits
from ..runner.confirmations import ConfirmationNeeded
from ..runner.executors import keep_here
from ..runner.lane_processes import LaneProcesses
from ..runner.refusals import RequestRefused
from ..runner.schema_state import restoring_command, schema_state
from ..statuses import ACTIVE, Status
from .following import follow, watch
from .interrupts import Interrupts
from .last_words import LastWords
from .questions import confirmed_again
from .screen import Screen, actor

GIVEN_UP = (Status.FAILED, Status.CANCELLED)


def find(number: int) -> MigrationRun:
    """Return a run by its number. Raises CommandError where there is none."""
    run = MigrationRun.objects.filter(pk=number).first()
    if run is None:
        raise CommandError(_("There is no run %(number)d.") % {"number": number})
    return run


def resume(
    screen: Screen,
    run: MigrationRun,
    words: LastWords,
    *,
    asks: bool = True,
    again: Sequence[str] = (),
    decided: Mapping[str, bool] | None = None,
    paced: Callable[[], object] = lambda: None,
) -> int:
    """Go on with a run where it stopped, in this terminal; see ``follow``.

    Tables named ``again`` are copied from their beginning. ``decided`` says of commands
    by name whether they are taken as done, or run again. What it would delete and
    had not begun with is asked for, if it ``asks``. ``paced`` changes the run's lanes
    and limit, once it is known that somebody may go on with it.
    """
    for name, done in (decided or {}).items():
        command_calls.settle(run, actor(), name, done=done)
    begin = _way_on(run, again)
    paced()
    screen.pass_over_commands(run)
    return _confirmed(screen, run, words, begin, asks=asks)


def decisions(options: Mapping[str, Any]) -> dict[str, bool]:
    """Return by the names of commands whether each is taken as done."""
    again, done = (options.get(f"command_{name}") or () for name in ("again", "done"))
    return {**dict.fromkeys(again, False), **dict.fromkeys(done, True)}


def _way_on(run: MigrationRun, again: Sequence[str]) -> Callable[..., object]:
    """Return what lets a run go on. Raises RequestRefused where nothing does."""
    if again:
        return partial(controls.retry, anew=copied_again.chosen(run, again))
    if run.status == Status.PAUSED:
        return controls.resume
    if run.status in GIVEN_UP:
        return controls.retry
    if run.status in ACTIVE:
        _require_unserved(run)
        return controls.resume if run.status == Status.PAUSING else _keep
    raise RequestRefused(
        _("Run %(number)d is %(status)s, so there is nothing to go on with.")
        % {"number": run.pk, "status": str(Status(run.status).label).lower()},
        _("Plan a new run."),
    )


def end(screen: Screen, run: MigrationRun, words: LastWords) -> int:
    """End a run and put its schema back: here, where nobody else works for it."""
    if exits.may_be_restored(run):
        return _here(screen, run, words, exits.restore)
    if run.status == Status.PAUSED or (run.is_active and exits.is_unserved(run)):
        again = _keep if run.status == Status.CANCELLING else controls.cancel
        return _here(screen, run, words, again)
    if not run.is_active:
        if run.status not in (Status.CANCELLED, Status.SUCCEEDED):
            controls.cancel(run, actor())
        screen.say(schema_state(run))
        return 0
    # Whoever does it ends it, unless he was dead and is known to be only now.
    if run.status != Status.CANCELLING:
        controls.cancel(run, actor())
    with Interrupts() as interrupts:
        watch(screen, run, interrupts, exits.is_unserved)
    run.refresh_from_db()
    if run.status == Status.CANCELLING:
        return _here(screen, run, words, _keep)
    return 0


def force(screen: Screen, run: MigrationRun, words: LastWords) -> int:
    """End a run that nothing serves. Raises RequestRefused for one that is served."""
    exits.force(run, actor())
    screen.say(f"{schema_state(run)} {restoring_command(run)}".strip())
    say_off(screen, run)
    return 0


def _confirmed(
    screen: Screen,
    run: MigrationRun,
    words: LastWords,
    ask: Callable[..., object],
    *,
    asks: bool,
) -> int:
    try:
        return _here(screen, run, words, ask)
    except ConfirmationNeeded as needed:
        if not asks:
            raise
        confirmation = confirmed_again(screen, run, actor(), needed)
    return _here(screen, run, words, partial(ask, confirmation=confirmation))


def _here(
    screen: Screen, run: MigrationRun, words: LastWords, ask: Callable[..., object]
) -> int:
    # Before it is asked for: the processes start without any connection open.
    run.executor = MigrationRun.Executor.TERMINAL
    with LaneProcesses.of(run) as processes:
        begin = partial(ask, run, actor(), here=True)
        return follow(screen, run, processes, words, begin)


def _keep(run: MigrationRun, actor: str, *, here: bool) -> None:
    """Take up a run whose process is gone, as it stands."""
    keep_here(run)


def _require_unserved(run: MigrationRun) -> None:
    if not exits.is_unserved(run):
        raise RequestRefused(
            _("Run %(number)d is served by %(names)s.")
            % {"number": run.pk, "names": exits.served_by(run)},
            _("Wait until it has ended, or pause it there."),
        )


def say_off(screen: Screen, run: MigrationRun) -> None:
    """Name everything that is not in place as before, each with its reason."""
    for one in run.schema_objects.off().select_related("table"):
        state = SchemaObject.State(one.state).label
        table = one.table.table if one.table else ""
        name = f"{one.object_type.capitalize()} '{one.name}'"
        line = _("%(name)s of table '%(table)s': %(state)s. %(why)s") % {
            "name": name,
            "table": table,
            "state": str(state).lower(),
            "why": one.error,
        }
        screen.say(f"  {line.strip()}")


def say_runs(screen: Screen) -> bool:
    """Name every run that has left something off; False where none has."""
    off = SchemaObject.objects.off().values("run")
    runs = MigrationRun.objects.filter(pk__in=off).order_by("pk")
    for run in runs:
        status = str(Status(run.status).label).lower()
        screen.say(
            _("Run %(number)d (%(status)s): %(state)s %(command)s")
            % {
                "number": run.pk,
                "status": status,
                "state": schema_state(run),
                "command": restoring_command(run),
            }
        )
    return bool(runs)
