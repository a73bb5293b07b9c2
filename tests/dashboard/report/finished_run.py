"""A run that has been done, with two tables."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from dashboard.models import Event, MigrationRun
from tests.dashboard.runs import make_run, make_table


def finished(**fields: object) -> MigrationRun:
    started = timezone.now() - timedelta(hours=1)
    values = {
        "status": "succeeded",
        "phase": "verifying",
        "verdict": "verified",
        "started_at": started,
        "finished_at": started + timedelta(seconds=90),
        **fields,
    }
    run = make_run(**values)
    for model, rows in (("app.A", 1_000), ("app.B", 20)):
        make_table(
            run,
            model,
            rows_total=rows,
            rows_copied=rows,
            rows_compared=rows,
            source_rows=rows,
            destination_rows=rows,
            state="copied",
            verdict="verified",
            copy_seconds=1.5,
        )
    Event.objects.create(run=run, actor="maria", status="running", message="Started.")
    return run
