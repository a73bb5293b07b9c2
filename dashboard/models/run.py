"""A run: what was asked for, what was planned, and what became of it."""

from __future__ import annotations

import uuid

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ..statuses import ACTIVE, ENDED, PHASES, Phase, Status, Verdict
from .named_plan import NamedPlan
from .record import ControlManager, Record


class RunQuerySet(models.QuerySet["MigrationRun"]):
    def active(self) -> RunQuerySet:
        """Runs for which lanes may work."""
        return self.filter(status__in=ACTIVE)

    def by_workers(self) -> RunQuerySet:
        """Runs that Celery workers do."""
        return self.filter(executor=MigrationRun.Executor.WORKERS)

    def by_terminal(self) -> RunQuerySet:
        """Runs that a command does in its own process."""
        return self.filter(executor=MigrationRun.Executor.TERMINAL)


class MigrationRun(Record):
    """One copy, or one comparison, of a source into a destination."""

    class Mode(models.TextChoices):
        COPY = "copy", _("Copy")
        """Copies, then compares as far as was asked for."""
        COMPARE = "compare", _("Comparison")
        """Only compares; writes nothing into the destination."""

    class Executor(models.TextChoices):
        WORKERS = "workers", _("Celery workers")
        """Slices are Celery tasks; any worker may take them."""
        TERMINAL = "terminal", _("Terminal")
        """The command does the work itself; workers leave it alone."""

    class Verify(models.TextChoices):
        FULL = "full", _("Every row and every column")
        COUNTS = "counts", _("Row counts only")
        NONE = "none", _("Nothing")

    class OnBadRows(models.TextChoices):
        STOP = "stop", _("Stop the run and name the row")
        """The run fails, and a retry reads the row again."""
        ASIDE = "aside", _("Set the row aside and go on")
        """Everything else is copied; the run does not succeed without the row."""

    class Triggers(models.TextChoices):
        KEEP = "keep", _("Let them run for every copied row")
        OFF = "off", _("Have them off during the load, and put them back")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # The plan with a name that it was made of, or is kept as.
    named_plan = models.ForeignKey(
        NamedPlan,
        on_delete=models.SET_NULL,
        related_name="runs",
        null=True,
        blank=True,
    )
    mode = models.CharField(
        _("type"), max_length=10, choices=Mode.choices, default=Mode.COPY
    )
    executor = models.CharField(
        max_length=10, choices=Executor.choices, default=Executor.WORKERS
    )
    source = models.CharField(_("source"), max_length=100)
    destination = models.CharField(_("destination"), max_length=100)
    # "app" or "app.Model"; none means everything.
    labels = models.JSONField(default=list, blank=True)
    excluded = models.JSONField(default=list, blank=True)
    # What the source calls tables and columns, over what the settings say of it.
    renamed = models.JSONField(default=dict, blank=True)
    # What becomes of values, by "app.Model.field", over the setting's.
    changes = models.JSONField(default=dict, blank=True)
    # Which rows take part: pairs of a lookup and its value by the label of a model,
    # over the setting's of the same model.
    filters = models.JSONField(default=dict, blank=True)
    # A field by the label of its model: only rows above what the last run kept.
    newer = models.JSONField(default=dict, blank=True)
    # The rows that filtered ones refer to take part as well.
    with_parents = models.BooleanField(default=False)
    # Functions that rows go through, by "app.Model", over the setting's: one of those
    # that it names, or "none"; "*" stands for every model.
    transforms = models.JSONField(default=dict, blank=True)
    # The values of the source are looked through before the start.
    scan_values = models.BooleanField(default=True)
    # The rows that the destination's tables hold are deleted before the copy.
    empty_first = models.BooleanField(default=False)
    # How rows get into tables that hold some, by the labels of models, "*" for all.
    modes = models.JSONField(default=dict, blank=True)
    verify = models.CharField(
        max_length=10, choices=Verify.choices, default=Verify.FULL
    )
    # What happens to a row that the destination does not take.
    on_bad_rows = models.CharField(
        max_length=10, choices=OnBadRows.choices, default=OnBadRows.STOP
    )
    # What becomes of the destination's triggers while rows are loaded.
    triggers = models.CharField(
        max_length=10, choices=Triggers.choices, default=Triggers.KEEP
    )
    # Commands of the setting COMMANDS by their names, in order: before anything is
    # changed, and after the data is proved.
    commands_before = models.JSONField(default=list, blank=True)
    commands_after = models.JSONField(default=list, blank=True)
    # How many lanes are asked for; those with higher numbers rest.
    lane_count = models.PositiveSmallIntegerField(default=2)
    # A fixed number of rows per chunk; None follows the clock and the bytes.
    chunk_rows = models.PositiveIntegerField(null=True, blank=True)
    # The most rows that all lanes together copy or compare in a second; None is no
    # limit. Until the moment below, by the control database's clock, rows that were
    # copied have used it up.
    rows_per_second = models.PositiveIntegerField(null=True, blank=True)
    throttled_until_ms = models.BigIntegerField(default=0)
    status = models.CharField(
        _("status"), max_length=12, choices=Status.choices, default=Status.DRAFT
    )
    phase = models.CharField(
        _("phase"), max_length=12, choices=Phase.choices, default="", blank=True
    )
    verdict = models.CharField(
        _("verdict"), max_length=16, choices=Verdict.choices, default="", blank=True
    )
    # How often the checks were begun; only the last of them may say what they found.
    check_number = models.PositiveIntegerField(default=0)
    # When the checks made the plan; None where nobody has, or somebody is at it again.
    checked_at = models.DateTimeField(null=True, blank=True)
    # For so many seconds the values were looked through at most; None without a limit.
    checked_seconds = models.FloatField(null=True, blank=True)
    # The format of TableCopy.plan; a worker refuses one that it does not know.
    plan_version = models.PositiveSmallIntegerField(default=1)
    # What a confirmation is bound to.
    plan_hash = models.CharField(max_length=64, default="", blank=True)
    # Who confirmed last what the run deletes, when, and how often that was done:
    # each confirmation is good for one start, resume or retry.
    confirmations = models.PositiveIntegerField(default=0)
    confirmed_by = models.CharField(max_length=150, default="", blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    source_identity = models.CharField(max_length=255, default="", blank=True)
    destination_identity = models.CharField(max_length=255, default="", blank=True)
    # The zone of timestamps on their way, for engines that store none.
    time_zone = models.CharField(max_length=64, default="UTC")
    # Names, not foreign keys: users may themselves be replaced by the run.
    created_by = models.CharField(max_length=150, default="", blank=True)
    started_by = models.CharField(max_length=150, default="", blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    # The last sign of work, by the control database's clock.
    alive_ms = models.BigIntegerField(default=0)
    # What keeps a lane from working at the moment; nobody has given up.
    waiting_for = models.TextField(default="", blank=True)
    # Since when no lane has worked, by the control database's clock.
    waiting_since_ms = models.BigIntegerField(default=0)
    error = models.TextField(default="", blank=True)
    remedy = models.TextField(default="", blank=True)

    objects = ControlManager.from_queryset(RunQuerySet)()

    class Meta(Record.Meta):
        verbose_name = _("migration run")
        verbose_name_plural = _("migration runs")
        ordering = ["-id"]
        default_permissions = ("view",)
        permissions = [
            ("start_migrationrun", _("Can plan and start migration runs")),
            ("control_migrationrun", _("Can pause, resume, cancel and retry runs")),
            ("view_row_values", _("Can view keys and values of rows set aside")),
            ("view_command_output", _("Can view what commands of runs have written")),
            ("export_migrationrun", _("Can download tables as CSV files")),
            ("import_migrationrun", _("Can load CSV files into tables")),
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
    def copies(self) -> bool:
        """Whether rows are written, and not only compared."""
        return self.mode == self.Mode.COPY

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases that the run goes through, in order."""
        if not self.copies:
            return (Phase.VERIFYING,)
        phases = PHASES if self.verify != self.Verify.NONE else PHASES[:-1]
        before = (Phase.BEFORE,) if self.commands_before else ()
        after = (Phase.AFTER,) if self.commands_after else ()
        return (*before, *phases, *after)

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


class Reservation(Record):
    """A claim on a database: any number may read, or one may write.

    A run's lasts as long as the run; that of other work, without a run, until
    ``until_ms`` by the control database's clock, unless its holder renews it.
    """

    class Role(models.TextChoices):
        READS = "reads", _("reads")
        WRITES = "writes", _("writes")

    identity = models.CharField(max_length=255)
    run = models.ForeignKey(
        MigrationRun,
        on_delete=models.CASCADE,
        related_name="reservations",
        null=True,
        blank=True,
    )
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.WRITES)
    holder = models.CharField(max_length=32, default="", blank=True)
    until_ms = models.BigIntegerField(null=True, blank=True)

    objects = ControlManager()

    class Meta(Record.Meta):
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["run", "identity"], name="migration_console_one_claim"
            )
        ]
        indexes = [
            models.Index(fields=["identity"], name="migration_console_claimed"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.identity}"


class ReservationLock(Record):
    """One row, which whoever reserves anything writes first.

    Until that transaction ends nobody else does: no unique key lets many readers
    or one writer in, and what was looked at without a lock may have changed.
    """

    taken = models.PositiveBigIntegerField(default=0)

    objects = ControlManager()

    class Meta(Record.Meta):
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.taken)


class Finding(Record):
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
    # The id of the check, as docs/checks.md has it.
    check_name = models.CharField(max_length=60)
    level = models.CharField(max_length=10, choices=Level.choices)
    model = models.CharField(max_length=255, default="", blank=True)
    message = models.TextField()
    remedy = models.TextField(default="", blank=True)
    # What a person may choose to mend it: pairs of a kind and a value, see
    # planning/checked_plan.py.
    choices = models.JSONField(default=list, blank=True)

    objects = ControlManager()

    class Meta(Record.Meta):
        ordering = ["run", "id"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.message
