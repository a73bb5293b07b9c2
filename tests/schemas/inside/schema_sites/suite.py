"""Every model of Django's own test suite."""

from __future__ import annotations

import os
from pathlib import Path

from schema_sites.common import *  # noqa: F403
from schema_sites.common import CONSOLE, CONTRIB, ordered

TESTS = Path(os.environ["SCHEMA_SOURCES"], "tests")
# Spatial models need libraries; the others are made to fail when imported.
NOT_APPS = {"gis_tests", "import_error_package", "test_runner_apps"}
PARTS = os.environ.get("SCHEMA_PARTS")

INSTALLED_APPS = ordered(
    [
        *(app for app in CONTRIB if app != "django.contrib.admin"),
        # One of the modules fails when the admin looks for it.
        "django.contrib.admin.apps.SimpleAdminConfig",
        "django.contrib.flatpages",
        "django.contrib.redirects",
        *sorted(
            path.parent.name
            for path in TESTS.glob("*/__init__.py")
            if path.parent.name not in NOT_APPS
            and (not PARTS or path.parent.name in PARTS.split())
        ),
        *CONSOLE,
    ]
)
MIGRATION_MODULES = {"auth": None, "contenttypes": None, "sessions": None}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
