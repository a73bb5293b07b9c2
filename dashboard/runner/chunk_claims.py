"""Which piece a lane takes next: chunks are cut as they are asked for."""

from __future__ import annotations

import time
from collections import Counter

from django.db.models import F

from ..control_database import atomic
from ..models import Chunk, MigrationRun, TableCopy
from ..models.clock import NowMs
from ..transfer import keys
from ..transfer.backends.base import Session
from ..transfer.bounds import next_bound
from ..transfer.confirmed import check_confirmed
from ..transfer.keys import Key
from ..transfer.plan import TablePlan
from ..transfer.shape_proof import prove_shapes
from .chunk_size import fixed_rows, paced_rows
from .chunks import ClaimedChunk
from .leases import Lease
from .sessions import Sessions


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
    for number in uncut_tables(run, lease):
        claimed = _cut(run.tables.get(pk=number), lease, sessions)
        if claimed is not None:
            return claimed
    return None


def uncut_tables(run: MigrationRun, lease: Lease) -> list[int]:
    """Return the tables with rows left to give out, the fittest first.

    A table nobody is at before one with company, a large one before a small
    one: lanes spread out and the longest job does not come last. Numbers alone:
    of a thousand tables with their plans all but one would be read in vain.
    """
    others = Chunk.objects.of(run).claimed().exclude(lane=lease.number)
    busy = Counter(others.values_list("table", flat=True))
    uncut = run.tables.filter(all_cut=False, replaced_last=False)
    found = uncut.exclude(one_loader=True, pk__in=list(busy)).order_by(
        F("bytes_total").desc(nulls_last=True), "-rows_total", "position"
    )
    return sorted(found.values_list("pk", flat=True), key=lambda pk: busy[pk])


def _cut(table: TableCopy, lease: Lease, sessions: Sessions) -> ClaimedChunk | None:
    """Give out the next range of a table; None where somebody was faster."""
    plan = TablePlan.from_json(table.plan)
    if not table.chunks_cut:
        prove_shapes(sessions.source, sessions.destination, plan)
        if not plan.mode and not _begins_empty(table, sessions.destination):
            return None
    lower = keys.from_json(table.last_key)
    table.chunk_rows = paced_rows(table)
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
