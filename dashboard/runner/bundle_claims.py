"""Claims many small tables at once: of those the control writes cost the most."""

from __future__ import annotations

from django.db.models import F, Q

from ..control_database import atomic, roll_back
from ..models import Chunk, MigrationRun, TableCopy
from ..models.clock import NowMs
from ..models.table import TableQuerySet
from ..transfer.backends.many import counted_up_to, filled
from ..transfer.backends.projection import rows_read
from ..transfer.plan import TablePlan
from ..transfer.shape_proof import prove_all
from .chunk_claims import uncut_tables
from .chunk_size import bundled_rows, small_rows
from .chunks import ClaimedChunk
from .leases import Lease
from .sessions import Sessions

# A table with more is worth a claim of its own.
SMALL_BYTES = 1 << 20
# The destination holds a lock for each of them and for each of their indexes.
MOST_TABLES = 100


def claim(
    run: MigrationRun, lease: Lease, sessions: Sessions, most: int
) -> list[ClaimedChunk]:
    """Claim up to ``most`` small tables; none where another piece comes first.

    One alone is no bundle.
    """
    if most < 2:
        return []
    waiting = Chunk.objects.of(run).ready().select_related("table").first()
    if waiting is not None:
        return _claim_waiting(run, lease, most) if _is_whole(waiting) else []
    return _claim_uncut(run, lease, sessions, most)


# --- given back ---------------------------------------------------------------


def _is_whole(chunk: Chunk) -> bool:
    return chunk.lower is None and chunk.upper is None


def _claim_waiting(run: MigrationRun, lease: Lease, most: int) -> list[ClaimedChunk]:
    """Claim whole tables that were given back untried, and for no fault of theirs."""
    waiting = (
        Chunk.objects.of(run)
        .ready()
        .filter(lower__isnull=True, upper__isnull=True, table__in=_small(run))
        .filter(attempts=0, deaths=0, breaks=0, error="", aside_rows__isnull=True)
    )
    numbers = list(waiting.values_list("pk", flat=True)[:most])
    if len(numbers) < 2:
        return []
    with atomic():
        lease.renew()
        Chunk.objects.filter(pk__in=numbers, state=Chunk.State.WAITING).update(
            state=Chunk.State.CLAIMED,
            lane=lease.number,
            epoch=lease.epoch,
            attempts=F("attempts") + 1,
            started_ms=NowMs(),
        )
    claimed = Chunk.objects.filter(
        pk__in=numbers,
        state=Chunk.State.CLAIMED,
        lane=lease.number,
        epoch=lease.epoch,
    )
    return [ClaimedChunk.of(chunk) for chunk in claimed.select_related("table__run")]


# --- not begun yet --------------------------------------------------------------


def _small(run: MigrationRun) -> TableQuerySet:
    """Select, by what is known of them, the tables that are one small chunk."""
    # A merge has temporary tables of its own.
    few = TableCopy.objects.filter(run=run, mode="", rows_total__lte=small_rows(run))
    size = Q(bytes_total__isnull=True) | Q(bytes_total__lte=SMALL_BYTES)
    return few.filter(size)


def _claim_uncut(
    run: MigrationRun, lease: Lease, sessions: Sessions, most: int
) -> list[ClaimedChunk]:
    order = uncut_tables(run, lease)
    small = set(_small(run).filter(chunks_cut=0).values_list("pk", flat=True))
    if not order or order[0] not in small:
        return []
    wanted = [number for number in order if number in small][: _share(run, order, most)]
    if len(wanted) < 2:
        return []
    found = run.tables.filter(pk__in=wanted).order_by("position")
    plans = {table: TablePlan.from_json(table.plan) for table in found}
    begun = _that_may_begin(run, plans, sessions)
    return _taken(begun, plans, lease) if len(begun) > 1 else []


def _share(run: MigrationRun, order: list[int], most: int) -> int:
    """Leave as many tables to each of the other lanes."""
    lanes = max(run.lane_count, 1)
    return min(most, -(-len(order) // lanes))


def _that_may_begin(
    run: MigrationRun, plans: dict[TableCopy, TablePlan], sessions: Sessions
) -> list[TableCopy]:
    """Return the tables that are small, counted, and empty in the destination.

    The others are found by whoever claims them alone.
    """
    # Nobody cuts what it cannot load.
    source, destination = sessions.source, sessions.destination
    prove_all(source, destination, plans.values())
    there = filled(destination, [table.table for table in plans])
    most = small_rows(run)
    selected = {plan.table: rows_read(source, plan)[1] for plan in plans.values()}
    rows = counted_up_to(source, selected, most + 1)
    left = bundled_rows(run)
    found = []
    for table, plan in plans.items():
        counted = rows[plan.table]
        if table.table not in there and counted <= min(most, left):
            left -= counted
            found.append(table)
    return found


def _taken(
    tables: list[TableCopy], plans: dict[TableCopy, TablePlan], lease: Lease
) -> list[ClaimedChunk]:
    """Give out whole tables, all or none of them."""
    numbers = [table.pk for table in tables]
    with atomic():
        lease.renew()
        moved = TableCopy.objects.filter(
            pk__in=numbers, chunks_cut=0, all_cut=False
        ).update(chunks_cut=1, all_cut=True, state=TableCopy.State.COPYING)
        if moved != len(numbers):
            # Another lane was faster.
            roll_back()
            return []
        Chunk.objects.bulk_create(
            Chunk(
                table=table,
                number=1,
                lane=lease.number,
                epoch=lease.epoch,
                attempts=1,
                started_ms=NowMs(),
            )
            for table in tables
        )
    # Not every engine tells the numbers of many new rows.
    made = Chunk.objects.filter(table__in=numbers, number=1)
    chunks = {chunk.table_id: chunk for chunk in made}
    claimed = []
    for table in tables:
        chunks[table.pk].table = table
        claimed.append(ClaimedChunk(chunks[table.pk], table, plans[table]))
    return claimed
