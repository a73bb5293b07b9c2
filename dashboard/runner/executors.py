"""Who does a run: workers, or the command in its own process."""

from __future__ import annotations

from ..models import MigrationRun
from ..models.clock import NowMs


def keep_here(run: MigrationRun) -> None:
    """Keep workers away from a run that whoever asks does the work of."""
    run.executor = run.Executor.TERMINAL
    MigrationRun.objects.filter(pk=run.pk).update(
        executor=run.executor, alive_ms=NowMs()
    )


def hand_over(run: MigrationRun, *, here: bool = False) -> None:
    """Let workers go on with a run whose terminal is gone."""
    if here:
        keep_here(run)
    elif run.executor == run.Executor.TERMINAL and not run.lanes.leased().exists():
        run.executor = run.Executor.WORKERS
        MigrationRun.objects.filter(pk=run.pk).update(executor=run.executor)
