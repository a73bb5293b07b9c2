"""pretix by its own settings."""

from __future__ import annotations

import os

os.environ.setdefault("PRETIX_DATABASE_BACKEND", "sqlite3")
os.environ.setdefault("PRETIX_PRETIX_DATADIR", os.environ["SCHEMA_DIRECTORY"])

from pretix.settings import *  # noqa: F403
from pretix.settings import INSTALLED_APPS

from schema_sites.common import CONSOLE, DATABASES  # noqa: F401

INSTALLED_APPS = [*INSTALLED_APPS, *CONSOLE]
