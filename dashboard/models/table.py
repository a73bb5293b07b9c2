"""A table of a run, and the rows of it that are not the same on both sides."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..statuses import Verdict
from .record import ControlManager, Record
from .run import MigrationRun


class TableQuerySet(models.QuerySet["TableCopy"]):
    def emptied(self) -> TableQuerySet:
        """Tables whose rows in the destination a run deletes before it copies.

        A comparison has none: it looks at no row of the destination beforehand. Nor
        are there any where rows are merged.
        """
        return self.filter(rows_before__gt=0, mode="")

    def merged(self) -> TableQuerySet:
        """Tables that keep their rows, and get those of the source besides."""
        return self.exclude(mode="")

    def to_confirm(self) -> TableQuerySet:
        """Emptied tables that a person has to confirm before the start.

        Where a run was not told to empty tables, it empties only those that
        ``migrate`` itself filled.
        """
        return self.emptied().filter(run__empty_first=True)

    def unbegun(self) -> TableQuerySet:
        """Tables whose rows in the destination were there before the run's.

        Where chunks have been cut, they may be those of this very run. Tables that
        are merged into have rows of both.
        """
        return self.uncopied().filter(chunks_cut=0, mode="")

    def uncopied(self) -> TableQuerySet:
        """Tables that have chunks to copy."""
        return self.exclude(state=TableCopy.State.COPIED)


class TableCopy(Record):
    """One table of a run: its frozen plan, how far it is, and its verdict."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        """No row has been copied."""
        COPYING = "copying", _("Copying")
        """Some chunks are copied."""
        COPIED = "copied", _("Copied")
        """Every chunk is copied."""
        FAILED = "failed", _("Failed")
        """A chunk could not be copied; the error says which and why."""

    class Outcome(models.TextChoices):
        EQUAL = "equal", _("equal")
        REFUSED = "refused", _("refused")
        """The destination does not take rows."""
        DIFFERS = "differs", _("differs")
        """Rows arrive as others."""
        UNPROVED = "not verifiable", _("not verifiable")
        """They arrive, and cannot be compared."""
        UNTRIED = "not tried", _("not tried")

    run = models.ForeignKey(
        MigrationRun, on_delete=models.CASCADE, related_name="tables"
    )
    position = models.PositiveIntegerField()
    model = models.CharField(max_length=255)
    table = models.CharField(max_length=255)
    plan = models.JSONField(default=dict)
    route = models.CharField(max_length=10, default="text")
    route_reason = models.CharField(max_length=255, default="", blank=True)
    # After all others, in one transaction: users and what belongs to them.
    replaced_last = models.BooleanField(default=False)
    # How rows get into a table that holds some, see transfer/merging.py; "" where it
    # is empty when its copy begins.
    mode = models.CharField(max_length=10, default="", blank=True)
    # "rows" and "total" of it before the first row is merged; empty where nobody knows.
    measured = models.JSONField(default=dict, blank=True)
    # What merging has done so far; rows_copied are those that were read for it.
    rows_inserted = models.BigIntegerField(default=0)
    rows_updated = models.BigIntegerField(default=0)
    # Rows of the destination that are none of the source's, once that is proved.
    rows_untouched = models.BigIntegerField(null=True, blank=True)
    # The destination takes one bulk load of the table at a time.
    one_loader = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default="waiting")
    # Rows in the destination before the run.
    rows_before = models.BigIntegerField(null=True, blank=True)
    rows_before_exact = models.BooleanField(default=True)
    # How many rows of the destination the run may delete: what was counted when
    # somebody confirmed it last.
    rows_confirmed = models.BigIntegerField(default=0)
    rows_total = models.BigIntegerField(default=0)
    rows_total_exact = models.BooleanField(default=False)
    bytes_total = models.BigIntegerField(null=True, blank=True)
    rows_copied = models.BigIntegerField(default=0)
    bytes_copied = models.BigIntegerField(default=0)
    # How often it was copied again from its beginning; receipts are named by it.
    round = models.PositiveIntegerField(default=0)
    # The upper bound of the last chunk that was cut.
    last_key = models.JSONField(null=True, blank=True)
    # A lane moves last_key only where this is as the lane saw it.
    chunks_cut = models.PositiveIntegerField(default=0)
    all_cut = models.BooleanField(default=False)
    chunk_rows = models.PositiveIntegerField(default=2_000)
    # The last range that was cut by a stride held far fewer rows than it should:
    # the next one is counted off.
    stride_missed = models.BooleanField(default=False)
    # Column, change, and how many values were changed or rows left out; None where
    # nobody has compared the table.
    changes = models.JSONField(default=list, blank=True)
    # Where the next run may begin: "field" of the model, and the highest "value" of it
    # that the run has compared; None where nobody asked for it.
    highest = models.JSONField(null=True, blank=True)
    # What the run will do to it besides its rows, as it was foreseen: "comes_off" are
    # types and names of what is taken off and put back, "sequences" statements, and
    # "merge" how many rows would be inserted, updated and left, where that is known.
    foreseen = models.JSONField(default=dict, blank=True)
    # What came of its first rows in a dry run, by its "outcome"; None where there was
    # none. See runner/dry_runs.py.
    trial = models.JSONField(null=True, blank=True)
    # The dotted path of the function that the rows go through, if any.
    transform = models.CharField(max_length=255, default="", blank=True)
    # Rows that a transform made of those that were copied; None without one.
    rows_made = models.BigIntegerField(null=True, blank=True)
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

    objects = ControlManager.from_queryset(TableQuerySet)()

    class Meta(Record.Meta):
        ordering = ["run", "position"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["run", "table"], name="migration_console_one_copy"
            )
        ]

    def __str__(self) -> str:
        return self.model


class Difference(Record):
    """A row that is not the same on both sides, by its key."""

    class Problem(models.TextChoices):
        MISSING = "missing", _("Missing in the destination")
        EXTRA = "extra", _("Only in the destination")
        DIFFERS = "differs", _("Differs")
        ORPHAN = "orphan", _("Refers to a row that does not exist")

    table = models.ForeignKey(
        TableCopy, on_delete=models.CASCADE, related_name="differences"
    )
    problem = models.CharField(max_length=10, choices=Problem.choices)
    key = models.JSONField()
    columns = models.JSONField(default=list)

    objects = ControlManager()

    class Meta(Record.Meta):
        ordering = ["table", "id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.problem} {self.key}"
