"""The pages of migration runs in the Django admin."""

from __future__ import annotations

from django.contrib import admin

from ..models import MigrationRun
from .model_admin import MigrationRunAdmin

__all__ = ["MigrationRunAdmin"]

admin.site.register(MigrationRun, MigrationRunAdmin)
