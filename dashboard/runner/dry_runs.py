"""A dry run: the first chunk of every table, tried and compared, and nothing left."""

from __future__ import annotations

import os
from collections.abc import Iterator

from django.utils.translation import gettext as _

from ..models import MigrationRun
from ..planning.checked_plan import CheckedPlan, PlannedTable
from ..transfer.dry_run import Trial, first_part, try_first_rows
from ..transfer.errors import Unsupported
from .chunk_size import FIRST_ROWS, first_rows, fixed_rows
from .sessions import Sessions

# Rows up to which a table whose key cannot be cut is tried, as a whole.
MOST_UNDIVIDED = 20 * FIRST_ROWS


def dry_run(
    run: MigrationRun, checked: CheckedPlan
) -> Iterator[tuple[PlannedTable, Trial]]:
    """Try every table of a run that is described and need not be saved.

    Nothing is written into any table, and the temporary ones end with the session.
    Raises TransferError where a database cannot be asked any more.
    """
    run.source_identity = checked.source_identity
    run.destination_identity = checked.destination_identity
    run.time_zone = checked.time_zone
    with Sessions(run, f"migration-console-dry-{os.getpid()}") as sessions:
        for planned in checked.ordered:
            yield planned, _tried(run, planned, sessions)


def _tried(run: MigrationRun, planned: PlannedTable, sessions: Sessions) -> Trial:
    plan, size = planned.plan, planned.size
    if not plan.is_divisible and size.rows > MOST_UNDIVIDED:
        return Trial(
            untried=Unsupported(
                _("Table '%(table)s' has no key to cut a first chunk by.")
                % {"table": plan.table}
            )
        )
    rows = first_rows(size.rows, size.bytes, fixed_rows(run))
    part = first_part(sessions.source, plan, rows)
    objects = sessions.objects(plan)
    return try_first_rows(sessions.source, sessions.destination, plan, part, objects)
