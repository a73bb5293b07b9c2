"""The work of a run: lanes, and the chunks and steps that they claim.

Times are milliseconds of the control database's clock.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..statuses import Phase
from .clock import NowMs
from .record import ControlManager, Record
from .run import MigrationRun
from .table import TableCopy


class ChunkQuerySet(models.QuerySet["Chunk"]):
    def of(self, run: MigrationRun) -> ChunkQuerySet:
        return self.filter(table__run=run)

    def ready(self) -> ChunkQuerySet:
        """Given back, and due to be tried again."""
        return self.filter(state=Chunk.State.WAITING, not_before_ms__lte=NowMs())

    def claimed(self) -> ChunkQuerySet:
        """A lane works on it, or died doing so."""
        return self.filter(state=Chunk.State.CLAIMED)

    def copied(self) -> ChunkQuerySet:
        return self.filter(state=Chunk.State.COPIED)

    def unsettled(self) -> ChunkQuerySet:
        """Given up by a dead lane, and whether they are copied is not known."""
        return self.filter(state=Chunk.State.UNSETTLED)

    def left_by(self, lane: int, epoch: int) -> ChunkQuerySet:
        """Claimed by earlier holders of a lane than that of the epoch."""
        return self.claimed().filter(lane=lane).exclude(epoch=epoch)


class Chunk(Record):
    """The key range ``(lower, upper]`` of one table; None is open-ended."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        """Given back, to be taken again after not_before_ms."""
        CLAIMED = "claimed", _("Claimed")
        """A lane works on it, or died doing so."""
        COPIED = "copied", _("Copied")
        """Its receipt and its rows are committed in the destination."""
        FAILED = "failed", _("Failed")
        """Tried as often as allowed."""
        VOID = "void", _("Void")
        """Split into smaller ones; its receipt can no longer be taken."""
        UNSETTLED = "unsettled", _("Unsettled")
        """Its worker is gone, and nobody could look up whether it is copied."""

    table = models.ForeignKey(
        TableCopy, on_delete=models.CASCADE, related_name="chunks"
    )
    number = models.PositiveIntegerField()
    lower = models.JSONField(null=True, blank=True)
    upper = models.JSONField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default="claimed")
    lane = models.PositiveSmallIntegerField(default=0)
    epoch = models.PositiveIntegerField(default=0)
    # Tried itself, and failed; a server that was away is no attempt.
    attempts = models.PositiveSmallIntegerField(default=0)
    # Workers that died, and connections that broke, while it was in hand.
    deaths = models.PositiveSmallIntegerField(default=0)
    breaks = models.PositiveSmallIntegerField(default=0)
    not_before_ms = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    # What became of its rows in a table that is merged into, see transfer/merged.py.
    merged = models.JSONField(default=dict, blank=True)
    # What it took to find the upper bound, and to copy.
    cut_seconds = models.FloatField(default=0)
    copy_seconds = models.FloatField(default=0)
    started_ms = models.BigIntegerField(default=0)
    finished_ms = models.BigIntegerField(default=0)
    error = models.TextField(default="", blank=True)

    objects = ControlManager.from_queryset(ChunkQuerySet)()

    class Meta(Record.Meta):
        ordering = ["table", "number"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["table", "number"], name="migration_console_one_chunk"
            )
        ]
        indexes = [
            models.Index(
                fields=["table", "state"], name="migration_console_chunk_state"
            ),
            models.Index(fields=["finished_ms"], name="migration_console_chunk_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.table_id}.{self.number}"


class StepQuerySet(models.QuerySet["Step"]):
    def ready(self) -> StepQuerySet:
        """Waiting, and due."""
        return self.filter(state=Step.State.WAITING, not_before_ms__lte=NowMs())

    def claimed(self) -> StepQuerySet:
        """A lane works on it, or died doing so."""
        return self.filter(state=Step.State.CLAIMED)

    def unfinished(self) -> StepQuerySet:
        """Neither done nor given up."""
        return self.exclude(state__in=[Step.State.DONE, Step.State.FAILED])

    def left_by(self, lane: int, epoch: int) -> StepQuerySet:
        """Claimed by earlier holders of a lane than that of the epoch."""
        return self.claimed().filter(lane=lane).exclude(epoch=epoch)


class Step(Record):
    """A piece of work that is not a chunk: emptying, an index, a comparison.

    Steps of one phase run stage by stage; steps of one stage run side by side.
    """

    class Action(models.TextChoices):
        OPEN = "open", _("Make the receipts table")
        REMOVE_KEYS = "remove keys", _("Take off foreign keys")
        REMOVE_TRIGGERS = "remove triggers", _("Take off triggers")
        EMPTY = "empty", _("Empty")
        MEASURE = "measure", _("Sum up what is there before the merge")
        RESERVE = "reserve keys", _("Take numbers for rows under new keys")
        REMOVE_INDEXES = "remove indexes", _("Take off indexes and settings")
        REPLACE = "replace", _("Replace users, groups and content types")
        RESTORE_INDEX = "restore index", _("Put back index")
        ADD_KEYS = "add keys", _("Put back foreign keys, not validated yet")
        RESTORE_KEY = "restore key", _("Put back foreign key")
        RESTORE_SETTINGS = "restore settings", _("Put back settings")
        RESTORE_TRIGGERS = "restore triggers", _("Put back triggers")
        SEQUENCE = "sequence", _("Set sequences")
        ANALYZE = "analyze", _("Refresh statistics")
        PROVE_KEYS = "prove keys", _("Prove foreign keys")
        CLOSE = "close", _("Drop the receipts table")
        COMPARE = "compare", _("Compare")
        COMMAND = "command", _("Command")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        CLAIMED = "claimed", _("Claimed")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    run = models.ForeignKey(
        MigrationRun, on_delete=models.CASCADE, related_name="steps"
    )
    table = models.ForeignKey(
        TableCopy,
        on_delete=models.CASCADE,
        related_name="steps",
        null=True,
        blank=True,
    )
    phase = models.CharField(max_length=12, choices=Phase.choices)
    stage = models.PositiveSmallIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    action = models.CharField(max_length=16, choices=Action.choices)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default="waiting")
    lane = models.PositiveSmallIntegerField(default=0)
    epoch = models.PositiveIntegerField(default=0)
    # Tried itself, and failed; a server that was away is no attempt.
    attempts = models.PositiveSmallIntegerField(default=0)
    # Workers that died, and connections that broke, while it was in hand.
    deaths = models.PositiveSmallIntegerField(default=0)
    breaks = models.PositiveSmallIntegerField(default=0)
    not_before_ms = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)
    error = models.TextField(default="", blank=True)

    objects = ControlManager.from_queryset(StepQuerySet)()

    class Meta(Record.Meta):
        ordering = ["run", "id"]
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["run", "phase", "state"], name="migration_console_step_state"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.table or ''}".strip()


class LaneQuerySet(models.QuerySet["Lane"]):
    def leased(self) -> LaneQuerySet:
        """Held by somebody whose lease has not run out."""
        return self.filter(is_leased=True, leased_until_ms__gt=NowMs())

    def expired(self) -> LaneQuerySet:
        """Held by somebody who has not renewed the lease: taken for dead."""
        return self.filter(is_leased=True, leased_until_ms__lt=NowMs())

    def free(self) -> LaneQuerySet:
        return self.filter(is_leased=False)

    def due(self) -> LaneQuerySet:
        """Free, and not about to be taken by whoever was woken last."""
        return self.free().filter(leased_until_ms__lte=NowMs())


class Lane(Record):
    """A strand of work. Whoever holds its newest epoch may work for it."""

    run = models.ForeignKey(
        MigrationRun, on_delete=models.CASCADE, related_name="lanes"
    )
    number = models.PositiveSmallIntegerField()
    epoch = models.PositiveIntegerField(default=0)
    is_leased = models.BooleanField(default=False)
    # Until then nobody else touches the lane.
    leased_until_ms = models.BigIntegerField(default=0)
    leased_by = models.CharField(max_length=200, default="", blank=True)
    # What its holder waits for in the middle of a piece: a server, a lock.
    waiting_for = models.TextField(default="", blank=True)
    # Why its holder begins no piece: what the project's throttle has answered.
    rests_for = models.CharField(max_length=400, default="", blank=True)

    objects = ControlManager.from_queryset(LaneQuerySet)()

    class Meta(Record.Meta):
        ordering = ["run", "number"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["run", "number"], name="migration_console_one_lane"
            )
        ]

    def __str__(self) -> str:
        return f"{self.run_id}.{self.number}"


class Abstention(Record):
    """A process that leaves a run to others, and why it cannot work for it."""

    run = models.ForeignKey(
        MigrationRun, on_delete=models.CASCADE, related_name="abstentions"
    )
    process = models.CharField(max_length=200)
    reason = models.TextField()
    remedy = models.TextField(default="", blank=True)
    # When it last found that it cannot.
    seen_ms = models.BigIntegerField(default=0)

    objects = ControlManager()

    class Meta(Record.Meta):
        ordering = ["run", "id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["run", "process"], name="migration_console_one_abstention"
            )
        ]

    def __str__(self) -> str:
        return self.process


class WorkerQuerySet(models.QuerySet["Worker"]):
    def present(self) -> WorkerQuerySet:
        """Workers that have been heard of lately."""
        return self.filter(seen_ms__gte=NowMs() - Worker.SILENT_MS)


class Worker(Record):
    """A Celery worker that listens on the queue, by its last sign of life."""

    # One that has said nothing for so many milliseconds is taken for gone.
    SILENT_MS = 30_000

    name = models.CharField(max_length=200, unique=True)
    seen_ms = models.BigIntegerField(default=0)

    objects = ControlManager.from_queryset(WorkerQuerySet)()

    class Meta(Record.Meta):
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
