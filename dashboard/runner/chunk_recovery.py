"""Chunks that are too much at once, or whose worker has died."""

from __future__ import annotations

from typing import Any

from django.db.models import F

from ..conf import option
from ..control_database import atomic
from ..models import Chunk, MigrationRun, TableCopy
from ..transfer import keys
from ..transfer.errors import ReceiptsGone, TransferError
from ..transfer.plan import VERSION
from . import rows_aside, unsettled
from .chunks import ClaimedChunk, copied_by, receipt_name, record
from .leases import Lease, session_label
from .sessions import Sessions

# A chunk that has cost this many workers their lives, or connections, is halved.
DEATHS = 3

# The JSON of a lower and an upper key.
Bounds = tuple[Any, Any]


def is_suspect(claimed: ClaimedChunk) -> bool:
    """Whether connections keep ending in the middle of a chunk.

    It is cut before it is tried again, until the row is found; where those were
    outages, smaller chunks do no harm.
    """
    return claimed.chunk.breaks >= DEATHS


def split(claimed: ClaimedChunk, lease: Lease, sessions: Sessions, error: str) -> bool:
    """Make two chunks of one that is too much at once; False at one row."""
    found = _halves(claimed, sessions)
    if found is None or not sessions.receipts.void(claimed.receipt).void:
        # Committed after all: the next attempt recognises that.
        return False
    halves, rows = found
    with atomic():
        lease.renew()
        _replace(claimed.chunk, halves, error, rows)
    return True


def _halves(
    claimed: ClaimedChunk, sessions: Sessions
) -> tuple[list[Bounds], int] | None:
    """Return the bounds of both halves and the rows of the first; None at one row."""
    chunk, source = claimed.chunk, sessions.source
    if not claimed.plan.is_divisible:
        return None
    # Counted: the table's chunks may have become larger since.
    selection, values = source.reader.selection(
        claimed.plan, claimed.key_range, source.placeholder
    )
    sql = f"SELECT count(*) FROM (SELECT 1 {selection}) c"  # noqa: S608
    rows = int(source.query(sql, values)[0][0]) // 2
    if not rows:
        return None
    part = claimed.key_range
    middle = source.reader.upper_bound(claimed.plan, part.lower, rows, part.upper)
    bound = keys.to_json(middle)
    if middle is None or bound == chunk.upper:
        return None
    return [(chunk.lower, bound), (bound, chunk.upper)], rows


def _replace(
    chunk: Chunk, ranges: list[Bounds], error: str, rows: int | None = None
) -> None:
    """Put other chunks in the place of one whose receipt is void.

    With ``rows``, the table's next chunks are cut as small.
    """
    Chunk.objects.filter(pk=chunk.pk).update(state=Chunk.State.VOID, error=error)
    table = TableCopy.objects.filter(pk=chunk.table_id)
    # This numbers the chunks too, so it moves past the new ones.
    table.update(chunks_cut=F("chunks_cut") + len(ranges))
    if rows:
        table.update(chunk_rows=rows)
    last = table.values_list("chunks_cut", flat=True).get()
    made = [
        Chunk.objects.create(
            table_id=chunk.table_id,
            number=last - len(ranges) + 1 + offset,
            lower=lower,
            upper=upper,
            state=Chunk.State.WAITING,
            **({} if len(ranges) > 1 else _so_far(chunk)),
        )
        for offset, (lower, upper) in enumerate(ranges)
    ]
    rows_aside.replaced(chunk, made)


def _so_far(chunk: Chunk) -> dict[str, int]:
    """Return what a chunk has been through that is tried again as it was.

    Its last attempt was not its own failure.
    """
    return {
        "attempts": max(chunk.attempts - 1, 0),
        "deaths": chunk.deaths,
        "breaks": chunk.breaks,
    }


def adopt(run: MigrationRun, lease: Lease, sessions: Sessions) -> list[ClaimedChunk]:
    """Settle what this lane's dead holders left claimed.

    Their server sessions are ended first, so that their locks go; then a void
    receipt, or the real one, says what became of each chunk for good. Where
    nobody can look that up, the chunk is left unsettled, and nothing is copied
    before somebody has.
    Returns the chunks that have cost too many lives to be tried again. Raises
    ReceiptsGone where the receipts are, and TransferError where the rows do not
    say either what became of a chunk.
    """
    poisonous = []
    gone: ReceiptsGone | None = None
    orphans = Chunk.objects.of(run).left_by(lease.number, lease.epoch)
    for chunk in orphans.select_related("table"):
        sessions.destination.end_session(
            session_label(lease.run_uuid, chunk.lane, chunk.epoch)
        )
        if run.plan_version != VERSION:
            unsettled.leave(chunk, lease)
            continue
        claimed = ClaimedChunk.of(chunk)
        try:
            if _settle(claimed, lease, sessions):
                poisonous.append(claimed)
        except ReceiptsGone as error:
            if not run.phase and not run.is_failing:
                unsettled.settle_by_rows(claimed, lease, sessions)
                continue
            unsettled.leave(chunk, lease)
            gone = unsettled.receipts_gone(run, error)
    if gone and not run.is_failing:
        raise gone
    return poisonous


def settle_left_out(claimed: ClaimedChunk, lease: Lease, sessions: Sessions) -> bool:
    """Settle an earlier attempt that meant to leave rows out; False without one.

    If it was committed, those are missing in the destination; so that has to be
    known before another attempt looks for such rows anew.
    """
    chunk = claimed.chunk
    if not rows_aside.left_out(chunk):
        return False
    receipt = sessions.receipts.void(claimed.receipt)
    if receipt.void:
        with atomic():
            lease.renew()
            _replace(chunk, [(chunk.lower, chunk.upper)], "")
    else:
        record(chunk, lease, copied_by(receipt), 0.0)
    return True


def settle_given_back(run: MigrationRun, lease: Lease, sessions: Sessions) -> None:
    """Find out which chunks are copied that were given back, or given up.

    Before receipts go: whoever gave a chunk back was hindered after its commit, or
    in it, and the next attempt would have recognised that.
    """
    states = [Chunk.State.WAITING, Chunk.State.FAILED]
    for chunk in Chunk.objects.of(run).filter(state__in=states).select_related("table"):
        was, chunk.epoch = chunk.state, lease.epoch
        taken = Chunk.objects.filter(pk=chunk.pk, state=was)
        claim = {"state": Chunk.State.CLAIMED, "lane": lease.number}
        if not taken.update(**claim, epoch=lease.epoch):
            continue
        try:
            receipt = sessions.receipts.void(receipt_name(chunk))
        except ReceiptsGone:
            unsettled.leave(chunk, lease)
            continue
        except TransferError:
            # This is tried again, and looks for what is given back.
            taken_by = Chunk.objects.filter(pk=chunk.pk, epoch=lease.epoch)
            taken_by.update(state=was)
            raise
        if receipt.void:
            Chunk.objects.filter(pk=chunk.pk).update(state=was)
        else:
            record(chunk, lease, copied_by(receipt), 0.0)
            run.tables.filter(pk=chunk.table_id, state="copied").update(error="")


def _settle(claimed: ClaimedChunk, lease: Lease, sessions: Sessions) -> bool:
    """Find out what became of a chunk; True where it is not to be tried again."""
    chunk = claimed.chunk
    receipt = sessions.receipts.void(claimed.receipt)
    if receipt.void:
        chunk.deaths += 1
        _try_again(claimed, lease, sessions)
        return bool(chunk.deaths >= option("ATTEMPTS"))
    Chunk.objects.filter(pk=chunk.pk).update(epoch=lease.epoch)
    record(claimed.chunk, lease, copied_by(receipt), 0.0)
    return False


def _try_again(claimed: ClaimedChunk, lease: Lease, sessions: Sessions) -> None:
    chunk = claimed.chunk
    found = _halves(claimed, sessions) if chunk.deaths >= DEATHS else None
    halves, rows = found or ([(chunk.lower, chunk.upper)], None)
    with atomic():
        lease.renew()
        _replace(chunk, halves, "", rows)
