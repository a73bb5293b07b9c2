"""Looking for runs that stand still, and waking them.

Every worker's main process does this every ten seconds, and so do the page
that polls and the commands: nothing depends on one process or on beat.
"""

from __future__ import annotations

import logging

from ..models import MigrationRun
from ..statuses import Status
from ..transfer.errors import trace
from . import preflights
from .dispatch import wake
from .leases import runs_of_the_dead, without_terminal

logger = logging.getLogger("migration_console")


def look() -> None:
    """Wake every run that workers serve and that stands still; never raises."""
    try:
        # Asked to end a moment before its terminal died.
        cancelling = MigrationRun.objects.filter(status=Status.CANCELLING)
        left = list(without_terminal(cancelling).values_list("pk", flat=True))
        MigrationRun.objects.filter(pk__in=left).update(
            executor=MigrationRun.Executor.WORKERS
        )
        for run in MigrationRun.objects.active().by_workers():
            wake(run)
        preflights.look()
    except Exception as error:
        logger.error("runs could not be looked at: %s", trace(error))


def look_for_the_dead() -> None:
    """Wake the runs of which a process died on this host; never raises."""
    try:
        runs = MigrationRun.objects.active().by_workers()
        for run in runs.filter(pk__in=runs_of_the_dead()):
            wake(run)
        preflights.look_for_the_dead()
    except Exception as error:
        logger.error("dead processes could not be looked for: %s", trace(error))
