"""What is remembered of a run. Times of leases are database milliseconds."""

from __future__ import annotations

import uuid

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .lifecycle import ACTIVE, ENDED, HOLDING, Phase, Status, Verdict


class MigrationRun(models.Model):
    """One copy, or one comparison, of a source into a destination."""

    class Kind(models.TextChoices):
        COPY = "copy", _("Copy")
        """Copies, then compares as far as was asked for."""
        COMPARE = "compare", _("Comparison")
        """Compares alone and writes nothing into the destination."""

    class Origin(models.TextChoices):
        WORKERS = "workers", _("Celery workers")
        """Slices are Celery tasks; any worker may take them."""
        TERMINAL = "terminal", _("Terminal")
        """The command does the work itself; workers leave it alone."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.COPY)
    origin = models.CharField(
        max_length=10, choices=Origin.choices, default=Origin.WORKERS
    )
    source = models.CharField(_("source"), max_length=100)
    destination = models.CharField(_("destination"), max_length=100)
    status = models.CharField(
        _("status"), max_length=12, choices=Status.choices, default=Status.DRAFT
    )
    phase = models.CharField(
        _("phase"), max_length=12, choices=Phase.choices, default="", blank=True
    )
    verdict = models.CharField(
        _("verdict"), max_length=16, choices=Verdict.choices, default="", blank=True
    )
    # The request: labels, exclude, empty, verify, lanes, chunk_rows.
    options = models.JSONField(default=dict)
    # The format of TableCopy.plan; a worker refuses one that it does not know.
    plan_version = models.PositiveSmallIntegerField(default=1)
    # What a confirmation is bound to.
    plan_hash = models.CharField(max_length=64, default="", blank=True)
    destination_identity = models.CharField(max_length=255, default="", blank=True)
    # Names, not foreign keys: users may themselves be replaced by the run.
    created_by = models.CharField(max_length=150, default="", blank=True)
    started_by = models.CharField(max_length=150, default="", blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    # The last sign of work, in milliseconds of the control database's clock.
    alive_at = models.BigIntegerField(default=0)
    error = models.TextField(default="", blank=True)
    remedy = models.TextField(default="", blank=True)

    class Meta:
        verbose_name = _("migration run")
        verbose_name_plural = _("migration runs")
        ordering = ["-id"]
        default_permissions = ("view",)
        permissions = [
            ("start_migrationrun", _("Can plan and start migration runs")),
            ("control_migrationrun", _("Can pause, resume, cancel and retry runs")),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.destination} ({self.pk})"

    def get_absolute_url(self) -> str:
        return reverse("admin:migration_console_migrationrun_change", args=[self.pk])

    @property
    def receipts_table(self) -> str:
        """The name of this run's receipts table in the destination."""
        return f"migration_console_receipts_{self.uuid.hex}"

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def is_ended(self) -> bool:
        return self.status in ENDED

    @property
    def is_failing(self) -> bool:
        """Whether the run is on its way to an end that nobody wished for."""
        return bool(self.error) or self.status == Status.CANCELLING

    @property
    def is_holding(self) -> bool:
        return self.status in HOLDING


class DestinationHold(models.Model):
    """A run's claim on a destination: the unique key lets one run in.

    A plain unique key, because a partial one does not exist on MySQL.
    """

    identity = models.CharField(max_length=255, unique=True)
    run = models.OneToOneField(
        MigrationRun, on_delete=models.CASCADE, related_name="hold"
    )

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.identity


class TableCopy(models.Model):
    """One table of a run: its frozen plan, its frontier and its outcome."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        """No row has been copied."""
        COPYING = "copying", _("Copying")
        """Some chunks are copied."""
        COPIED = "copied", _("Copied")
        """Every chunk is copied."""
        FAILED = "failed", _("Failed")
        """A chunk could not be copied; the error says which and why."""

    run = models.ForeignKey(
        MigrationRun, on_delete=models.CASCADE, related_name="tables"
    )
    position = models.PositiveIntegerField()
    model = models.CharField(max_length=255)
    table = models.CharField(max_length=255)
    plan = models.JSONField(default=dict)
    route = models.CharField(max_length=10, default="text")
    route_reason = models.CharField(max_length=255, default="", blank=True)
    # Replaced after all others in one transaction: users and their like.
    late = models.BooleanField(default=False)
    # Loaded by one lane at a time.
    single = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default="waiting")
    # Rows in the destination before the run.
    rows_before = models.BigIntegerField(null=True, blank=True)
    before_exact = models.BooleanField(default=True)
    rows_total = models.BigIntegerField(default=0)
    total_exact = models.BooleanField(default=False)
    bytes_total = models.BigIntegerField(null=True, blank=True)
    rows_copied = models.BigIntegerField(default=0)
    bytes_copied = models.BigIntegerField(default=0)
    # The upper bound of the last chunk that was given out.
    last_key = models.JSONField(null=True, blank=True)
    # Counts the moves of last_key: a lane moves it only from what it saw.
    frontier = models.PositiveIntegerField(default=0)
    exhausted = models.BooleanField(default=False)
    chunk_rows = models.PositiveIntegerField(default=2_000)
    # The last range that was cut by a stride held far fewer rows than it should:
    # the next one is counted off.
    stride_missed = models.BooleanField(default=False)
    source_rows = models.BigIntegerField(null=True, blank=True)
    destination_rows = models.BigIntegerField(null=True, blank=True)
    verdict = models.CharField(
        max_length=16, choices=Verdict.choices, default="", blank=True
    )
    verdict_reason = models.CharField(max_length=500, default="", blank=True)
    differences_count = models.PositiveIntegerField(default=0)
    rows_compared = models.BigIntegerField(default=0)
    copy_seconds = models.FloatField(default=0)
    verify_seconds = models.FloatField(default=0)
    error = models.TextField(default="", blank=True)

    class Meta:
        ordering = ["run", "position"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["run", "table"], name="migration_console_one_copy"
            )
        ]

    def __str__(self) -> str:
        return self.model


class Chunk(models.Model):
    """The key range ``(lower, upper]`` of one table; None is open-ended."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        """Given back, to be taken again after not_before."""
        CLAIMED = "claimed", _("Claimed")
        """A lane works on it, or died doing so."""
        COPIED = "copied", _("Copied")
        """Its receipt and its rows are committed in the destination."""
        FAILED = "failed", _("Failed")
        """Tried as often as allowed."""
        VOID = "void", _("Void")
        """Split into smaller ones; its receipt can no longer be taken."""

    table = models.ForeignKey(
        TableCopy, on_delete=models.CASCADE, related_name="chunks"
    )
    number = models.PositiveIntegerField()
    lower = models.JSONField(null=True, blank=True)
    upper = models.JSONField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default="claimed")
    lane = models.PositiveSmallIntegerField(default=0)
    epoch = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    bound_seconds = models.FloatField(default=0)
    copy_seconds = models.FloatField(default=0)
    started_at = models.BigIntegerField(default=0)
    finished_at = models.BigIntegerField(default=0)
    error = models.TextField(default="", blank=True)

    class Meta:
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
            models.Index(fields=["finished_at"], name="migration_console_chunk_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.table_id}.{self.number}"


class Step(models.Model):
    """A piece of work that is not a chunk: emptying, an index, a comparison.

    Steps of one phase run stage by stage; steps of one stage run side by side.
    """

    class Kind(models.TextChoices):
        OPEN = "open", _("Make the receipts table")
        REMOVE_KEYS = "remove keys", _("Take off foreign keys")
        EMPTY = "empty", _("Empty")
        REMOVE_INDEXES = "remove indexes", _("Take off indexes and settings")
        REPLACE = "replace", _("Replace users, groups and content types")
        RESTORE_INDEX = "restore index", _("Put back index")
        ADD_KEYS = "add keys", _("Put back foreign keys, not validated yet")
        RESTORE_KEY = "restore key", _("Put back foreign key")
        RESTORE_SETTINGS = "restore settings", _("Put back settings")
        SEQUENCE = "sequence", _("Set sequences")
        ANALYZE = "analyze", _("Refresh statistics")
        PROVE_KEYS = "prove keys", _("Prove foreign keys")
        CLOSE = "close", _("Drop the receipts table")
        COMPARE = "compare", _("Compare")

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
    kind = models.CharField(max_length=16, choices=Kind.choices)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default="waiting")
    lane = models.PositiveSmallIntegerField(default=0)
    epoch = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)
    error = models.TextField(default="", blank=True)

    class Meta:
        ordering = ["run", "id"]
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["run", "phase", "state"], name="migration_console_step_state"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.table or ''}".strip()


class SchemaObject(models.Model):
    """An index or a key of the destination, recorded before it is taken off."""

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
    kind = models.CharField(max_length=12)
    name = models.CharField(max_length=255)
    definition = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default="recorded")

    class Meta:
        ordering = ["run", "id"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class Lane(models.Model):
    """A strand of work. Whoever holds its newest epoch may work for it."""

    run = models.ForeignKey(
        MigrationRun, on_delete=models.CASCADE, related_name="lane_set"
    )
    number = models.PositiveSmallIntegerField()
    epoch = models.PositiveIntegerField(default=0)
    held = models.BooleanField(default=False)
    # Until then nobody else touches the lane, in database milliseconds.
    until = models.BigIntegerField(default=0)
    holder = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        ordering = ["run", "number"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["run", "number"], name="migration_console_one_lane"
            )
        ]

    def __str__(self) -> str:
        return f"{self.run_id}.{self.number}"


class Finding(models.Model):
    """What a check found before the start."""

    class Level(models.TextChoices):
        ERROR = "error", _("Error")
        """Blocks the start."""
        WARNING = "warning", _("Warning")
        """To be read before the start."""
        INFO = "info", _("Note")

    run = models.ForeignKey(
        MigrationRun, on_delete=models.CASCADE, related_name="findings"
    )
    check_name = models.CharField(max_length=60)
    level = models.CharField(max_length=10, choices=Level.choices)
    model = models.CharField(max_length=255, default="", blank=True)
    message = models.TextField()
    remedy = models.TextField(default="", blank=True)

    class Meta:
        ordering = ["run", "id"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.message


class Difference(models.Model):
    """A row that is not the same on both sides, by its key."""

    class Kind(models.TextChoices):
        MISSING = "missing", _("Missing in the destination")
        EXTRA = "extra", _("Only in the destination")
        DIFFERS = "differs", _("Differs")
        ORPHAN = "orphan", _("Refers to a row that does not exist")

    table = models.ForeignKey(
        TableCopy, on_delete=models.CASCADE, related_name="differences"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    key = models.JSONField()
    columns = models.JSONField(default=list)

    class Meta:
        ordering = ["table", "id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Event(models.Model):
    """Who asked for what, and what became of it; never changed, only added."""

    run = models.ForeignKey(
        MigrationRun, on_delete=models.CASCADE, related_name="events"
    )
    at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=150, default="", blank=True)
    status = models.CharField(max_length=12, choices=Status.choices)
    message = models.CharField(max_length=500)

    class Meta:
        ordering = ["run", "id"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.message


class Worker(models.Model):
    """A Celery worker that listens on the queue, by its last sign of life."""

    name = models.CharField(max_length=200, unique=True)
    seen_at = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
