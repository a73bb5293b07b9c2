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
from ...transfer.shape_proof import prove_all_shapes
from ..leases import Lease
from ..sessions import Sessions
from ..throttle import charge
from .contract import Record, table_of
from .renumbering import prove_numbers

Compared = tuple[Step, Comparison, float]
"""A step, what it found, and the seconds that it took."""


def compare(steps: Sequence[Step], run: MigrationRun, lease: Lease, sessions: Sessions) -> Iterator[Record]:
    """Compare the range of each step's table."""
    plans = [TablePlan.from_json(table_of(step).plan) for step in steps]
    source, destination = sessions.source, sessions.destination_reader
    prove_all_shapes(source, destination, plans)
    if run.verify == MigrationRun.Verify.FULL:
        numbered = [plan for plan in plans if _is_numbered(plan)]
        if numbered:
            prove_numbers(run, numbered, source, destination)
    for step, plan in zip(steps, plans, strict=True):
        began = time.perf_counter()
        found = _comparison(step, run, lease, sessions, plan)
        reach("rows compared")
        yield (step, found, time.perf_counter() - began)


def _is_numbered(plan: TablePlan) -> bool:
    return any(column.numbers is not None for column in plan.columns)
