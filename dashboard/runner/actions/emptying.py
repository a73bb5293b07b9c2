"""Deletes the rows of tables of the destination, once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...models import MigrationRun, Step, TableCopy
from ...transfer.errors import ReceiptTaken
from ...transfer.failpoints import reach
from ..leases import Lease
from ..sessions import Sessions
from .contract import prove_may_go, table_of


def empty(step: Step, run: MigrationRun, lease: Lease, sessions: Sessions) -> None:
    """Empty the step's table."""
    try:
        next(empty_each([step], run, lease, sessions))
    except ReceiptTaken:
        # Emptied before; rows that are there now were copied since.
        return


def empty_each(
    steps: Sequence[Step], run: MigrationRun, lease: Lease, sessions: Sessions
) -> Iterator[list[Any]]:
    """Empty the table of each step: all in one transaction, where there is one.

    There it raises ReceiptTaken if one of them was emptied before, and empties none.
    """
    tables = [table_of(step) for step in steps]
    if sessions.destination.loader.empties_alone:
        yield from _empty_alone(tables, run, sessions, lease)
    else:
        _empty_together(tables, run, sessions, lease)
        yield [None] * len(tables)


def receipt_of(run: MigrationRun, table: TableCopy) -> str:
    """Name the emptying of a table, anew for every confirmation.

    What was emptied and not begun may hold rows again when the run is retried.
    """
    return f"empty.{table.position}.{run.confirmations}"


def _empty_together(
    tables: Sequence[TableCopy], run: MigrationRun, sessions: Sessions, lease: Lease
) -> None:
    destination = sessions.destination
    with destination.transaction():
        for table in tables:
            sessions.receipts.take(receipt_of(run, table), lease.epoch)
        prove_may_go(run, destination, tables)
        for table in tables:
            destination.loader.empty(table.table, table.rows_confirmed)


def _empty_alone(
    tables: Sequence[TableCopy], run: MigrationRun, sessions: Sessions, lease: Lease
) -> Iterator[list[Any]]:
    """Empty where the statement commits by itself; the receipt comes after it.

    A successor takes the lane first and ends this session then. So either the
    renewal fails, or the session was open before it and the statement fails.
    """
    destination, receipts = sessions.destination, sessions.receipts
    names = {table.pk: receipt_of(run, table) for table in tables}
    done = {pk for pk, name in names.items() if receipts.read(name) is not None}
    prove_may_go(run, destination, (t for t in tables if t.pk not in done))
    for table in tables:
        if table.pk not in done:
            lease.renew()
            destination.loader.empty(table.table, table.rows_confirmed)
            reach("table emptied")
            with destination.transaction():
                receipts.take(names[table.pk], lease.epoch)
        yield [None]
