"""Rows that the destination does not take, set aside while the others are copied."""

from __future__ import annotations

from django.db import models

from .record import ControlManager, Record
from .run import MigrationRun
from .table import TableCopy
from .work import Chunk


class AsideRowQuerySet(models.QuerySet["AsideRow"]):
    def of(self, run: MigrationRun) -> AsideRowQuerySet:
        return self.filter(table__run=run)


class AsideRow(Record):
    """A row of the source that is missing in the destination, and why.

    It goes when the chunk that it is in is copied with it. ``key`` and ``values``
    are a row's contents: shown to those who may see them, and to nobody else.
    """

    table = models.ForeignKey(
        TableCopy, on_delete=models.CASCADE, related_name="aside_rows"
    )
    # The chunk whose receipt stands for all of its other rows.
    chunk = models.ForeignKey(
        Chunk, on_delete=models.CASCADE, related_name="aside_rows"
    )
    # The key range that holds this row alone.
    lower = models.JSONField(null=True, blank=True)
    key = models.JSONField()
    column = models.CharField(max_length=255, default="", blank=True)
    error = models.TextField()
    remedy = models.TextField(default="", blank=True)
    # Pairs of a column and its value as a text, which may be cut.
    values = models.JSONField(default=list)
    # Found by the chunk's last attempt; else it is being tried again.
    kept = models.BooleanField(default=True)
    at = models.DateTimeField(auto_now_add=True)

    objects = ControlManager.from_queryset(AsideRowQuerySet)()

    class Meta(Record.Meta):
        ordering = ["table", "id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.table_id}.{self.pk}"
