"""What a person may ask of a run, for runs of any status."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone

from dashboard.models import MigrationRun
from dashboard.runner import controls
from tests.dashboard.runs import make_run

ACTOR = "maria"

STARTED = datetime(2026, 1, 1, tzinfo=timezone.get_default_timezone())

Control = Callable[[MigrationRun], object]

CONTROLS: dict[str, Control] = {
    "check": lambda run: controls.check(run, ACTOR),
    "start": lambda run: controls.start(run, ACTOR, run.plan_hash),
    "pause": lambda run: controls.pause(run, ACTOR),
    "resume": lambda run: controls.resume(run, ACTOR),
    "cancel": lambda run: controls.cancel(run, ACTOR),
    "retry": lambda run: controls.retry(run, ACTOR),
}


def in_status(status: str, **fields: Any) -> MigrationRun:
    """Make a run of a terminal, so that nothing is sent to workers."""
    defaults = {"executor": "terminal", "source": "nowhere", "destination": "away"}
    return make_run(
        **{
            **defaults,
            "status": status,
            "phase": "",
            "started_at": STARTED,
            "source_identity": "one",
            "destination_identity": "other",
            **fields,
        }
    )


def reserved(run: MigrationRun) -> set[tuple[str, str]]:
    return set(run.reservations.values_list("identity", "role"))


def again(run: MigrationRun) -> MigrationRun:
    return MigrationRun.objects.get(pk=run.pk)


def log(run: MigrationRun) -> list[tuple[str, str, str]]:
    return list(run.events.values_list("actor", "status", "message"))
