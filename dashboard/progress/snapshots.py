"""Takes a snapshot of a run: reads its rows and puts the parts together."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from ..control_database import now_ms
from ..models import MigrationRun, Worker
from .conditions import conditions
from .contents import Snapshot
from .lanes import read_lanes
from .pieces import troubled
from .rate import rate_of, seconds_left
from .stages import read_stages, whole
from .tables import read_tables


def snapshot(run: MigrationRun, *, now: int | None = None) -> Snapshot:
    """Compute how far a run is, at ``now`` in database milliseconds."""
    now = now_ms() if now is None else now
    tables = tuple(read_tables(run))
    stages = tuple(read_stages(run, tables))
    lanes = read_lanes(run, now)
    workers = Worker.objects.filter(seen_ms__gte=now - Worker.SILENT_MS).count()
    rate = rate_of(run, sum(lane.is_leased for lane in lanes), now)
    stage = next((stage for stage in stages if stage.state == "current"), None)
    pieces, has_more = troubled(run, tables, now)
    return Snapshot(
        run=run,
        bar=whole(run, tables, stages),
        stages=stages,
        tables=tables,
        rows_copied=sum(t.copied.value for t in tables),
        rows_compared=sum(t.compared.value for t in tables),
        rows_total=sum(t.bar.total for t in tables),
        total_exact=all(t.bar.exact for t in tables),
        rate=rate,
        seconds_left=seconds_left(stage, rate),
        seconds=elapsed(run.started_at, run.finished_at),
        workers=workers,
        lanes=lanes,
        conditions=tuple(conditions(run, workers, lanes, now)),
        pieces=pieces,
        has_more_pieces=has_more,
    )


def elapsed(started: datetime | None, finished: datetime | None) -> float | None:
    """Return the seconds that a run has taken so far, or took."""
    if started is None:
        return None
    return max(((finished or timezone.now()) - started).total_seconds(), 0.0)
