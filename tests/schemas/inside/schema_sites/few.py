"""A few reusable apps with few migrations, for every commit."""

from __future__ import annotations

from schema_sites.common import *  # noqa: F403
from schema_sites.common import CONSOLE, CONTRIB, ordered

INSTALLED_APPS = ordered(
    [
        *CONTRIB,
        "constance",
        "django_otp",
        "django_otp.plugins.otp_static",
        "guardian",
        "push_notifications",
        "rest_framework.authtoken",
        "reversion",
        "taggit",
        "waffle",
        *CONSOLE,
    ]
)
CONSTANCE_BACKEND = "constance.backends.database.DatabaseBackend"
CONSTANCE_CONFIG = {"ANSWER": (42, "a number")}
