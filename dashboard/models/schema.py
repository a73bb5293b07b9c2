"""What of the destination's schema is off while a run loads."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .record import ControlManager, Record
from .run import MigrationRun
from .table import TableCopy


class SchemaObjectQuerySet(models.QuerySet["SchemaObject"]):
    def off(self) -> SchemaObjectQuerySet:
        """What is not in place as it was before the run, or may not be."""
        return self.filter(
            state__in=[SchemaObject.State.REMOVED, SchemaObject.State.NOT_VALID]
        )


class SchemaObject(Record):
    """An index, key, trigger or setting, recorded before it comes off."""

    class State(models.TextChoices):
        RECORDED = "recorded", _("Recorded")
        """In place, and may be taken off from now on."""
        REMOVED = "removed", _("Taken off")
        """Not in place at the moment."""
        RESTORED = "restored", _("Put back")
        """In place as before."""
        NOT_VALID = "not valid", _("Put back, not validated")
        """In place for new rows; existing rows were not proved."""

    run = models.ForeignKey(
        MigrationRun, on_delete=models.CASCADE, related_name="schema_objects"
    )
    table = models.ForeignKey(
        TableCopy,
        on_delete=models.CASCADE,
        related_name="schema_objects",
        null=True,
        blank=True,
    )
    # index, unique, foreign key, trigger or setting.
    object_type = models.CharField(max_length=12)
    name = models.CharField(max_length=255)
    definition = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default="recorded")
    # Why it could not be put back, when that was tried last.
    error = models.TextField(default="", blank=True)

    objects = ControlManager.from_queryset(SchemaObjectQuerySet)()

    class Meta(Record.Meta):
        ordering = ["run", "id"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
