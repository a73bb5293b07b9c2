"""Looking for runs that stand still, and waking them.

Every worker's main process does this every ten seconds, and so do the page
that polls and the commands: nothing depends on one process or on beat.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from ..conf import option
from ..lifecycle import ACTIVE, Status
from ..models import Lane, MigrationRun, Worker
from .clock import NowMs, now_ms
from .lanes import free_dead, without_terminal
from .slices import reach_pause

if TYPE_CHECKING:
    from celery import Celery, Task

__all__ = ["beat", "look", "now_ms", "wake"]

logger = logging.getLogger("migration_console")


def beat(name: str) -> None:
    """Write down that a worker is there."""
    now = now_ms()
    if not Worker.objects.filter(name=name[:200]).update(seen_at=now):
        Worker.objects.create(name=name[:200], seen_at=now)
    Worker.objects.filter(seen_at__lt=now - 24 * 3600 * 1000).delete()


def look() -> None:
    """Settle and wake every run that workers serve; never raises."""
    try:
        # Asked to end a moment before its terminal died.
        cancelling = MigrationRun.objects.filter(status=Status.CANCELLING)
        left = list(without_terminal(cancelling).values_list("pk", flat=True))
        MigrationRun.objects.filter(pk__in=left).update(
            origin=MigrationRun.Origin.WORKERS
        )
        runs = MigrationRun.objects.filter(
            status__in=ACTIVE, origin=MigrationRun.Origin.WORKERS
        )
        for run in runs:
            wake(run)
    except Exception:
        logger.exception("runs could not be looked at")


def wake(run: MigrationRun) -> None:
    """Free dead lanes and send a slice for each that nobody serves."""
    free_dead(run.pk)
    if run.status == Status.PAUSING:
        reach_pause(run)
        return
    for lane in Lane.objects.filter(run=run, held=False, until__lte=NowMs()):
        # Whoever moves the time sends: of many that look, one.
        lease = int(option("LEASE_SECONDS") * 1000)
        won = Lane.objects.filter(
            pk=lane.pk, epoch=lane.epoch, held=False, until=lane.until
        ).update(until=NowMs() + lease)
        if won:
            send(run.pk, lane.number, lane.epoch)


def send(run_id: int, number: int, epoch: int) -> None:
    """Enqueue a slice; without a broker, a later look sends it."""
    try:
        run_slice().apply_async(
            (run_id, number, epoch), queue=option("QUEUE"), retry=False
        )
    except Exception as error:
        logger.warning(
            "slice not sent run=%s lane=%s: %s", run_id, number, type(error).__name__
        )


def run_slice() -> Task[Any, Any]:
    """Return the task that works for a lane, of the project's own app."""
    from ..tasks import run_slice as declared

    task: Task[Any, Any] = celery_app().tasks[declared.name]
    return task


def celery_app() -> Celery:
    """Return the project's Celery app, or the one that comes with the console.

    The current app is a thread's own: in a server's other threads it is an
    app without a broker, so the apps of the process are looked through.
    """
    from celery import _state

    apps: list[Celery] = [_state.get_current_app(), *_state._get_active_apps()]  # type: ignore[attr-defined]
    for app in apps:
        if app.main != "default":
            return app
    from ..celery import app as own

    return own
