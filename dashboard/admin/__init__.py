from __future__ import annotations

from django.contrib import admin

from dashboard.models import MigrationRun

from .runs import MigrationRunAdmin

__all__ = ["MigrationRunAdmin"]

admin.site.register(MigrationRun, MigrationRunAdmin)
