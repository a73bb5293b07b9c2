"""Chunks: found as they are asked for, copied once, recorded."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet

from ..conf import option
from ..models import Chunk, MigrationRun, TableCopy
from ..transfer import keys
from ..transfer.backends.base import Session
from ..transfer.bounds import next_bound
from ..transfer.copy import Copied, copy_range
from ..transfer.errors import ReceiptTaken
from ..transfer.failpoints import reach
from ..transfer.keys import Key, KeyRange
from ..transfer.plan import VALUES, TablePlan
from .clock import NowMs, now_ms
from .lanes import Hold, LaneLost, session_label
from .sessions import Sessions

# A first chunk is small: nothing is known of the rows yet.
FIRST_ROWS = 5_000
LEAST_ROWS = 1
MOST_ROWS = 2_000_000
# On the values route a driver may hold the rows of a whole chunk.
MOST_OBJECTS = 5_000
# A chunk is at most this many times its predecessor.
GROWTH = 4.0
# A range with less than this share of the rows that it was to hold has missed.
MISSED = 0.1
# A chunk that has cost this many workers their lives is halved.
DEATHS = 3

# The JSON of two keys.
Bounds = tuple[Any, Any]


@dataclass
class ClaimedChunk:
    """A chunk that this lane works on, with the table's plan."""

    chunk: Chunk
    table: TableCopy
    plan: TablePlan
    bound_seconds: float = 0.0

    @property
    def chosen(self) -> KeyRange:
        """The key range of the chunk."""
        return KeyRange(
            keys.from_json(self.chunk.lower), keys.from_json(self.chunk.upper)
        )

    @property
    def item(self) -> str:
        """The chunk's place among the receipts."""
        return f"chunk.{self.table.position}.{self.chunk.number}"


def claim(run: MigrationRun, hold: Hold, sessions: Sessions) -> ClaimedChunk | None:
    """Claim a chunk: one given back, or the next range of a table."""
    return _claim_waiting(run, hold) or _claim_next(run, hold, sessions)


def _claim_waiting(run: MigrationRun, hold: Hold) -> ClaimedChunk | None:
    waiting = Chunk.objects.filter(
        table__run=run, state=Chunk.State.WAITING, not_before__lte=NowMs()
    )
    chunk = waiting.select_related("table").first()
    if chunk is None or not _may_load(chunk.table, hold):
        return None
    with transaction.atomic():
        hold.guard()
        claimed = Chunk.objects.filter(pk=chunk.pk, state=Chunk.State.WAITING).update(
            state=Chunk.State.CLAIMED,
            lane=hold.number,
            epoch=hold.epoch,
            attempts=F("attempts") + 1,
            started_at=NowMs(),
        )
    if not claimed:
        return None
    chunk.refresh_from_db()
    return ClaimedChunk(chunk, chunk.table, TablePlan.from_json(chunk.table.plan))


def _may_load(table: TableCopy, hold: Hold) -> bool:
    if not table.single:
        return True
    others = table.chunks.filter(state=Chunk.State.CLAIMED).exclude(lane=hold.number)
    return not others.exists()


def _claim_next(
    run: MigrationRun, hold: Hold, sessions: Sessions
) -> ClaimedChunk | None:
    for table in _open_tables(run, hold):
        claimed = _advance(table, hold, sessions)
        if claimed is not None:
            return claimed
    return None


def _open_tables(run: MigrationRun, hold: Hold) -> QuerySet[TableCopy]:
    """Tables with rows left to give out, the fittest first.

    A table nobody is at before one with company, a large one before a small
    one: lanes spread out and the longest job does not come last.
    """
    busy = Count(
        "chunks",
        filter=Q(chunks__state=Chunk.State.CLAIMED) & ~Q(chunks__lane=hold.number),
    )
    tables = run.tables.filter(exhausted=False, late=False).annotate(busy=busy)
    return tables.exclude(single=True, busy__gt=0).order_by(
        "busy", F("bytes_total").desc(nulls_last=True), "-rows_total", "position"
    )


def _advance(table: TableCopy, hold: Hold, sessions: Sessions) -> ClaimedChunk | None:
    """Give out the next range of a table; None where somebody was faster."""
    plan = TablePlan.from_json(table.plan)
    lower = keys.from_json(table.last_key)
    began = time.perf_counter()
    upper = _upper(table, plan, lower, sessions.source)
    seconds = time.perf_counter() - began
    with transaction.atomic():
        hold.guard()
        moved = TableCopy.objects.filter(
            pk=table.pk, frontier=table.frontier, exhausted=False
        ).update(
            frontier=F("frontier") + 1,
            last_key=keys.to_json(upper),
            exhausted=upper is None,
            state=TableCopy.State.COPYING,
        )
        if not moved:
            return None
        chunk = Chunk.objects.create(
            table=table,
            number=table.frontier + 1,
            lower=keys.to_json(lower),
            upper=keys.to_json(upper),
            lane=hold.number,
            epoch=hold.epoch,
            attempts=1,
            bound_seconds=seconds,
            started_at=now_ms(),
        )
    return ClaimedChunk(chunk, table, plan, seconds)


def _upper(
    table: TableCopy, plan: TablePlan, lower: Key | None, source: Session
) -> Key | None:
    if not plan.is_divisible:
        return None
    if fixed_rows(table.run) or table.stride_missed:
        return source.reader.upper_bound(plan, lower, table.chunk_rows)
    return next_bound(source, plan, lower, table.chunk_rows, table.rows_total)


def fixed_rows(run: MigrationRun) -> int | None:
    """Return how many rows somebody wants in every chunk, or None."""
    rows = option("CHUNK_ROWS") or run.options.get("chunk_rows")
    return int(rows) if rows else None


def perform(claimed: ClaimedChunk, hold: Hold, sessions: Sessions) -> None:
    """Copy a claimed chunk and record it."""
    reach("chunk claimed")
    began = time.perf_counter()
    try:
        copied = copy_range(
            sessions.source,
            sessions.destination,
            claimed.plan,
            claimed.chosen,
            sessions.receipts,
            claimed.item,
            hold.epoch,
            sessions.objects(claimed.plan),
        )
    except ReceiptTaken:
        copied = _recognised(claimed, sessions)
    record(claimed, hold, copied, time.perf_counter() - began)


def _recognised(claimed: ClaimedChunk, sessions: Sessions) -> Copied:
    receipt = sessions.receipts.read(claimed.item)
    if receipt is None or receipt.void:
        # Voided by a successor: this holder is not needed any more.
        raise LaneLost
    return Copied(receipt.rows, receipt.bytes)


def record(claimed: ClaimedChunk, hold: Hold, copied: Copied, seconds: float) -> None:
    """Write a copied chunk into the run, in one short transaction."""
    table = claimed.table
    with transaction.atomic():
        hold.alive()
        done = Chunk.objects.filter(
            pk=claimed.chunk.pk, state=Chunk.State.CLAIMED, epoch=hold.epoch
        ).update(
            state=Chunk.State.COPIED,
            rows=copied.rows,
            bytes=copied.bytes,
            copy_seconds=seconds,
            finished_at=NowMs(),
            error="",
        )
        if not done:
            raise LaneLost
        TableCopy.objects.filter(pk=table.pk).update(
            rows_copied=F("rows_copied") + copied.rows,
            bytes_copied=F("bytes_copied") + copied.bytes,
            copy_seconds=F("copy_seconds") + seconds,
            chunk_rows=_next_rows(table, claimed, copied, seconds),
            stride_missed=_has_missed(claimed, copied),
        )
        _finish_table(table)


def _finish_table(table: TableCopy) -> None:
    left = Chunk.objects.filter(table=table.pk).exclude(
        state__in=[Chunk.State.COPIED, Chunk.State.VOID]
    )
    TableCopy.objects.filter(pk=table.pk, exhausted=True).exclude(
        pk__in=left.values("table")
    ).update(
        state=TableCopy.State.COPIED, rows_total=F("rows_copied"), total_exact=True
    )


def _next_rows(
    table: TableCopy, claimed: ClaimedChunk, copied: Copied, seconds: float
) -> int:
    """Return how many rows the next chunk should have: clock and bytes."""
    fixed = fixed_rows(table.run)
    if fixed:
        return fixed
    if claimed.chunk.upper is None or _has_missed(claimed, copied):
        # The rest of a table tells little, and a gap among its keys nothing.
        return table.chunk_rows
    spent = max(seconds + claimed.bound_seconds, 0.001)
    by_clock = copied.rows * option("CHUNK_SECONDS") / spent
    by_bytes = option("CHUNK_BYTES") / max(_row_bytes(table, copied), 1)
    most = MOST_OBJECTS if table.route == VALUES else MOST_ROWS
    wanted = min(by_clock, by_bytes, table.chunk_rows * GROWTH, most)
    return max(int(wanted), LEAST_ROWS)


def _has_missed(claimed: ClaimedChunk, copied: Copied) -> bool:
    """Whether a range held far fewer rows than wanted: its keys are sparse."""
    if claimed.chunk.upper is None:
        return False
    return copied.rows < claimed.table.chunk_rows * MISSED


def _row_bytes(table: TableCopy, copied: Copied) -> float:
    if copied.bytes:
        return copied.bytes / copied.rows
    return (table.bytes_total or 0) / max(table.rows_total, 1)


def first_rows(rows: int, size: int | None, fixed: int | None) -> int:
    """Return the rows of a table's first chunk, from its size in bytes."""
    if fixed:
        return fixed
    if not rows or not size:
        return FIRST_ROWS
    by_bytes = option("CHUNK_BYTES") / 8 / max(size / rows, 1)
    return max(LEAST_ROWS, min(int(by_bytes), FIRST_ROWS * 4))


def give_back(
    claimed: ClaimedChunk, hold: Hold, error: str, wait_ms: int, *, failed: bool
) -> None:
    """Let somebody try a chunk again later, or nobody any more."""
    with transaction.atomic():
        hold.guard()
        Chunk.objects.filter(pk=claimed.chunk.pk, epoch=hold.epoch).update(
            state=Chunk.State.FAILED if failed else Chunk.State.WAITING,
            not_before=NowMs() + wait_ms,
            error=error,
        )


def split(claimed: ClaimedChunk, hold: Hold, sessions: Sessions, error: str) -> bool:
    """Make two chunks of one that is too much at once; False at one row."""
    halves = _halves(claimed, sessions)
    if halves is None or not sessions.receipts.void(claimed.item).void:
        # Committed after all: the next attempt recognises that.
        return False
    with transaction.atomic():
        hold.guard()
        _replace(claimed.chunk, halves, error)
    return True


def _halves(claimed: ClaimedChunk, sessions: Sessions) -> list[Bounds] | None:
    chunk, source = claimed.chunk, sessions.source
    if not claimed.plan.is_divisible:
        return None
    # Counted: the table's chunks may have become larger since.
    selection, values = source.reader.selection(
        claimed.plan, claimed.chosen, source.placeholder
    )
    sql = f"SELECT count(*) FROM (SELECT 1 {selection}) c"  # noqa: S608
    rows = int(source.query(sql, values)[0][0]) // 2
    if not rows:
        return None
    middle = source.reader.upper_bound(claimed.plan, keys.from_json(chunk.lower), rows)
    bound = keys.to_json(middle)
    if middle is None or bound == chunk.upper:
        return None
    # The next ones are cut as small.
    TableCopy.objects.filter(pk=chunk.table_id).update(chunk_rows=rows)
    return [(chunk.lower, bound), (bound, chunk.upper)]


def _replace(chunk: Chunk, ranges: list[Bounds], error: str) -> None:
    """Put other chunks in the place of one whose receipt is void."""
    Chunk.objects.filter(pk=chunk.pk).update(state=Chunk.State.VOID, error=error)
    # The frontier numbers chunks too, so it moves past the new ones.
    TableCopy.objects.filter(pk=chunk.table_id).update(
        frontier=F("frontier") + len(ranges)
    )
    last = TableCopy.objects.values_list("frontier", flat=True).get(pk=chunk.table_id)
    for offset, (lower, upper) in enumerate(ranges):
        Chunk.objects.create(
            table_id=chunk.table_id,
            number=last - len(ranges) + 1 + offset,
            lower=lower,
            upper=upper,
            state=Chunk.State.WAITING,
            attempts=chunk.attempts if len(ranges) == 1 else 0,
        )


def adopt(run: MigrationRun, hold: Hold, sessions: Sessions) -> list[ClaimedChunk]:
    """Settle what this lane's dead holders left claimed.

    Their server sessions are ended first, so that their locks go; then a void
    receipt, or the real one, says what became of each chunk for good.
    Returns the chunks that have cost too many lives to be tried again.
    """
    poisonous = []
    orphans = Chunk.objects.filter(
        table__run=run, state=Chunk.State.CLAIMED, lane=hold.number
    ).exclude(epoch=hold.epoch)
    for chunk in orphans.select_related("table"):
        sessions.destination.end_session(
            session_label(hold.run_uuid, chunk.lane, chunk.epoch)
        )
        claimed = ClaimedChunk(
            chunk, chunk.table, TablePlan.from_json(chunk.table.plan)
        )
        receipt = sessions.receipts.void(claimed.item)
        if receipt.void:
            _try_again(claimed, hold, sessions)
            if chunk.attempts >= option("ATTEMPTS"):
                poisonous.append(claimed)
        else:
            Chunk.objects.filter(pk=chunk.pk).update(epoch=hold.epoch)
            record(claimed, hold, Copied(receipt.rows, receipt.bytes), 0.0)
    return poisonous


def _try_again(claimed: ClaimedChunk, hold: Hold, sessions: Sessions) -> None:
    chunk = claimed.chunk
    halves = _halves(claimed, sessions) if chunk.attempts >= DEATHS else None
    with transaction.atomic():
        hold.guard()
        _replace(chunk, halves or [(chunk.lower, chunk.upper)], "")
