from __future__ import annotations

from django.apps import AppConfig


class PidsConfig(AppConfig):
    name = "benchmarks.pids"
    label = "pids"
    verbose_name = "Benchmark tables"
    default_auto_field = "django.db.models.BigAutoField"
