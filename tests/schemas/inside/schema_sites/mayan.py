"""Mayan EDMS by its own settings."""

from __future__ import annotations

import os

os.environ.setdefault("MAYAN_MEDIA_ROOT", os.environ["SCHEMA_DIRECTORY"])

from mayan.settings.base import *  # noqa: F403
from mayan.settings.base import INSTALLED_APPS

from schema_sites.common import CONSOLE, DATABASES, SECRET_KEY  # noqa: F401

INSTALLED_APPS = [*INSTALLED_APPS, *CONSOLE]
