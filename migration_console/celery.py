"""What `celery -A migration_console worker` loads.

It runs with the settings of whichever Django project it is started for, so it
has no default for DJANGO_SETTINGS_MODULE: a worker of the wrong project would
look into the wrong databases.
"""

from __future__ import annotations

import os
from importlib.util import find_spec

from django.core.exceptions import ImproperlyConfigured

if not os.environ.get("DJANGO_SETTINGS_MODULE"):
    raise ImproperlyConfigured(
        "DJANGO_SETTINGS_MODULE is not set: the worker does not know which"
        " project it works for. Start it as DJANGO_SETTINGS_MODULE=mysite.settings"
        " celery -A migration_console worker; for the project of this checkout it"
        " is migration_console.settings."
    )

# The app lies inside this package in a wheel, and beside it in a checkout.
if find_spec(f"{__package__}.dashboard"):
    from .dashboard.celery import app
else:
    from dashboard.celery import app

__all__ = ["app"]
