"""What a Celery worker does besides its tasks.

Its main process loads the engines before the pool forks, says every few seconds
that it is there, and looks for runs that stand still.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import Any

from celery.signals import celeryd_after_setup, worker_ready, worker_shutting_down
from django.db import connections

from .conf import option
from .control_database import close_connections, now_ms
from .models import Worker
from .runner.processes import process_name
from .runner.stalls import look, look_for_the_dead
from .transfer import backends

logger = logging.getLogger(__name__)

# How often processes of this host are looked for that died at work.
DEATHS_SECONDS = 2

FORGOTTEN_MS = 24 * 3600 * 1000


def report_presence(name: str) -> None:
    """Write down that a worker is there, and forget those of yesterday."""
    now = now_ms()
    if not Worker.objects.filter(name=name[:200]).update(seen_ms=now):
        Worker.objects.create(name=name[:200], seen_ms=now)
    Worker.objects.filter(seen_ms__lt=now - FORGOTTEN_MS).delete()


class StallWatcher(threading.Thread):
    """Looks every few seconds, in the worker's main process.

    A fork waits while a look has a database connection open, so that no
    child inherits one; the connection is closed at the end of every look.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name="migration-console-stalls", daemon=True)
        self._worker = name
        self._over = threading.Event()
        self._looking = threading.Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._looking.acquire,
                after_in_parent=self._looking.release,
                after_in_child=self._looking.release,
            )

    def stop(self) -> None:
        self._over.set()

    def run(self) -> None:
        next_look = 0.0
        while True:
            with self._looking:
                if time.monotonic() >= next_look:
                    next_look = time.monotonic() + option("LOOK_SECONDS")
                    self._report()
                    look()
                else:
                    look_for_the_dead()
                close_connections()
            if self._over.wait(min(option("LOOK_SECONDS"), DEATHS_SECONDS)):
                return

    def _report(self) -> None:
        try:
            report_presence(self._worker)
        except Exception as error:
            logger.warning("presence not reported: %s", type(error).__name__)
            close_connections()


_watchers: list[StallWatcher] = []


def _is_ours(app: Any) -> bool:
    """Whether the worker listens on the console's queue."""
    return option("QUEUE") in getattr(app.amqp.queues, "consume_from", {})


@celeryd_after_setup.connect
def _load_engines(instance: Any, **kwargs: Any) -> None:
    """Import engines before the pool forks, so that its processes share them."""
    if _is_ours(instance.app):
        backends.load({connection.vendor for connection in connections.all()})


@worker_ready.connect
def _start_watching(sender: Any = None, **kwargs: Any) -> None:
    if _is_ours(sender.app):
        watcher = StallWatcher(process_name())
        _watchers.append(watcher)
        watcher.start()


@worker_shutting_down.connect
def _stop_watching(**kwargs: Any) -> None:
    for watcher in _watchers:
        watcher.stop()
