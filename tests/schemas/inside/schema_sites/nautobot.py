"""Nautobot by its own settings."""

from __future__ import annotations

import os

os.environ.setdefault("NAUTOBOT_ROOT", os.environ["SCHEMA_DIRECTORY"])

from nautobot.core.settings import *  # noqa: F403
from nautobot.core.settings import INSTALLED_APPS

from schema_sites.common import CONSOLE, DATABASES, SECRET_KEY  # noqa: F401

INSTALLED_APPS = [*INSTALLED_APPS, *CONSOLE]
# Its own is a Redis.
CACHES = {"default": {"BACKEND": "schema_sites.caches.PatternCache"}}
CONSTANCE_DATABASE_CACHE_BACKEND = None
