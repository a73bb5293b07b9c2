"""Chunks: cut as they are asked for, copied once, recorded."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from ..control_database import atomic
from ..models import Chunk, MigrationRun, TableCopy
from ..models.clock import NowMs
from ..transfer import keys
from ..transfer.backends.base import Session
from ..transfer.bad_rows import BadRow, RowsRefused
from ..transfer.bounds import next_bound
from ..transfer.confirmed import check_confirmed
from ..transfer.copy import Copied, copy_range
from ..transfer.errors import ReceiptTaken
from ..transfer.failpoints import reach
from ..transfer.keys import Key, KeyRange
from ..transfer.plan import TablePlan
from ..transfer.shape_proof import prove_shapes
from . import rows_aside
from .chunk_size import fixed_rows, has_missed, next_rows
from .leases import LaneLost, Lease
from .sessions import Sessions

# Milliseconds that a piece waits whose server was away.
UNTRIED_MS = 1_000
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


# --- claim ------------------------------------------------------------------


def claim(run: MigrationRun, lease: Lease, sessions: Sessions) -> ClaimedChunk | None:
    """Claim a chunk: one given back, or the next range of a table."""
    return _claim_ready(run, lease) or _claim_next(run, lease, sessions)


def _claim_ready(run: MigrationRun, lease: Lease) -> ClaimedChunk | None:
    chunk = Chunk.objects.of(run).ready().select_related("table").first()
    if chunk is None or not _may_load(chunk.table, lease):
        return None
    with atomic():
        lease.renew()
        claimed = Chunk.objects.filter(pk=chunk.pk, state=Chunk.State.WAITING).update(
            state=Chunk.State.CLAIMED,
            lane=lease.number,
            epoch=lease.epoch,
            attempts=F("attempts") + 1,
            started_ms=NowMs(),
        )
    if not claimed:
        return None
    chunk.refresh_from_db()
    return ClaimedChunk.of(chunk)


def _may_load(table: TableCopy, lease: Lease) -> bool:
    if not table.one_loader:
        return True
    return not table.chunks.claimed().exclude(lane=lease.number).exists()


def _claim_next(
    run: MigrationRun, lease: Lease, sessions: Sessions
) -> ClaimedChunk | None:
    # Nobody cuts what it cannot load.
    _ = sessions.destination
    for table in _uncut_tables(run, lease):
        claimed = _cut(table, lease, sessions)
        if claimed is not None:
            return claimed
    return None


def _uncut_tables(run: MigrationRun, lease: Lease) -> QuerySet[TableCopy]:
    """Tables with rows left to give out, the fittest first.

    A table nobody is at before one with company, a large one before a small
    one: lanes spread out and the longest job does not come last.
    """
    busy = Count(
        "chunks",
        filter=Q(chunks__state=Chunk.State.CLAIMED) & ~Q(chunks__lane=lease.number),
    )
    tables = run.tables.filter(all_cut=False, replaced_last=False).annotate(busy=busy)
    return tables.exclude(one_loader=True, busy__gt=0).order_by(
        "busy", F("bytes_total").desc(nulls_last=True), "-rows_total", "position"
    )


def _cut(table: TableCopy, lease: Lease, sessions: Sessions) -> ClaimedChunk | None:
    """Give out the next range of a table; None where somebody was faster."""
    plan = TablePlan.from_json(table.plan)
    if not table.chunks_cut:
        prove_shapes(sessions.source, sessions.destination, plan)
        if not _begins_empty(table, sessions.destination):
            return None
    lower = keys.from_json(table.last_key)
    began = time.perf_counter()
    upper = _upper(table, plan, lower, sessions.source)
    seconds = time.perf_counter() - began
    with atomic():
        lease.renew()
        moved = TableCopy.objects.filter(
            pk=table.pk, chunks_cut=table.chunks_cut, all_cut=False
        ).update(
            chunks_cut=F("chunks_cut") + 1,
            last_key=keys.to_json(upper),
            all_cut=upper is None,
            state=TableCopy.State.COPYING,
        )
        if not moved:
            return None
        chunk = Chunk(
            table=table,
            number=table.chunks_cut + 1,
            lower=keys.to_json(lower),
            upper=keys.to_json(upper),
            lane=lease.number,
            epoch=lease.epoch,
            attempts=1,
            cut_seconds=seconds,
            started_ms=NowMs(),
        )
        chunk.save(force_insert=True)
    return ClaimedChunk(chunk, table, plan)


def _begins_empty(table: TableCopy, destination: Session) -> bool:
    """Whether the table holds nothing yet; False where somebody has begun it.

    Raises Unconfirmed for rows of somebody else's.
    """
    if destination.is_empty(table.table):
        return True
    rows = destination.catalog.count(table.table)
    if TableCopy.objects.filter(pk=table.pk, chunks_cut=0).exists():
        check_confirmed(table.table, rows, 0)
    return False


def _upper(
    table: TableCopy, plan: TablePlan, lower: Key | None, source: Session
) -> Key | None:
    if not plan.is_divisible:
        return None
    if fixed_rows(table.run) or table.stride_missed:
        return source.reader.upper_bound(plan, lower, table.chunk_rows)
    return next_bound(source, plan, lower, table.chunk_rows, table.rows_total)


# --- copy and record ----------------------------------------------------------


def perform(claimed: ClaimedChunk, lease: Lease, sessions: Sessions) -> None:
    """Copy a claimed chunk and record it."""
    reach("chunk claimed")
    began = time.perf_counter()
    try:
        copied = _copied(claimed, lease, sessions)
    except ReceiptTaken:
        copied = _recognised(claimed, sessions)
    record(claimed, lease, copied, time.perf_counter() - began)


def _copied(claimed: ClaimedChunk, lease: Lease, sessions: Sessions) -> Copied:
    """Copy a chunk; without rows that are refused, where the run sets them aside."""
    run = claimed.table.run
    if run.on_bad_rows == MigrationRun.OnBadRows.STOP:
        return _attempted(claimed, lease, sessions, (), 1)
    rows_aside.begin(claimed.chunk)
    most = rows_aside.may_find(run)
    bad: Sequence[BadRow] = ()
    for _search in range(SEARCHES):
        try:
            return _attempted(claimed, lease, sessions, bad, most)
        except RowsRefused as refused:
            # Where some were found already the source has changed: all over again.
            bad = () if bad else refused.rows
        rows_aside.keep(claimed.chunk, lease, bad)
    return _attempted(claimed, lease, sessions, bad, most)


def _attempted(
    claimed: ClaimedChunk,
    lease: Lease,
    sessions: Sessions,
    bad: Sequence[BadRow],
    most_bad: int,
) -> Copied:
    return copy_range(
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
    return Copied(receipt.rows, receipt.bytes)


def record(claimed: ClaimedChunk, lease: Lease, copied: Copied, seconds: float) -> None:
    """Write a copied chunk into the run, in one short transaction."""
    table, chunk = claimed.table, claimed.chunk
    is_last = chunk.upper is None
    spent = seconds + chunk.cut_seconds
    with atomic():
        lease.report_work()
        done = Chunk.objects.filter(
            pk=chunk.pk, state=Chunk.State.CLAIMED, epoch=lease.epoch
        ).update(
            state=Chunk.State.COPIED,
            rows=copied.rows,
            bytes=copied.bytes,
            copy_seconds=seconds,
            finished_ms=NowMs(),
            error="",
        )
        if not done:
            raise LaneLost
        rows_aside.copied(chunk)
        TableCopy.objects.filter(pk=table.pk).update(
            rows_copied=F("rows_copied") + copied.rows,
            bytes_copied=F("bytes_copied") + copied.bytes,
            copy_seconds=F("copy_seconds") + seconds,
            chunk_rows=next_rows(table, copied, spent, is_last=is_last),
            stride_missed=has_missed(table, copied, is_last=is_last),
        )
        _finish_table(table)


def _finish_table(table: TableCopy) -> None:
    left = Chunk.objects.filter(table=table.pk).exclude(
        state__in=[Chunk.State.COPIED, Chunk.State.VOID]
    )
    TableCopy.objects.filter(pk=table.pk, all_cut=True).exclude(
        pk__in=left.values("table")
    ).update(
        state=TableCopy.State.COPIED,
        rows_total=F("rows_copied"),
        rows_total_exact=True,
    )


# --- failure ------------------------------------------------------------------


def give_back(
    claimed: ClaimedChunk,
    lease: Lease,
    error: str,
    wait_ms: int,
    *,
    failed: bool,
    broke: bool = False,
) -> None:
    """Let somebody try a chunk again later, or nobody any more."""
    with atomic():
        lease.renew()
        Chunk.objects.filter(pk=claimed.chunk.pk, epoch=lease.epoch).update(
            state=Chunk.State.FAILED if failed else Chunk.State.WAITING,
            breaks=F("breaks") + int(broke),
            not_before_ms=NowMs() + wait_ms,
            error=error,
        )


def give_back_untried(
    claimed: ClaimedChunk,
    lease: Lease,
    error: str = "",
    wait_ms: int = UNTRIED_MS,
    *,
    broke: bool = False,
) -> None:
    """Give a chunk back that did not fail itself, which costs no attempt.

    ``broke`` says that the connection ended while the chunk was in hand.
    """
    with atomic():
        lease.renew()
        Chunk.objects.filter(pk=claimed.chunk.pk, epoch=lease.epoch).update(
            state=Chunk.State.WAITING,
            attempts=F("attempts") - 1,
            breaks=F("breaks") + int(broke),
            not_before_ms=NowMs() + wait_ms,
            error=error,
        )


def fail_table(claimed: ClaimedChunk, error: str) -> None:
    """Say of a table that one of its chunks cannot be copied."""
    TableCopy.objects.filter(pk=claimed.table.pk).update(
        state=TableCopy.State.FAILED, error=error
    )
