"""What the settings of all projects have in common."""

from __future__ import annotations

import json
import os
from typing import Any

# Aliases and their DATABASES entries, as a JSON object.
DATABASES: dict[str, Any] = json.loads(os.environ["SCHEMA_DATABASES"])
SECRET_KEY = "for-a-test-and-long-enough-for-those-that-count-its-characters"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SITE_ID = 1
STATIC_URL = "static/"
ROOT_URLCONF = "schema_sites.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
# ForeignKey(unique=True)
SILENCED_SYSTEM_CHECKS = ["fields.W342"]
CONTRIB = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin",
    "django.contrib.sites",
    "django.contrib.staticfiles",
]
CONSOLE = ["dashboard"]


def ordered(apps: list[str]) -> list[str]:
    """The apps, in another order where the database is migrated so."""
    return apps[::-1] if os.environ.get("SCHEMA_ORDER") == "reversed" else apps
