"""The audit of a run: who asked for what, from where, and what became of it."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models

from ..statuses import Status
from .record import ControlManager, Record
from .run import MigrationRun


class EventQuerySet(models.QuerySet["Event"]):
    """Events are added and read, and neither changed nor taken away."""

    def update(self, **changes: Any) -> NoReturn:
        """Refuse: raises TypeError."""
        raise TypeError("Events are never changed.")

    def delete(self) -> NoReturn:
        """Refuse: raises TypeError."""
        raise TypeError("Events go with their run only.")


class Event(Record):
    """One request or one end; it names people, so it outlives their accounts."""

    run = models.ForeignKey(
        MigrationRun, on_delete=models.CASCADE, related_name="events"
    )
    at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=150, default="", blank=True)
    # Of the request: an IP address, or the name of a terminal's host.
    address = models.CharField(max_length=255, default="", blank=True)
    was = models.CharField(
        max_length=12, choices=Status.choices, default="", blank=True
    )
    status = models.CharField(max_length=12, choices=Status.choices)
    message = models.CharField(max_length=500)
    plan_hash = models.CharField(max_length=64, default="", blank=True)
    # How many rows of each table may be deleted, by the tables' names.
    confirmed = models.JSONField(default=dict, blank=True)

    objects = ControlManager.from_queryset(EventQuerySet)()

    class Meta(Record.Meta):
        ordering = ["run", "id"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.message

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the event. Raises TypeError for one that is there already."""
        if not self._state.adding:
            raise TypeError("Events are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: raises TypeError."""
        raise TypeError("Events go with their run only.")
