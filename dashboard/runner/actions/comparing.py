"""Compares one table, or one range of it, and keeps what differs."""

from __future__ import annotations

import time
from functools import partial

from django.db.models import F

from ...conf import option
from ...models import Difference, MigrationRun, Step, TableCopy
from ...transfer import keys
from ...transfer.compare import Comparison, counts
from ...transfer.compare import compare as compare_range
from ...transfer.failpoints import reach
from ...transfer.keys import KeyRange
from ...transfer.plan import TablePlan
from ...transfer.shape_proof import prove_shapes
from ..leases import Lease
from ..sessions import Sessions
from ..throttle import charge
from .contract import Record, table_of
from .renumbering import prove_numbers


def compare(step: Step, run: MigrationRun, lease: Lease, sessions: Sessions) -> Record:
    """Compare the step's range of its table."""
    began = time.perf_counter()
    found = _comparison(step, run, lease, sessions)
    reach("rows compared")
    return partial(_record, step, run, found, time.perf_counter() - began)


def _comparison(
    step: Step, run: MigrationRun, lease: Lease, sessions: Sessions
) -> Comparison:
    plan = TablePlan.from_json(table_of(step).plan)
    source, destination = sessions.source, sessions.destination_reader
    prove_shapes(source, destination, plan)
    if run.verify == MigrationRun.Verify.COUNTS:
        return counts(source, destination, plan)
    if any(column.numbers is not None for column in plan.columns):
        prove_numbers(run, [plan], source, destination)
    key_range = KeyRange(
        keys.from_json(step.payload.get("lower")),
        keys.from_json(step.payload.get("upper")),
    )
    return compare_range(
        source,
        destination,
        plan,
        key_range,
        differences_kept=option("DIFFERENCES_KEPT"),
        still_working=lease.renew,
    )


def _record(step: Step, run: MigrationRun, found: Comparison, seconds: float) -> None:
    table = table_of(step)
    Step.objects.filter(pk=step.pk).update(
        payload={
            **step.payload,
            "source_rows": found.source_rows,
            "destination_rows": found.destination_rows,
            "differences": found.differences_count,
            "unverifiable": found.unverifiable,
        }
    )
    if run.verify == MigrationRun.Verify.FULL:
        charge(run, max(found.source_rows, found.destination_rows), seconds)
    TableCopy.objects.filter(pk=table.pk).update(
        rows_compared=F("rows_compared") + found.destination_rows,
        verify_seconds=F("verify_seconds") + seconds,
    )
    Difference.objects.bulk_create(
        Difference(
            table=table,
            problem=difference.problem,
            key=list(difference.key),
            columns=list(difference.columns),
        )
        for difference in found.differences
    )
