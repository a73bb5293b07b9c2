"""The Celery application: `celery -A migration_console worker`.

It runs with the settings of whichever Django project it is started for, so it
has no default for DJANGO_SETTINGS_MODULE: a worker of the wrong project would
look into the wrong databases.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init
from django.core.exceptions import ImproperlyConfigured

if not os.environ.get("DJANGO_SETTINGS_MODULE"):
    raise ImproperlyConfigured(
        "DJANGO_SETTINGS_MODULE is not set: the worker does not know which"
        " project it works for. Start it as DJANGO_SETTINGS_MODULE=mysite.settings"
        " celery -A migration_console worker; for the project of this checkout it"
        " is migration_console.settings."
    )

app = Celery("migration_console")
app.config_from_object("django.conf:settings", namespace="CELERY")
# For a project whose settings say nothing of Celery.
app.add_defaults(
    {
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
