"""A plan that is kept by its name: what was chosen, to be run again."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .record import ControlManager, Record


class NamedPlan(Record):
    """What a run is described with, kept for the next one.

    Nothing of it is checked before it is run: the project and its databases change.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    source = models.CharField(_("source"), max_length=100)
    destination = models.CharField(_("destination"), max_length=100)
    # What was chosen, by the names of a run's fields.
    choices = models.JSONField(default=dict)
    # Names, not foreign keys: users may themselves be replaced by a run.
    created_by = models.CharField(max_length=150, default="", blank=True)
    changed_by = models.CharField(max_length=150, default="", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = ControlManager()

    class Meta(Record.Meta):
        ordering = ["name"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
