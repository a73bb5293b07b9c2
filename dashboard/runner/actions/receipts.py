"""The receipts table: made at the start of a run, dropped at its end."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ...models import MigrationRun, Step
from ...transfer.errors import TransferError
from ...transfer.plan import TablePlan
from ..leases import Lease
from ..sessions import Sessions
from .renumbering import prove_numbers


def open_receipts(
    step: Step, run: MigrationRun, lease: Lease, sessions: Sessions
) -> None:
    """Make the table, if both databases still are as they were checked.

    What was empty has to be empty, and numbers have to be what they were.
    """
    for table in run.tables.filter(rows_before=0, chunks_cut=0, replaced_last=False):
        if not sessions.destination.is_empty(table.table):
            raise TransferError(
                _("Table '%(table)s' was empty when it was checked and holds rows now.")
                % {"table": table.table},
                _("Check again, and have the table emptied or excluded."),
            )
    plans = [TablePlan.from_json(table.plan) for table in run.tables.all()]
    prove_numbers(run, plans, sessions.source, sessions.destination)
    sessions.receipts.create()


def drop_receipts(
    step: Step, run: MigrationRun, lease: Lease, sessions: Sessions
) -> None:
    """Drop the table; whoever comes later finds that the run has ended."""
    sessions.receipts.drop()
