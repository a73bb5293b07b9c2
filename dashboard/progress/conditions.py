"""What a person has to know about a run that waits, stalls or is tried again."""

from __future__ import annotations

import os
from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..conf import option
from ..models import Abstention, MigrationRun
from ..statuses import Status
from ..wording import count, duration
from .contents import Condition, LaneProgress

SHOWN = 3  # troubles of each sort that are told
ASIDE_SHOWN = 60_000  # milliseconds
LIMIT_SHOWN = 3_000  # milliseconds
RUN_STALLED = 45_000  # milliseconds
RUN_NOT_TAKEN = 60_000  # milliseconds


def worker_command() -> str:
    """Return the command that starts a worker for this project."""
    # Works for every project; one with a Celery application of its own may
    # name that instead.
    module = os.environ.get("DJANGO_SETTINGS_MODULE", "")
    setting = f"DJANGO_SETTINGS_MODULE={module} " if module else ""
    return f"{setting}celery -A migration_console worker -Q {option('QUEUE')}"


def conditions(
    run: MigrationRun, workers: int, lanes: tuple[LaneProgress, ...], now: int
) -> Iterable[Condition]:
    """Yield what holds a run up, or what it was asked to do; the weightiest first."""
    if run.is_active:
        if run.executor == MigrationRun.Executor.WORKERS and not workers:
            yield _no_worker()
        waits = _waits(run, lanes)
        yield from map(_waiting, waits)
        slowed = list(_throttled(run, lanes, now))
        yield from slowed
        waits += [one.message for one in slowed]
        if not waits and run.executor == MigrationRun.Executor.TERMINAL:
            yield from _terminal_condition(run, now)
        elif not waits and workers:
            yield from _silence(run, any(lane.is_taken for lane in lanes), now)
        yield from _abstentions(run, now)
    yield from _asked_for(run, lanes)


def _waits(run: MigrationRun, lanes: Iterable[LaneProgress]) -> list[str]:
    """Return what the run and its lanes wait for, each said once."""
    found = [run.waiting_for, *(lane.waiting_for for lane in lanes)]
    return list(dict.fromkeys(filter(None, found)))


def _waiting(reason: str) -> Condition:
    return Condition(
        code="waiting",
        level="warning",
        message=reason,
        remedy=_("The run waits and tries again; nothing is lost."),
    )


def _abstentions(run: MigrationRun, now: int) -> Iterable[Condition]:
    """Yield which processes leave the run to others."""
    found = Abstention.objects.filter(run=run, seen_ms__gte=now - ASIDE_SHOWN)
    for one in found.order_by("-seen_ms")[:SHOWN]:
        yield Condition("aside", "warning", one.reason, one.remedy)


def _no_worker() -> Condition:
    return Condition(
        code="no-worker",
        level="warning",
        message=_("No worker is running. The run waits; nothing is lost."),
        remedy=_("Start a worker. It continues the run by itself:"),
        command=worker_command(),
    )


def _terminal_condition(run: MigrationRun, now: int) -> Iterable[Condition]:
    silent = now - run.alive_ms
    if run.alive_ms and silent > RUN_STALLED:
        yield Condition(
            code="terminal-silent",
            level="warning",
            message=_("The command that does this run has not reported for %(time)s.")
            % {"time": duration(silent // 1000)},
            remedy=_(
                "Check in its terminal whether the command still runs. If it does not,"
                " cancel the run: workers then put the indexes and keys of the"
                " destination back."
            ),
        )


def _silence(run: MigrationRun, is_taken: bool, now: int) -> Iterable[Condition]:
    silent = now - run.alive_ms
    if not run.alive_ms:
        return
    if not is_taken and silent > RUN_NOT_TAKEN:
        yield Condition(
            code="not-taken",
            level="warning",
            message=_("Workers are running, but none has taken this run for %(time)s.")
            % {"time": duration(silent // 1000)},
            remedy=_(
                "They may be busy with other tasks, or their settings may name another"
                " database. Read the log of a worker to find out."
            ),
        )
    elif is_taken and silent > RUN_STALLED:
        yield Condition(
            code="stalled",
            level="warning",
            message=_("The run has stalled: no worker has reported for %(time)s.")
            % {"time": duration(silent // 1000)},
            remedy=_(
                "Workers are running and are called again every ten seconds. If this"
                " message stays, read the log of a worker to find out why."
            ),
        )


def _throttled(
    run: MigrationRun, lanes: Iterable[LaneProgress], now: int
) -> Iterable[Condition]:
    """Yield why a run does not go faster although it could."""
    if run.status != Status.RUNNING:
        return
    said = dict.fromkeys(lane.rests_for for lane in lanes if lane.rests_for)
    for reason in list(said)[:SHOWN]:
        remedy = _("It is asked again and again; the run then goes on by itself.")
        yield Condition("not-now", "info", reason, remedy)
    rows = run.rows_per_second
    if rows and run.throttled_until_ms > now - LIMIT_SHOWN:
        yield Condition(
            "limited",
            "info",
            _("The limit of %(rows)s rows a second holds the run back.")
            % {"rows": count(rows)},
        )


def _asked_for(
    run: MigrationRun, lanes: tuple[LaneProgress, ...]
) -> Iterable[Condition]:
    """Yield what was asked for and is not reached, lane by lane, or is."""
    leased = sum(lane.is_leased for lane in lanes)
    stopped = _("%(stopped)d of %(all)d lanes have stopped.") % {
        "stopped": len(lanes) - leased,
        "all": len(lanes),
    }
    waits = ngettext(
        "Waiting for %(lanes)d lane to finish its work in hand.",
        "Waiting for %(lanes)d lanes to finish their work in hand.",
        leased,
    ) % {"lanes": leased}
    surplus = sum(lane.is_leased and lane.is_surplus for lane in lanes)
    if run.status == Status.RUNNING and surplus:
        yield Condition("fewer-lanes", "info", _fewer(run, surplus))
    if run.status == Status.PAUSING:
        yield Condition(
            "pausing",
            "info",
            f"{waits} {stopped}" if leased else _("The run is about to pause."),
        )
    elif run.status == Status.CANCELLING:
        back = _("The indexes and keys of the destination are being put back.")
        yield Condition("cancelling", "info", waits if leased else back)
    elif run.status == Status.PAUSED:
        yield Condition(
            "paused",
            "info",
            _("The run is paused and writes nothing. Resume it to continue."),
        )


def _fewer(run: MigrationRun, surplus: int) -> str:
    return ngettext(
        "%(asked)d lanes are asked for; %(lanes)d more still finishes its work.",
        "%(asked)d lanes are asked for; %(lanes)d more still finish their work.",
        surplus,
    ) % {"asked": run.lane_count, "lanes": surplus}
