"""The console's own Celery application, for a project that has none.

It takes its settings from the Django project that it is imported in, and gives
defaults to one that says nothing of Celery.
"""

from __future__ import annotations

from typing import Any

from celery import Celery
from celery.signals import celeryd_init

app = Celery("migration_console")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.add_defaults(
    lambda: {
        "task_default_queue": "migration_console",
        "worker_prefetch_multiplier": 1,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
    }
)
app.autodiscover_tasks()
# For all threads: a site's requests are not served by the one that imports this.
app.set_default()


@celeryd_init.connect
def drop_publisher_timeout(conf: Any = None, **kwargs: Any) -> None:
    """Let a worker wait for a slow Redis instead of losing an acknowledgement."""
    options = dict(conf.broker_transport_options or {})
    if options.pop("socket_timeout", None) is not None:
        conf.broker_transport_options = options
