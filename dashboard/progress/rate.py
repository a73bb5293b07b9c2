"""How fast a phase goes on, and how long it will: nothing told too early."""

from __future__ import annotations

from django.db.models import Count, Min, Sum

from ..models import Chunk, MigrationRun, TableCopy
from ..statuses import Phase, Status
from .contents import Stage

WINDOW = 30_000  # milliseconds that the rate looks back
SPAN = 3_000  # milliseconds before which no rate is told
CHUNKS = 3  # chunks before which no rate is told


def rate_of(run: MigrationRun, lanes: int, now: int) -> float | None:
    """Return rows a second in this phase, or None while nobody can know."""
    if run.status != Status.RUNNING:
        return None
    if run.phase == Phase.COPYING:
        return _copy_rate(run, now)
    if run.phase == Phase.VERIFYING:
        return _compare_rate(run, lanes)
    return None


def _copy_rate(run: MigrationRun, now: int) -> float | None:
    recent = Chunk.objects.filter(
        table__run=run, state=Chunk.State.COPIED, finished_ms__gt=now - WINDOW
    ).aggregate(n=Count("id"), rows=Sum("rows"), begun=Min("started_ms"))
    if recent["n"] < CHUNKS:
        return None
    span = min(now - recent["begun"], WINDOW)
    return recent["rows"] * 1000 / span if span >= SPAN else None


def _compare_rate(run: MigrationRun, lanes: int) -> float | None:
    """Return the mean of what a lane compared in a second, times the lanes.

    Comparisons leave no chunks behind, so there is no window to look at.
    """
    compared = TableCopy.objects.filter(run=run, rows_compared__gt=0).aggregate(
        rows=Sum("rows_compared"), seconds=Sum("verify_seconds")
    )
    if not compared["rows"] or compared["seconds"] * 1000 < SPAN:
        return None
    return float(compared["rows"] / compared["seconds"] * max(lanes, 1))


def seconds_left(stage: Stage | None, rate: float | None) -> float | None:
    if stage is None or not rate or not stage.counts_rows:
        return None
    return max(stage.bar.total - stage.bar.value, 0) / rate
