"""What a person has to know about a run that waits, stalls or is tried again."""

from __future__ import annotations

import os
from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..conf import option
from ..models import Abstention, MigrationRun
from ..statuses import Status
from ..wording import duration
from .contents import Condition

SHOWN = 3  # troubles of each sort that are told
ASIDE_SHOWN = 60_000  # milliseconds
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
    run: MigrationRun, workers: int, lanes: dict[str, int | None], now: int
) -> Iterable[Condition]:
    """Yield what holds a run up, or what it was asked to do; the weightiest first."""
    if run.is_active:
        if run.executor == MigrationRun.Executor.WORKERS and not workers:
            yield _no_worker()
        waits = _waits(run)
        yield from map(_waiting, waits)
        if not waits and run.executor == MigrationRun.Executor.TERMINAL:
            yield from _terminal_condition(run, now)
        elif not waits and workers:
            yield from _silence(run, lanes["epoch"] or 0, now)
        yield from _abstentions(run, now)
    yield from _asked_for(run, lanes["leased"] or 0)


def _waits(run: MigrationRun) -> list[str]:
    """Return what the run and its lanes wait for, each said once."""
    lanes = run.lanes.filter(is_leased=True).exclude(waiting_for="")
    found = [run.waiting_for, *lanes.values_list("waiting_for", flat=True)]
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


def _silence(run: MigrationRun, epoch: int, now: int) -> Iterable[Condition]:
    silent = now - run.alive_ms
    if not run.alive_ms:
        return
    if epoch == 0 and silent > RUN_NOT_TAKEN:
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
    elif epoch and silent > RUN_STALLED:
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


def _asked_for(run: MigrationRun, leased: int) -> Iterable[Condition]:
    waits = ngettext(
        "Waiting for %(lanes)d lane to finish its work in hand.",
        "Waiting for %(lanes)d lanes to finish their work in hand.",
        leased,
    ) % {"lanes": leased}
    if run.status == Status.PAUSING:
        yield Condition(
            "pausing", "info", waits if leased else _("The run is about to pause.")
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
