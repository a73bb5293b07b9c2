"""Deletes the rows of one table of the destination, once."""

from __future__ import annotations

from ...models import MigrationRun, Step, TableCopy
from ...transfer.backends.base import Session
from ...transfer.errors import ReceiptTaken
from ...transfer.failpoints import reach
from ..leases import Lease
from ..sessions import Sessions
from .contract import prove_may_go, table_of


def empty(step: Step, run: MigrationRun, lease: Lease, sessions: Sessions) -> None:
    """Empty the step's table."""
    destination, table = sessions.destination, table_of(step)
    receipt = receipt_of(run, table)
    if destination.loader.empties_alone:
        _empty_alone(run, sessions, table, receipt, lease)
        return
    try:
        with destination.transaction():
            sessions.receipts.take(receipt, lease.epoch)
            _delete(run, destination, table)
    except ReceiptTaken:
        # Emptied before; rows that are there now were copied since.
        return


def receipt_of(run: MigrationRun, table: TableCopy) -> str:
    """Name the emptying of a table, anew for every confirmation.

    What was emptied and not begun may hold rows again when the run is retried.
    """
    return f"empty.{table.position}.{run.confirmations}"


def _delete(run: MigrationRun, destination: Session, table: TableCopy) -> None:
    prove_may_go(run, destination, [table])
    destination.loader.empty(table.table, table.rows_confirmed)


def _empty_alone(
    run: MigrationRun,
    sessions: Sessions,
    table: TableCopy,
    receipt: str,
    lease: Lease,
) -> None:
    """Empty where the statement commits by itself; the receipt comes after it.

    A successor takes the lane first and ends this session then. So either the
    renewal fails, or the session was open before it and the statement fails.
    """
    receipts = sessions.receipts
    if receipts.read(receipt) is not None:
        return
    lease.renew()
    _delete(run, sessions.destination, table)
    reach("table emptied")
    with sessions.destination.transaction():
        receipts.take(receipt, lease.epoch)
