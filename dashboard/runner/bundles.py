"""Bundles: small tables that are copied and recorded together."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F

from ..control_database import atomic
from ..models import Chunk, TableCopy
from ..models.clock import NowMs
from ..transfer.bundle import CopiedPart, Part, copy_tables
from ..transfer.failpoints import reach
from .chunks import ClaimedChunk, finish_tables
from .leases import LaneLost, Lease
from .sessions import Sessions
from .throttle import charge

# A bundle ends with the table that it reaches one of these in.
MOST_SECONDS = 1.0
MOST_BYTES = 8 << 20

Copied = tuple[ClaimedChunk, CopiedPart]


def perform(
    bundle: Sequence[ClaimedChunk], lease: Lease, sessions: Sessions
) -> Sequence[ClaimedChunk]:
    """Copy and record tables in their order; return those it did not get to."""
    reach("bundle claimed")
    parts = (Part(c.plan, c.receipt, sessions.objects(c.plan)) for c in bundle)
    found = copy_tables(
        sessions.source,
        sessions.destination,
        parts,
        sessions.receipts,
        lease.epoch,
        _is_enough,
    )
    record(list(zip(bundle, found, strict=False)), lease)
    return bundle[len(found) :]


def _is_enough(found: Sequence[CopiedPart]) -> bool:
    return (
        sum(part.seconds for part in found) >= MOST_SECONDS
        or sum(part.copied.bytes for part in found) >= MOST_BYTES
    )


def record(found: Sequence[Copied], lease: Lease) -> None:
    """Write copied tables into the run, in one short transaction."""
    tables = [claimed.table for claimed, _ in found]
    with atomic():
        lease.report_work()
        # One statement each: together in one, as CASE, they take ten times as long.
        for claimed, part in found:
            _record_one(claimed, part, lease)
        rows = sum(part.copied.read for _, part in found)
        charge(tables[0].run, rows, sum(part.seconds for _, part in found))
        finish_tables(*tables)


def _record_one(claimed: ClaimedChunk, part: CopiedPart, lease: Lease) -> None:
    rows, size = part.copied.read, part.copied.bytes
    done = Chunk.objects.filter(
        pk=claimed.chunk.pk, state=Chunk.State.CLAIMED, epoch=lease.epoch
    ).update(
        state=Chunk.State.COPIED,
        rows=rows,
        bytes=size,
        copy_seconds=part.seconds,
        finished_ms=NowMs(),
        error="",
    )
    if not done:
        raise LaneLost
    TableCopy.objects.filter(pk=claimed.table.pk).update(
        rows_copied=F("rows_copied") + rows,
        rows_made=F("rows_made") + part.copied.rows,
        bytes_copied=F("bytes_copied") + size,
        copy_seconds=F("copy_seconds") + part.seconds,
    )
