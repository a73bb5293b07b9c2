from __future__ import annotations

from django.apps import AppConfig


class MigrationConsoleConfig(AppConfig):
    """Makes the Celery application known wherever Django runs.

    Pages and commands send tasks too; without an application of the project's
    own they would send them to Celery's default broker.
    """

    name = "migration_console"
    verbose_name = "Migration Console's Celery application"

    def ready(self) -> None:
        from migration_console import celery  # noqa: F401
