"""Compares tables, or one range of a table, and keeps what differs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
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
from ...transfer.shape_proof import prove_all
from ..leases import Lease
from ..sessions import Sessions
from ..throttle import charge
from . import merging
from .contract import Record, table_of
from .renumbering import prove_numbers

Compared = tuple[Step, Comparison, float]
"""A step, what it found, and the seconds that it took."""


def compare(step: Step, run: MigrationRun, lease: Lease, sessions: Sessions) -> Record:
    """Compare the step's range of its table."""
    found = next(compare_each([step], run, lease, sessions))
    return partial(record_all, run, found)


def compare_each(
    steps: Sequence[Step], run: MigrationRun, lease: Lease, sessions: Sessions
) -> Iterator[list[Compared]]:
    """Compare what each step asks for, one after the other."""
    source, destination = sessions.source, sessions.destination_reader
    plans = [TablePlan.from_json(table_of(step).plan) for step in steps]
    prove_all(source, destination, plans)
    if run.verify != MigrationRun.Verify.COUNTS:
        numbered = [plan for plan in plans if _is_numbered(plan)]
        if numbered:
            prove_numbers(run, numbered, source, destination)
    for step, plan in zip(steps, plans, strict=True):
        began = time.perf_counter()
        found = _comparison(step, plan, run, lease, sessions)
        reach("rows compared")
        step.payload = {
            **step.payload,
            "source_rows": found.source_rows,
            "destination_rows": found.destination_rows,
            "differences": found.differences_count,
            "unverifiable": found.unverifiable,
            "uncompared": found.uncompared,
            "untouched": found.untouched,
            "changed": source.comparer.count_changed(plan, _range(step)),
            "highest": _highest(step, plan),
        }
        yield [(step, found, time.perf_counter() - began)]


def _highest(step: Step, plan: TablePlan) -> object:
    """Return where the next run may begin, or None; said by a table's first step."""
    is_first = _range(step).lower is None
    return plan.growing.kept() if plan.growing and is_first else None


def _is_numbered(plan: TablePlan) -> bool:
    return any(column.numbers is not None for column in plan.columns)


def _comparison(
    step: Step, plan: TablePlan, run: MigrationRun, lease: Lease, sessions: Sessions
) -> Comparison:
    destination = sessions.destination_reader
    if plan.mode:
        return merging.compared(table_of(step), plan, run, sessions, lease.renew)
    with sessions.compared(plan) as (source, compared):
        if run.verify == MigrationRun.Verify.COUNTS:
            return counts(source, destination, compared)
        return compare_range(
            source,
            destination,
            compared,
            _range(step),
            differences_kept=option("DIFFERENCES_KEPT"),
            still_working=lease.renew,
        )


def _range(step: Step) -> KeyRange:
    lower, upper = (keys.from_json(step.payload.get(n)) for n in ("lower", "upper"))
    return KeyRange(lower, upper)


def record_all(run: MigrationRun, found: Sequence[Compared]) -> None:
    """Write down what comparisons found, in the transaction that ends their steps."""
    if run.verify == MigrationRun.Verify.FULL:
        rows = (max(one.source_rows, one.destination_rows) for _, one, _ in found)
        charge(run, sum(rows), sum(seconds for _, _, seconds in found))
    for step, one, seconds in found:
        TableCopy.objects.filter(pk=table_of(step).pk).update(
            rows_compared=F("rows_compared") + one.destination_rows,
            verify_seconds=F("verify_seconds") + seconds,
        )
    Difference.objects.bulk_create(
        Difference(
            table=step.table,
            problem=difference.problem,
            key=list(difference.key),
            columns=list(difference.columns),
        )
        for step, one, _ in found
        for difference in one.differences
    )
