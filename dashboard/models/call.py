"""A call of one of the project's management commands, for a run.

Times are milliseconds of the control database's clock.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .record import ControlManager, Record
from .run import MigrationRun


class CommandCallQuerySet(models.QuerySet["CommandCall"]):
    def in_doubt(self) -> CommandCallQuerySet:
        """Begun, and nobody knows how they ended."""
        states = [CommandCall.State.RUNNING, CommandCall.State.UNKNOWN]
        return self.filter(state__in=states)

    def undone(self) -> CommandCallQuerySet:
        """Neither done nor taken as done."""
        return self.exclude(state__in=[CommandCall.State.DONE, CommandCall.State.TAKEN])


class CommandCall(Record):
    """One command of a run, before or after it, and what came of it.

    ``head`` and ``tail`` are what it wrote: shown to those who may see it, and to
    nobody else.
    """

    class When(models.TextChoices):
        BEFORE = "before", _("before")
        AFTER = "after", _("after")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        STOPPED = "stopped", _("Stopped")
        """Ended because its run was cancelled."""
        UNKNOWN = "unknown", _("Unknown, it may have run")
        """Its worker died meanwhile; it is not called again by itself."""
        TAKEN = "taken", _("Taken as done")
        """Somebody says that nothing of it is left to do."""

    run = models.ForeignKey(
        MigrationRun, on_delete=models.CASCADE, related_name="calls"
    )
    when = models.CharField(max_length=10, choices=When.choices)
    position = models.PositiveSmallIntegerField()
    # The name in the setting, and the words that it stood for when it was planned.
    name = models.CharField(max_length=100)
    words = models.JSONField(default=list)
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.WAITING
    )
    # How often it was begun.
    calls = models.PositiveSmallIntegerField(default=0)
    started_ms = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)
    # As a shell says it; None where a signal ended it, or nothing has.
    exit_code = models.PositiveSmallIntegerField(null=True, blank=True)
    head = models.TextField(default="", blank=True)
    tail = models.TextField(default="", blank=True)
    # All that it wrote, and how much of it stands in neither.
    output_bytes = models.BigIntegerField(default=0)
    left_out_bytes = models.BigIntegerField(default=0)
    error = models.TextField(default="", blank=True)

    objects = ControlManager.from_queryset(CommandCallQuerySet)()

    class Meta(Record.Meta):
        ordering = ["run", "id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["run", "when", "position"], name="migration_console_one_call"
            )
        ]

    def __str__(self) -> str:
        return self.name
