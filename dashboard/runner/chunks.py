"""Chunks: copied once, recorded, or given back."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import F

from ..control_database import atomic
from ..models import Chunk, MigrationRun, TableCopy
from ..models.clock import NowMs
from ..transfer import keys
from ..transfer.bad_rows import BadRow, RowsRefused
from ..transfer.copy import Copied, copy_range
from ..transfer.errors import ReceiptTaken
from ..transfer.failpoints import reach
from ..transfer.keys import KeyRange
from ..transfer.merged import Merged
from ..transfer.merging import merge_range
from ..transfer.plan import TablePlan
from ..transfer.receipts import Receipt
from . import rows_aside
from .chunk_size import has_missed, next_rows
from .leases import LaneLost, Lease
from .sessions import Sessions
from .throttle import charge

# How often an attempt at a chunk looks for rows that are refused: a source that changes
# may have other ones each time.
SEARCHES = 6


@dataclass
class ClaimedChunk:
    """A chunk that this lane works on, with the table's plan."""

    chunk: Chunk
    table: TableCopy
    plan: TablePlan

    @classmethod
    def of(cls, chunk: Chunk) -> ClaimedChunk:
        """Take a chunk's table and plan from its row."""
        return cls(chunk, chunk.table, TablePlan.from_json(chunk.table.plan))

    @property
    def key_range(self) -> KeyRange:
        """The key range of the chunk."""
        return KeyRange(
            keys.from_json(self.chunk.lower), keys.from_json(self.chunk.upper)
        )

    @property
    def receipt(self) -> str:
        """The chunk's name among the receipts."""
        return receipt_name(self.chunk)


def receipt_name(chunk: Chunk) -> str:
    """Name a chunk among its run's receipts.

    A table that is copied again has other ones: the old may be there still.
    """
    name = f"chunk.{chunk.table.position}.{chunk.number}"
    return f"{name}.{chunk.table.round}" if chunk.table.round else name


# --- copy and record ----------------------------------------------------------


def perform(claimed: ClaimedChunk, lease: Lease, sessions: Sessions) -> None:
    """Copy a claimed chunk and record it."""
    reach("chunk claimed")
    began = time.perf_counter()
    try:
        copied = _copied(claimed, lease, sessions)
    except ReceiptTaken:
        copied = _recognised(claimed, sessions)
    record(claimed.chunk, lease, copied, time.perf_counter() - began)


def _copied(claimed: ClaimedChunk, lease: Lease, sessions: Sessions) -> Copied:
    """Copy a chunk; without rows that are refused, where the run sets them aside.

    What an earlier attempt meant to leave out is settled by now.
    """
    run = claimed.table.run
    if run.on_bad_rows == MigrationRun.OnBadRows.STOP:
        return _attempted(claimed, lease, sessions, (), 1)
    bad: Sequence[BadRow] = ()
    for _search in range(SEARCHES):
        # Other lanes set rows aside meanwhile, and load some that were.
        most = rows_aside.may_find(claimed.chunk)
        try:
            return _attempted(claimed, lease, sessions, bad, most)
        except RowsRefused as refused:
            # Where some were found already the source has changed: all over again.
            bad = () if bad else refused.rows
        rows_aside.keep(claimed.chunk, lease, bad)
    return _attempted(claimed, lease, sessions, bad, 1)


def _attempted(
    claimed: ClaimedChunk,
    lease: Lease,
    sessions: Sessions,
    bad: Sequence[BadRow],
    most_bad: int,
) -> Copied:
    copy = copy_range
    if claimed.plan.mode:
        is_proved = claimed.table.run.verify == MigrationRun.Verify.FULL
        copy = partial(merge_range, is_proved=is_proved)
    return copy(
        sessions.source,
        sessions.destination,
        claimed.plan,
        claimed.key_range,
        sessions.receipts,
        claimed.receipt,
        lease.epoch,
        sessions.objects(claimed.plan),
        without=[row.key_range for row in bad],
        most_bad=most_bad,
    )


def _recognised(claimed: ClaimedChunk, sessions: Sessions) -> Copied:
    receipt = sessions.receipts.read(claimed.receipt)
    if receipt is None or receipt.void:
        # Voided by a successor: this holder is not needed any more.
        raise LaneLost
    return copied_by(claimed.chunk, receipt, sessions)


def copied_by(chunk: Chunk, receipt: Receipt, sessions: Sessions) -> Copied:
    """Return what a receipt says that was copied."""
    if not chunk.table.mode:
        return Copied(receipt.rows, receipt.bytes, receipt.made_of)
    note = sessions.receipts.note(receipt_name(chunk))
    merged = Merged.from_json(json.loads(note) if note else None)
    return Copied(receipt.rows, receipt.bytes, receipt.made_of, merged)


def record(chunk: Chunk, lease: Lease, copied: Copied, seconds: float) -> None:
    """Write a copied chunk into the run, in one short transaction."""
    table = chunk.table
    is_last = chunk.upper is None
    spent = seconds + chunk.cut_seconds
    with atomic():
        lease.report_work()
        done = Chunk.objects.filter(
            pk=chunk.pk, state=Chunk.State.CLAIMED, epoch=lease.epoch
        ).update(
            state=Chunk.State.COPIED,
            rows=copied.read,
            bytes=copied.bytes,
            merged=copied.merged.to_json() if copied.merged else {},
            copy_seconds=seconds,
            finished_ms=NowMs(),
            error="",
        )
        if not done:
            raise LaneLost
        rows_aside.copied(chunk)
        TableCopy.objects.filter(pk=table.pk).update(
            rows_copied=F("rows_copied") + copied.read,
            rows_made=F("rows_made") + copied.rows,
            bytes_copied=F("bytes_copied") + copied.bytes,
            **_merged(copied),
            copy_seconds=F("copy_seconds") + seconds,
            chunk_rows=next_rows(table, copied, spent, is_last=is_last),
            stride_missed=has_missed(table, copied, is_last=is_last),
        )
        charge(table.run, copied.read, spent)
        finish_tables(table)


def _merged(copied: Copied) -> dict[str, Any]:
    if copied.merged is None:
        return {}
    return {
        "rows_inserted": F("rows_inserted") + copied.merged.inserted,
        "rows_updated": F("rows_updated") + copied.merged.updated,
    }


def finish_tables(*tables: TableCopy) -> None:
    """Say of those tables that are copied whole that they are."""
    numbers = [table.pk for table in tables]
    left = Chunk.objects.filter(table__in=numbers).exclude(
        state__in=[Chunk.State.COPIED, Chunk.State.VOID]
    )
    TableCopy.objects.filter(pk__in=numbers, all_cut=True).exclude(
        pk__in=left.values("table")
    ).update(
        state=TableCopy.State.COPIED,
        rows_total=F("rows_copied"),
        rows_total_exact=True,
    )


# --- failure ------------------------------------------------------------------


def fail_table(claimed: ClaimedChunk, error: str) -> None:
    """Say of a table that one of its chunks cannot be copied."""
    TableCopy.objects.filter(pk=claimed.table.pk).update(
        state=TableCopy.State.FAILED, error=error
    )
