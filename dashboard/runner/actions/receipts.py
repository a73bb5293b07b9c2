"""The receipts table: made at the start of a run, dropped at its end."""

from __future__ import annotations

from ...models import MigrationRun, Step
from ...transfer.confirmed import prove_confirmed
from ...transfer.shape_proof import prove_all
from ..chunk_recovery import settle_given_back
from ..leases import Lease
from ..plan_records import plans_in_parts
from ..sessions import Sessions
from .contract import prove_may_go
from .renumbering import prove_numbers


def open_receipts(
    step: Step, run: MigrationRun, lease: Lease, sessions: Sessions
) -> None:
    """Make the table, if both databases still are as they were checked.

    No table may hold more rows than may be deleted: all of them are counted before
    the first is emptied, and nothing else may refer to what is. Columns, keys and
    numbers have to be what they were.
    """
    unbegun = run.tables.unbegun().values_list("table", "rows_confirmed")
    prove_confirmed(sessions.destination, dict(unbegun))
    lease.renew()
    emptied = run.tables.unbegun().filter(rows_confirmed__gt=0)
    prove_may_go(run, sessions.destination, emptied)
    plans = [plan for part in plans_in_parts(run) for plan in part]
    prove_all(sessions.source, sessions.destination, plans)
    lease.renew()
    prove_numbers(run, plans, sessions.source, sessions.destination)
    sessions.receipts.create()


def drop_receipts(
    step: Step, run: MigrationRun, lease: Lease, sessions: Sessions
) -> None:
    """Drop the table; whoever comes later finds that the run has ended.

    What the receipts say of chunks that nobody has recorded is written down first.
    """
    settle_given_back(run, lease, sessions)
    sessions.receipts.drop()
