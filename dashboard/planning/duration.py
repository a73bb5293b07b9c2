"""How long a run will take, before it starts, from rates that were measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connections
from django.db.models import Sum

from ..models import MigrationRun, TableCopy
from ..statuses import Status
from ..transfer.backends import costs
from ..transfer.costs import Cost

# A run of fewer rows says more of its start-up than of its rates.
TELLING_ROWS = 50_000
# Planning, receipts, sequences: what a run of no rows takes, in seconds.
FIXED_SECONDS = 1.0
PAST_RUNS = 5
# Where an alias has gone from the settings since the run was planned.
UNKNOWN = Cost(12.0, 100.0)


@dataclass(frozen=True)
class Expectation:
    """Seconds that a run will take; ``past_runs`` were the measure, if any."""

    seconds: float
    past_runs: int


def expect(run: MigrationRun) -> Expectation:
    """Return how long the planned run will take."""
    return expected(run, *_size(run))


def expected(run: MigrationRun, rows: int, size: int) -> Expectation:
    """Return how long so many rows and bytes will take a run of this description.

    The run need not be saved. From the last runs between the same two aliases where
    there are any that tell something, else from what rows were measured to cost the
    two engines.
    """
    past = list(_past(run))
    found = past or [_measured(run)]
    seconds = sum(cost.seconds(rows, size) for cost in found) / len(found)
    return Expectation(seconds + FIXED_SECONDS, len(past))


def _measured(run: MigrationRun) -> Cost:
    known = connections.settings
    pair = [
        costs(connections[alias].vendor) if alias in known else None
        for alias in (run.source, run.destination)
    ]
    if pair[0] is None or pair[1] is None:
        return UNKNOWN
    return pair[0].reading + pair[1].loading


def _size(run: MigrationRun) -> tuple[int, int]:
    total = TableCopy.objects.filter(run=run).aggregate(
        rows=Sum("rows_total"), size=Sum("bytes_total")
    )
    return total["rows"] or 0, total["size"] or 0


def _past(run: MigrationRun) -> Iterable[Cost]:
    """Yield what rows cost in the last runs that did the same and tell something."""
    runs = MigrationRun.objects.filter(
        source=run.source,
        destination=run.destination,
        mode=run.mode,
        verify=run.verify,
        status=Status.SUCCEEDED,
        started_at__isnull=False,
        finished_at__isnull=False,
    )
    telling = runs.annotate(rows=Sum("tables__rows_total")).filter(
        rows__gte=TELLING_ROWS
    )
    for past in telling.order_by("-id")[:PAST_RUNS]:
        assert past.started_at is not None  # filtered
        assert past.finished_at is not None
        seconds = (past.finished_at - past.started_at).total_seconds() - FIXED_SECONDS
        rows, size = _size(past)
        if seconds > 0:
            by_bytes = seconds / size * 1e9 if size else 0.0
            yield Cost(seconds / rows * 1e6, by_bytes)
