"""What takes no part in a run: models without a table, tables without a model."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .record import ControlManager, Record
from .run import MigrationRun


class LeftOut(Record):
    """A model, or a table of either database, that a run does not touch."""

    class Reason(models.TextChoices):
        UNOWNED = "unowned", _("No model owns it")
        """A table of no model of this project, which may be chosen."""
        NOT_CHOSEN = "not chosen", _("Not chosen")
        EXCLUDED = "excluded", _("Excluded")
        DERIVED = "derived", _("Rebuilt, not copied")
        """Made of other rows, in a form of the engine's own."""
        VIEW = "view", _("Not a table")
        ABSENT = "absent", _("No table")
        """A model whose table is in neither database, or in one."""
        SWAPPED = "swapped", _("Replaced by another model")
        OWN = "own", _("Belongs to its database")
        """Migration Console's records, sessions, and what migrate remembers."""
        EXTENSION = "extension", _("Belongs to an extension")
        COLUMN = "column", _("No field reads it")
        """A column of a table that is copied."""
        SCHEMA = "schema", _("In another schema")
        """All tables of a schema that no model names."""

    run = models.ForeignKey(
        MigrationRun, on_delete=models.CASCADE, related_name="left_out"
    )
    model = models.CharField(max_length=255, default="", blank=True)
    table = models.CharField(max_length=255, default="", blank=True)
    reason = models.CharField(max_length=12, choices=Reason.choices)
    # A sentence, where the reason alone does not say it.
    why = models.TextField(default="", blank=True)
    # Null where there is no such table, or nobody may count it.
    source_rows = models.BigIntegerField(null=True, blank=True)
    source_rows_exact = models.BooleanField(default=True)
    destination_rows = models.BigIntegerField(null=True, blank=True)
    destination_rows_exact = models.BooleanField(default=True)

    objects = ControlManager()

    class Meta(Record.Meta):
        ordering = ["run", "id"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The model, or the table where there is none."""
        return self.model or self.table

    @property
    def label(self) -> str:
        """The reason in words."""
        return str(self.Reason(self.reason).label)
