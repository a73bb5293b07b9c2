"""Waking workers: a slice is sent for every lane that nobody serves.

Messages carry numbers of rows only: they lie in Redis for all to read. A lost
one is sent again by whoever looks next.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING, Any

from ..conf import option
from ..control_database import on_commit
from ..models import Lane, MigrationRun
from ..models.clock import NowMs
from ..statuses import Status
from .leases import lease_ms, release_expired, with_claims

if TYPE_CHECKING:
    from celery import Celery

logger = logging.getLogger("migration_console")

RUN_SLICE = "migration_console.run_slice"
RUN_PREFLIGHT = "migration_console.run_preflight"
"""The names of the tasks; see tasks.py."""

# Drivers wait for a frozen broker for as long as the project lets them, and try
# several times (redis-py's own retries); a request does not.
SEND_SECONDS = 2.0
STUCK = "migration-console-stuck"

_under_way: list[threading.Thread] = []
_lock = threading.Lock()
# A fork of a worker's pool copies neither the threads nor who holds the lock.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release)
    os.register_at_fork(after_in_child=_lock.release)


def wake_soon(run: MigrationRun) -> None:
    """Wake a run of workers once the open transaction is committed."""
    if run.executor == MigrationRun.Executor.WORKERS:
        on_commit(lambda: wake(MigrationRun.objects.get(pk=run.pk)))


def wake_at_once(run: MigrationRun) -> None:
    """Wake lanes also that wait for a moment that was set before."""
    run.lanes.free().update(leased_until_ms=0)
    wake_soon(run)


def wake(run: MigrationRun) -> None:
    """Free dead lanes and send a slice for each that nobody serves.

    One that is not asked for any more is served only to settle what it left.
    """
    release_expired(run.pk)
    if run.status == Status.PAUSING:
        reach_pause(run)
        return
    lanes = list(run.lanes.due())
    if any(lane.number >= run.lane_count for lane in lanes):
        left = with_claims(run)
        lanes = [
            one for one in lanes if one.number < run.lane_count or one.number in left
        ]
    for lane in lanes:
        # Whoever moves the time sends: of many that look, one.
        won = Lane.objects.filter(
            pk=lane.pk,
            epoch=lane.epoch,
            is_leased=False,
            leased_until_ms=lane.leased_until_ms,
        ).update(leased_until_ms=NowMs() + lease_ms())
        if won:
            send(run.pk, lane.number, lane.epoch)


def reach_pause(run: MigrationRun) -> None:
    """Let a run that was told to pause be paused once no lane works."""
    if not run.lanes.filter(is_leased=True).exists():
        MigrationRun.objects.filter(pk=run.pk, status=Status.PAUSING).update(
            status=Status.PAUSED
        )


def send(run_id: int, number: int, epoch: int) -> None:
    """Enqueue a slice, within SEND_SECONDS or not at all."""
    what = f"slice not sent run={run_id} lane={number}"
    send_task(RUN_SLICE, (run_id, number, epoch), what)


def send_task(name: str, arguments: tuple[int, ...], what: str) -> None:
    """Enqueue a task, within SEND_SECONDS or not at all.

    ``what`` is logged where it is not sent.

    Without a broker, a later look sends it. While one message is stuck no other is
    tried: a page has many lanes, and none of them is to wait for a frozen broker.
    """
    app = celery_app()
    if app.conf.task_always_eager:
        _send(app, name, arguments, what)
        return
    sending = threading.Thread(
        target=_send, args=(app, name, arguments, what), daemon=True
    )
    with _lock:
        _under_way[:] = [one for one in _under_way if one.is_alive()]
        if any(one.name == STUCK for one in _under_way):
            logger.warning("%s: no answer", what)
            return
        _under_way.append(sending)
        sending.start()
    sending.join(SEND_SECONDS)
    if sending.is_alive():
        # It may still get through: of two copies one is taken.
        sending.name = STUCK
        logger.warning("%s: no answer yet", what)


def _send(app: Celery, name: str, arguments: tuple[int, ...], what: str) -> None:
    try:
        with app.producer_or_acquire() as producer:
            # Once: left to itself a connection that was never there is tried
            # for six seconds, for every lane.
            producer.connection.ensure_connection(max_retries=0)
            options: dict[str, Any] = {
                "queue": option("QUEUE"),
                "producer": producer,
                "retry": False,
                "ignore_result": True,
            }
            # The task belongs to whichever application the project runs. A site
            # has not loaded it, and sends it by its name.
            task = app.tasks.get(name)
            if task is None:
                app.send_task(name, arguments, **options)
            else:
                task.apply_async(arguments, **options)
    except Exception as error:
        logger.warning("%s: %s", what, type(error).__name__)


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
