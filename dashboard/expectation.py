"""How long a run will take, before it starts, from rates that were measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connections
from django.db.models import Sum

from .lifecycle import Status
from .models import MigrationRun, TableCopy

# A run of fewer rows says more of its start-up than of its rates.
TELLING_ROWS = 50_000
# Planning, receipts, sequences: what a run of no rows takes, in seconds.
FIXED_SECONDS = 1.0
PAST_RUNS = 5


@dataclass(frozen=True)
class Rates:
    """Rows and bytes a second, everything included."""

    rows: float
    bytes: float


# Measured with `make bench` on two cores (docs/performance.md), copying and a
# full comparison together, rounded down.
MEASURED = {
    ("mysql", "postgresql"): Rates(180_000, 21_000_000),
    ("postgresql", "postgresql"): Rates(200_000, 24_000_000),
    ("sqlite", "postgresql"): Rates(125_000, 16_000_000),
    ("mysql", "mysql"): Rates(110_000, 14_000_000),
    ("postgresql", "mysql"): Rates(140_000, 17_000_000),
    ("sqlite", "mysql"): Rates(95_000, 12_000_000),
    ("postgresql", "sqlite"): Rates(100_000, 13_000_000),
    ("mysql", "sqlite"): Rates(90_000, 12_000_000),
    ("sqlite", "sqlite"): Rates(85_000, 10_000_000),
}
SLOWEST = Rates(85_000, 10_000_000)


@dataclass(frozen=True)
class Expectation:
    """Seconds that a run will take; ``past_runs`` were the measure, if any."""

    seconds: float
    past_runs: int


def expect(run: MigrationRun) -> Expectation:
    """Return how long the planned run will take.

    From the last runs between the same two aliases where there are any that
    tell something, else from rates that were measured once and for all.
    """
    planned = _size(run)
    past = [rates for rates in _past(run) if rates.rows]
    if past:
        seconds = sum(_seconds(planned, rates) for rates in past) / len(past)
    else:
        pair = (_vendor(run.source), _vendor(run.destination))
        seconds = _seconds(planned, MEASURED.get(pair, SLOWEST))
    return Expectation(seconds + FIXED_SECONDS, len(past))


def _vendor(alias: str) -> str:
    # An alias may have gone from the settings since the run was planned.
    return connections[alias].vendor if alias in connections.settings else ""


def _size(run: MigrationRun) -> tuple[int, int]:
    total = TableCopy.objects.filter(run=run).aggregate(
        rows=Sum("rows_total"), size=Sum("bytes_total")
    )
    return total["rows"] or 0, total["size"] or 0


def _seconds(planned: tuple[int, int], rates: Rates) -> float:
    rows, size = planned
    # Narrow rows cost by their number, fat ones by their bytes.
    by_bytes = size / rates.bytes if rates.bytes else 0.0
    return max(rows / rates.rows, by_bytes)


def _past(run: MigrationRun) -> Iterable[Rates]:
    """Yield the rates of the last runs that did the same."""
    runs = MigrationRun.objects.filter(
        source=run.source,
        destination=run.destination,
        kind=run.kind,
        status=Status.SUCCEEDED,
        started_at__isnull=False,
        finished_at__isnull=False,
    ).order_by("-id")
    for past in runs[:PAST_RUNS]:
        assert past.started_at is not None  # filtered
        assert past.finished_at is not None
        seconds = (past.finished_at - past.started_at).total_seconds() - FIXED_SECONDS
        rows, size = _size(past)
        if past.options.get("verify") != run.options.get("verify"):
            continue
        if rows >= TELLING_ROWS and seconds > 0:
            yield Rates(rows / seconds, size / seconds)
