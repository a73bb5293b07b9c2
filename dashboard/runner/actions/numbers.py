"""Sequences that go on after the last number, and fresh statistics."""

from __future__ import annotations

from ...models import MigrationRun, Step
from ...transfer.plan import TablePlan
from ..leases import Lease
from ..sessions import Sessions


def set_sequences(
    step: Step, run: MigrationRun, lease: Lease, sessions: Sessions
) -> None:
    """Let every automatic column of the destination go on after the source's."""
    destination = sessions.destination.schema
    for table in run.tables.order_by("position"):
        # The source's own: numbers of deleted rows are not reused.
        source_table = TablePlan.from_json(table.plan).source_table
        used = sessions.source.schema.high_water(source_table)
        for column in destination.high_water(table.table):
            destination.advance(table.table, column, used.get(column, 0))
        lease.renew()


def refresh_statistics(
    step: Step, run: MigrationRun, lease: Lease, sessions: Sessions
) -> None:
    """Analyze the step's tables."""
    for name in step.payload["tables"]:
        sessions.destination.schema.analyze(name)
        lease.renew()
