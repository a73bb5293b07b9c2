"""What is proved of tables that keep their rows while others are merged into them."""

from __future__ import annotations

from collections.abc import Callable

from ...conf import option
from ...models import MigrationRun, Step, TableCopy
from ...transfer.checksums import Checksum
from ...transfer.compare import Comparison
from ...transfer.merge_proof import count, measure, prove
from ...transfer.merged import Merged
from ...transfer.plan import TablePlan
from ..leases import Lease
from ..sessions import Sessions
from .contract import Record, table_of


def measure_before(
    step: Step, run: MigrationRun, lease: Lease, sessions: Sessions
) -> Record | None:
    """Sum up the step's table as it is before the first row is merged into it."""
    table = table_of(step)
    if TableCopy.objects.filter(pk=table.pk, chunks_cut__gt=0).exists():
        # Measured before: a repeated step would take merged rows for old ones.
        return None
    plan = TablePlan.from_json(table.plan)
    is_proved = run.verify == MigrationRun.Verify.FULL
    found = measure(
        sessions.source, sessions.destination_reader, plan, is_proved=is_proved
    )

    def record() -> None:
        # A sum is more than some databases' JSON has digits for.
        measured = {**vars(found), "total": str(found.total)}
        TableCopy.objects.filter(pk=table.pk, chunks_cut=0).update(measured=measured)

    return record


def compared(
    table: TableCopy,
    plan: TablePlan,
    run: MigrationRun,
    sessions: Sessions,
    still_working: Callable[[], None],
) -> Comparison:
    """Compare a table that was merged into, as far as the run asks for."""
    source, destination = sessions.source, sessions.destination_reader
    merged = _merged(table)
    before = _before(table)
    # Without it rows are looked for by their keys: counts alone say nothing.
    if run.verify == MigrationRun.Verify.COUNTS and before is not None:
        return count(source, destination, plan, before.rows, merged)
    return prove(
        source,
        destination,
        plan,
        before,
        merged,
        differences_kept=option("DIFFERENCES_KEPT"),
        still_working=still_working,
    )


def _merged(table: TableCopy) -> Merged:
    """Return what all chunks together have done."""
    done = table.chunks.copied().values_list("merged", flat=True)
    return sum(map(Merged.from_json, done), Merged())


def _before(table: TableCopy) -> Checksum | None:
    found = TableCopy.objects.values_list("measured", flat=True).get(pk=table.pk)
    if not found:
        return None
    return Checksum(found["rows"], found["hashed"], int(found["total"]))
