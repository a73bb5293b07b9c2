"""The project's own settings and the tables of the benchmark."""

from __future__ import annotations

import os

from benchmarks.many.plan import TABLES_VARIABLE
from migration_console.settings import *  # noqa: F403
from migration_console.settings import INSTALLED_APPS as PROJECT_APPS

INSTALLED_APPS = [*PROJECT_APPS, "benchmarks.pids"]
BENCHMARK_TABLES = int(os.environ.get(TABLES_VARIABLE, "0"))
if BENCHMARK_TABLES:
    # A thousand models more would cost every other shape its start-up.
    INSTALLED_APPS.append("benchmarks.many")
