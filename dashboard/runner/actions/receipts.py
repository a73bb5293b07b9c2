"""The receipts table: made at the start of a run, dropped at its end."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ...models import MigrationRun, Step
from ...transfer.errors import TransferError
from ..leases import Lease
from ..sessions import Sessions


def open_receipts(
    step: Step, run: MigrationRun, lease: Lease, sessions: Sessions
) -> None:
    """Make the table, if what was empty when it was checked still is."""
    for table in run.tables.filter(rows_before=0, chunks_cut=0, replaced_last=False):
        if not sessions.destination.is_empty(table.table):
            raise TransferError(
                _("Table '%(table)s' was empty when it was checked and holds rows now.")
                % {"table": table.table},
                _("Check again, and have the table emptied or excluded."),
            )
    sessions.receipts.create()


def drop_receipts(
    step: Step, run: MigrationRun, lease: Lease, sessions: Sessions
) -> None:
    """Drop the table; whoever comes later finds that the run has ended."""
    sessions.receipts.drop()
