from __future__ import annotations

from django.contrib import admin

from ..models import MigrationRun
from .runs import MigrationRunAdmin

__all__ = ["MigrationRunAdmin"]

admin.site.register(MigrationRun, MigrationRunAdmin)
