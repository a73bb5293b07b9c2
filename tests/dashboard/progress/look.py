"""A look at a run at the moment that its rows were made for."""

from __future__ import annotations

from dashboard.models import MigrationRun
from dashboard.progress import Snapshot, snapshot
from tests.dashboard.runs import NOW


def look(run: MigrationRun) -> Snapshot:
    return snapshot(run, now=NOW)
