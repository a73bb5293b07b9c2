"""What a worker is asked to do for a run before its start: the checks, a dry run.

Times are milliseconds of the control database's clock.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .record import ControlManager, Record
from .run import MigrationRun


class PreflightQuerySet(models.QuerySet["Preflight"]):
    def waiting(self) -> PreflightQuerySet:
        """Asked for, and no worker has begun."""
        return self.filter(state=Preflight.State.WAITING)

    def working(self) -> PreflightQuerySet:
        """A worker is at it, or died doing so."""
        return self.filter(state=Preflight.State.WORKING)

    def open(self) -> PreflightQuerySet:
        """Neither done nor stopped."""
        return self.filter(state__in=[Preflight.State.WAITING, Preflight.State.WORKING])


class Preflight(Record):
    """The checks or the dry run of a run, asked of the workers; one row of each kind.

    ``number`` is how often it was asked: whoever has an older one says nothing.
    """

    class Kind(models.TextChoices):
        CHECKS = "checks", _("Checks")
        DRY_RUN = "dry run", _("Dry run")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        """No worker has begun."""
        WORKING = "working", _("Working")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")
        """Ended before it was finished; the error says why."""

    class Stage(models.TextChoices):
        CONNECTIONS = "connections", _("Connections")
        TABLES = "tables", _("Tables and columns")
        ROWS = "rows", _("Rows in the destination")
        REFERENCES = "references", _("References")
        ORPHANS = "orphans", _("Orphans")
        VALUES = "values", _("Values")
        TOGETHER = "together", _("Keys and CHECKs")
        TRYING = "trying", _("First rows of every table")

    run = models.ForeignKey(
        MigrationRun, on_delete=models.CASCADE, related_name="preflights"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    number = models.PositiveIntegerField(default=0)
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.WAITING
    )
    # A name: users may themselves be replaced by the run.
    asked_by = models.CharField(max_length=150, default="", blank=True)
    asked_ms = models.BigIntegerField(default=0)
    # When a call was sent last; one that is lost is sent again.
    sent_ms = models.BigIntegerField(default=0)
    began_ms = models.BigIntegerField(default=0)
    alive_ms = models.BigIntegerField(default=0)
    ended_ms = models.BigIntegerField(default=0)
    # The process that is at it, as runner/processes.py marks it.
    taken_by = models.CharField(max_length=200, default="", blank=True)
    # How far it is: which check, at which table, of how many tables.
    stage = models.CharField(
        max_length=12, choices=Stage.choices, default="", blank=True
    )
    table = models.CharField(max_length=255, default="", blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    # The plan that a dry run tried; its result is of no other.
    plan_hash = models.CharField(max_length=64, default="", blank=True)
    error = models.TextField(default="", blank=True)
    remedy = models.TextField(default="", blank=True)

    objects = ControlManager.from_queryset(PreflightQuerySet)()

    class Meta(Record.Meta):
        ordering = ["run", "kind"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["run", "kind"], name="migration_console_one_preflight"
            )
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.kind}"

    @property
    def is_open(self) -> bool:
        """Whether it waits for a worker, or one is at it."""
        return self.state in (self.State.WAITING, self.State.WORKING)

    @property
    def known_stage(self) -> Stage | None:
        """The check it is at; None before the first, and for one of other versions."""
        return self.Stage(self.stage) if self.stage in self.Stage.values else None
