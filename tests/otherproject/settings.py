"""A project of somebody else: its own users, no time zones, no admin."""

from __future__ import annotations

import json
import os

DATABASES = json.loads(os.environ["MIGRATION_CONSOLE_DATABASES"])
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "dashboard",
    "tests.otherproject.people",
]
AUTH_USER_MODEL = "people.Person"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
SECRET_KEY = "for-a-test"
USE_TZ = False
TIME_ZONE = "America/New_York"
