"""A dry run: the first chunk of every table, tried and compared, and nothing left."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from ..models import MigrationRun, TableCopy
from ..planning.checked_plan import CheckedPlan, PlannedTable
from ..planning.hearing import Hears, Stage
from ..transfer.dry_run import Trial, first_part, try_first_rows
from ..transfer.errors import Unsupported
from ..transfer.keys import readable
from ..transfer.plan import TablePlan
from .abstentions import plan_fault
from .chunk_size import FIRST_ROWS, first_rows, fixed_rows
from .sessions import Sessions

# Rows up to which a table whose key cannot be cut is tried, as a whole.
MOST_UNDIVIDED = 20 * FIRST_ROWS

EQUAL, REFUSED, DIFFERS, UNPROVED, UNTRIED = (one.value for one in TableCopy.Outcome)
"""What may come of a table."""

EXAMPLES = 5
"""Differing rows of a table that are written down."""


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
    with Sessions(run, _label()) as sessions:
        for planned in checked.ordered:
            size = planned.size.rows, planned.size.bytes
            yield planned, _tried(run, planned.plan, size, sessions)


def try_planned(run: MigrationRun, hears: Hears) -> None:
    """Try every table of a run that is planned, and write down what comes of each.

    Raises TransferError as ``dry_run`` does, also where this process cannot read the
    plan, and what ``hears`` raises.
    """
    if fault := plan_fault(run):
        raise fault
    numbers = list(run.tables.order_by("position").values_list("pk", flat=True))
    with Sessions(run, _label()) as sessions:
        for done, number in enumerate(numbers):
            table = TableCopy.objects.filter(pk=number).first()
            if table is None:
                # Planned anew meanwhile, which makes this one void.
                return
            hears(Stage.TRYING, table.table, done, len(numbers))
            plan = TablePlan.from_json(table.plan)
            size = table.rows_total, table.bytes_total
            trial = _tried(run, plan, size, sessions)
            found = {**described(trial), "examples": _examples(trial)}
            TableCopy.objects.filter(pk=number).update(trial=found)


def outcome(trial: Trial) -> str:
    """Return in a word what came of a table."""
    if trial.untried:
        return UNTRIED
    if trial.error:
        return REFUSED
    if trial.is_refused:
        return DIFFERS
    is_proved = trial.comparison is not None and trial.comparison.is_equal
    return EQUAL if is_proved else UNPROVED


def words() -> dict[str, str]:
    """Return the outcomes in words for people."""
    return {one.value: str(one.label) for one in TableCopy.Outcome}


def described(trial: Trial) -> dict[str, Any]:
    """Return what came of a table, as documents and the page have it."""
    error = trial.untried or trial.error
    comparison = trial.comparison
    unproved = comparison.unproved if comparison else ""
    return {
        "rows": trial.rows,
        "outcome": outcome(trial),
        "message": error.message if error else unproved,
        "remedy": error.remedy if error else "",
        "refused": [
            {
                "key": [readable(value) for value in row.key],
                "column": row.column,
                "message": row.error.message,
            }
            for row in trial.bad
        ],
        "differences": comparison.differences_count if comparison else 0,
    }


def _examples(trial: Trial) -> list[dict[str, Any]]:
    found = trial.comparison.differences if trial.comparison else ()
    return [
        {"problem": str(one.problem), "key": [str(part) for part in one.key]}
        for one in found[:EXAMPLES]
    ]


def _label() -> str:
    return f"migration-console-dry-{os.getpid()}"


def _tried(
    run: MigrationRun,
    plan: TablePlan,
    size: tuple[int, int | None],
    sessions: Sessions,
) -> Trial:
    """Try the first rows of a table of so many rows and bytes."""
    if not plan.is_divisible and size[0] > MOST_UNDIVIDED:
        return Trial(
            untried=Unsupported(
                _("Table '%(table)s' has no key to cut a first chunk by.")
                % {"table": plan.table}
            )
        )
    rows = first_rows(*size, fixed_rows(run))
    part = first_part(sessions.source, plan, rows)
    objects = sessions.objects(plan)
    return try_first_rows(sessions.source, sessions.destination, plan, part, objects)
