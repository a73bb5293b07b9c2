"""Replaces users and what belongs to them, all of it in one transaction."""

from __future__ import annotations

import time

from django.db.models import Case, When

from ...control_database import atomic
from ...models import MigrationRun, Step, TableCopy
from ...transfer.confirmed import check_confirmed
from ...transfer.copy import Copied, move
from ...transfer.errors import DataRefused, ReceiptTaken
from ...transfer.failpoints import reach
from ...transfer.locating import named
from ...transfer.plan import TablePlan
from ...transfer.shape_proof import prove_shapes
from ..leases import Lease
from ..sessions import Sessions
from ..throttle import charge
from .contract import prove_may_go


def replace(step: Step, run: MigrationRun, lease: Lease, sessions: Sessions) -> None:
    """Replace the tables that come last.

    Whoever is signed in sees the old rows until the new ones are there.
    """
    began = time.perf_counter()
    tables = list(run.tables.filter(replaced_last=True).order_by("position"))
    destination = sessions.destination
    try:
        with destination.transaction():
            sessions.receipts.take(_receipt(tables), lease.epoch)
            prove_may_go(run, destination, (t for t in tables if t.rows_confirmed))
            for table in reversed(tables):
                rows = destination.rows_of(table.table)
                deleted = destination.execute(f"DELETE FROM {rows}")  # noqa: S608
                check_confirmed(table.table, deleted, table.rows_confirmed)
            copied = [_copied(table, sessions) for table in tables]
            reach("users replaced")
    except ReceiptTaken:
        counts = [destination.catalog.count(table.table) for table in tables]
        copied = [Copied(rows, 0) for rows in counts]
    with atomic():
        lease.renew()
        for table, found in zip(tables, copied, strict=True):
            _record(table, found)
        seconds = time.perf_counter() - began
        charge(run, sum(found.read for found in copied), seconds)


def _receipt(tables: list[TableCopy]) -> str:
    """Name the receipt, anew when the tables are copied again: all of them are."""
    times = max(table.round for table in tables)
    return f"replace.{times}" if times else "replace"


def _copied(table: TableCopy, sessions: Sessions) -> Copied:
    plan = TablePlan.from_json(table.plan)
    prove_shapes(sessions.source, sessions.destination, plan)
    objects = sessions.objects(plan)
    try:
        return move(sessions.source, sessions.destination, plan, objects=objects)
    except DataRefused as error:
        raise named(plan.table, error) from error


def _record(table: TableCopy, copied: Copied) -> None:
    TableCopy.objects.filter(pk=table.pk).update(
        rows_copied=copied.read,
        rows_made=Case(When(rows_made=None, then=None), default=copied.rows),
        bytes_copied=copied.bytes,
        rows_total=copied.read,
        rows_total_exact=True,
        all_cut=True,
        state=TableCopy.State.COPIED,
    )
