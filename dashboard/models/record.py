"""What every model of the console is: a row of the control database."""

from __future__ import annotations

from typing import TypeVar

from django.apps import apps
from django.db import models, router

Row = TypeVar("Row", bound=models.Model, covariant=True)


def control_alias() -> str:
    """Return the alias that the app's own tables lie in."""
    return router.db_for_write(apps.get_model("migration_console", "MigrationRun"))


class ControlManager(models.Manager[Row]):
    """Reads where is written: a project's router may send reads to a replica.

    What a guard asks has to be in the transaction that it guards.
    """

    def get_queryset(self) -> models.QuerySet[Row]:
        found = super().get_queryset()
        return found if self._db else found.using(control_alias())


class Record(models.Model):
    """A row of the control database, also when it is looked up by a foreign key."""

    class Meta:
        abstract = True
        base_manager_name = "objects"
