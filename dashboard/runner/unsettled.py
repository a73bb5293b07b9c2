"""Chunks of dead lanes of which no receipt says whether they are copied.

They are left as they are until a retry, which looks for the receipts again and,
where there are none any more, at the rows themselves: a chunk is one transaction,
so all of its rows are there or none.
"""

from __future__ import annotations

from django.db.models import F
from django.utils.translation import gettext as _

from ..control_database import atomic
from ..models import Chunk, MigrationRun, TableCopy
from ..transfer.compare import Comparison, compare
from ..transfer.copy import Copied
from ..transfer.errors import ReceiptsGone, TransferError
from . import rows_aside
from .chunks import ClaimedChunk, record
from .leases import Lease
from .sessions import Sessions


def leave(chunk: Chunk, lease: Lease) -> None:
    """Leave a dead lane's chunk for a retry."""
    with atomic():
        lease.renew()
        Chunk.objects.filter(
            pk=chunk.pk, state=Chunk.State.CLAIMED, epoch=chunk.epoch
        ).update(state=Chunk.State.UNSETTLED)


def settle_again(run: MigrationRun) -> None:
    """Let the lanes of a run that is retried settle what was left."""
    # As claimed by a dead holder, which it was.
    Chunk.objects.of(run).unsettled().update(state=Chunk.State.CLAIMED)


def receipts_gone(run: MigrationRun, error: ReceiptsGone) -> ReceiptsGone:
    """Return the fault of a run whose receipts are not there any more."""
    return ReceiptsGone(
        _(
            "Table '%(table)s' of '%(alias)s' is gone, which held the receipts of "
            "this run."
        )
        % {"table": run.receipts_table, "alias": run.destination},
        _(
            "Find out who dropped it, or whether the server failed over to an older "
            "copy. A retry compares what was in hand with the source and goes on."
        ),
        code=error.code,
    )


def settle_by_rows(claimed: ClaimedChunk, lease: Lease, sessions: Sessions) -> None:
    """Look at the rows of a chunk whose receipt is lost.

    Raises TransferError where they are neither all there nor all missing. Those that
    are merged do not say it, and are merged again.
    """
    if claimed.plan.mode:
        _merge_again(claimed, lease)
        return
    with sessions.compared(claimed.plan) as (source, plan):
        found = compare(
            source,
            sessions.destination_reader,
            plan,
            claimed.key_range,
            differences_kept=1,
            still_working=lease.renew,
        )
    if not found.destination_rows:
        _give_back(claimed.chunk, lease)
    elif _is_copied(found, rows_aside.left_out(claimed.chunk)):
        Chunk.objects.filter(pk=claimed.chunk.pk).update(epoch=lease.epoch)
        record(claimed.chunk, lease, Copied(found.destination_rows, 0), 0.0)
    else:
        raise _unclear(claimed, found)


def _is_copied(found: Comparison, aside: int) -> bool:
    """Whether nothing is missing but what was to be left out."""
    missing = found.source_rows - found.destination_rows
    return missing == aside == found.differences_count


def _give_back(chunk: Chunk, lease: Lease) -> None:
    with atomic():
        lease.renew()
        Chunk.objects.filter(pk=chunk.pk, epoch=chunk.epoch).update(
            state=Chunk.State.WAITING, attempts=F("attempts") - 1, not_before_ms=0
        )


def _merge_again(claimed: ClaimedChunk, lease: Lease) -> None:
    """Give a chunk back; of the table nobody knows any more what it was before."""
    TableCopy.objects.filter(pk=claimed.table.pk).update(measured={})
    _give_back(claimed.chunk, lease)


def _unclear(claimed: ClaimedChunk, found: Comparison) -> TransferError:
    return TransferError(
        _(
            "Table '%(table)s', keys %(keys)s: the source has %(source)d rows there "
            "and the destination %(destination)d, and no receipt says which of them "
            "this run copied."
        )
        % {
            "table": claimed.table.table,
            "keys": claimed.key_range,
            "source": found.source_rows,
            "destination": found.destination_rows,
        },
        _("Plan a new migration that empties the table first."),
    )
