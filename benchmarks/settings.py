"""The project's own settings and the tables of the benchmark."""

from __future__ import annotations

from migration_console.settings import *  # noqa: F403
from migration_console.settings import INSTALLED_APPS as PROJECT_APPS

INSTALLED_APPS = [*PROJECT_APPS, "benchmarks.pids"]
