from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MigrationConsoleConfig(AppConfig):
    """The app, as ``dashboard`` in a checkout and inside another package in a wheel."""

    name = __name__.rpartition(".")[0]
    label = "migration_console"
    verbose_name = _("Migration Console")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Registers the system checks and what follows a changed setting. Tasks
        # are found by Celery where it runs; a command need not import it.
        from . import checks, conf, deploy_checks  # noqa: F401
