"""Celery tasks, and the worker's own look at runs that stand still."""

from __future__ import annotations

import os
import socket
import threading
from typing import Any

from celery import shared_task
from celery.signals import celeryd_after_setup, worker_ready, worker_shutting_down
from django.db import connections

from .conf import option
from .transfer import backends

LIMIT_SECONDS = 30 * 24 * 3600


@shared_task(
    name="migration_console.run_slice",
    # Acknowledged when done, and given back when the process is killed: a
    # slice is safe to run twice and must not vanish.
    acks_late=True,
    reject_on_worker_lost=True,
    ignore_result=True,
    # A retry is the database's decision, not the broker's.
    acks_on_failure_or_timeout=True,
    # In seconds: no limit in fact. An index of hours is one statement; leases
    # and receipts, not the clock, keep a slice from doing harm. Given here,
    # a project's own limits, made for its short tasks, do not end it.
    time_limit=LIMIT_SECONDS,
    soft_time_limit=LIMIT_SECONDS,
)
def run_slice(run_id: int, number: int, epoch: int) -> str:
    """Work for a lane for some tens of seconds and hand over.

    Arguments are numbers of rows only: they lie in Redis for all to read.
    """
    from .models import Lane, MigrationRun
    from .runner.slices import Outcome, work
    from .runner.watch import send

    run = MigrationRun.objects.filter(pk=run_id).first()
    if run is None or not run.is_active or run.origin != MigrationRun.Origin.WORKERS:
        return Outcome.LOST.value
    outcome = work(run_id, number, epoch, option("SLICE_SECONDS"))
    if outcome in (Outcome.MORE, Outcome.WAIT):
        lane = Lane.objects.get(run=run_id, number=number)
        if not lane.held:
            send(run_id, number, lane.epoch)
    return outcome.value


class _Watchman(threading.Thread):
    """Looks every few seconds, in the worker's main process.

    A fork waits while a look has a database connection open, so that no
    child inherits one; the connection is closed at the end of every look.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name="migration-console-watchman", daemon=True)
        self._worker = name
        self._over = threading.Event()
        self._looking = threading.Lock()
        os.register_at_fork(
            before=self._looking.acquire,
            after_in_parent=self._looking.release,
            after_in_child=self._looking.release,
        )

    def stop(self) -> None:
        self._over.set()

    def run(self) -> None:
        from .runner.watch import look

        while True:
            with self._looking:
                self._beat()
                look()
                connections.close_all()
            if self._over.wait(option("LOOK_SECONDS")):
                return

    def _beat(self) -> None:
        from .runner.watch import beat

        try:
            beat(self._worker)
        except Exception:
            connections.close_all()


_watchmen: list[_Watchman] = []


def _is_served(app: Any) -> bool:
    return option("QUEUE") in getattr(app.amqp.queues, "consume_from", {})


@celeryd_after_setup.connect
def _load_engines(instance: Any, **kwargs: Any) -> None:
    """Import engines before the pool forks, so that its processes share them."""
    if _is_served(instance.app):
        backends.load({connection.vendor for connection in connections.all()})


@worker_ready.connect
def _watch(sender: Any = None, **kwargs: Any) -> None:
    if _is_served(sender.app):
        watchman = _Watchman(f"{socket.gethostname()}:{os.getpid()}")
        _watchmen.append(watchman)
        watchman.start()


@worker_shutting_down.connect
def _unwatch(**kwargs: Any) -> None:
    for watchman in _watchmen:
        watchman.stop()
