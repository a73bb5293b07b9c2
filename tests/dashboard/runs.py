"""Runs made of rows, for what only looks at rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from dashboard.databases import database
from dashboard.models import Chunk, Lane, MigrationRun, TableCopy, Worker
from dashboard.transfer.backends import connect
from dashboard.transfer.backends.base import Session
from dashboard.transfer.plan import VERSION

NOW = 1_800_000_000_000  # milliseconds


def session_of(alias: str) -> Session:
    """Open a reading session, which the caller closes."""
    return connect(database(alias), "tests")


def identity(alias: str) -> str:
    with session_of(alias) as session:
        return session.location()


def make_run(**fields: Any) -> MigrationRun:
    defaults: dict[str, Any] = {
        "source": "legacy",
        "destination": "default",
        "status": "running",
        "phase": "copying",
        "created_by": "maria",
        "started_by": "maria",
        "started_at": timezone.now() - timedelta(seconds=40),
        "checked_at": timezone.now() - timedelta(seconds=60),
        "alive_ms": NOW - 1_000,
        "plan_version": VERSION,
        "plan_hash": "ab" * 32,
    }
    return MigrationRun.objects.create(**{**defaults, **fields})


def make_table(run: MigrationRun, model: str = "app.Model", **fields: Any) -> TableCopy:
    defaults: dict[str, Any] = {
        "position": TableCopy.objects.filter(run=run).count(),
        "table": model.lower().replace(".", "_"),
        "rows_total": 1_000,
        "rows_total_exact": True,
    }
    return TableCopy.objects.create(run=run, model=model, **{**defaults, **fields})


def make_chunks(
    table: TableCopy,
    number: int,
    *,
    rows: int = 1_000,
    every: int = 1_000,
    now: int = NOW,
) -> None:
    """Copy chunks one after the other, the last of them just now."""
    Chunk.objects.bulk_create(
        Chunk(
            table=table,
            number=index,
            state="copied",
            rows=rows,
            started_ms=now - (number - index) * every,
            finished_ms=now - (number - index - 1) * every,
        )
        for index in range(number)
    )


def make_worker(now: int = NOW) -> Worker:
    return Worker.objects.create(name="celery@one", seen_ms=now - 5_000)


def make_lane(run: MigrationRun, number: int = 0, **fields: Any) -> Lane:
    defaults: dict[str, Any] = {
        "epoch": 1,
        "is_leased": True,
        "leased_until_ms": NOW + 20_000,
    }
    return Lane.objects.create(run=run, number=number, **{**defaults, **fields})
