"""A dry run in a terminal: what came of the first rows of every table."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError, OutputWrapper
from django.utils.translation import gettext as _

from ..models import MigrationRun
from ..planning.checked_plan import PlannedTable
from ..runner import dry_runs
from ..runner.dry_runs import (
    DIFFERS,
    REFUSED,
    UNPROVED,
    UNTRIED,
    dry_run,
    outcome,
    words,
)
from ..transfer.dry_run import Trial
from ..transfer.errors import TransferError
from ..transfer.keys import readable
from ..wording import count
from .bars import NAMES_WIDTH
from .before_start import checked_for, described, refuse, say_found
from .endings import DIFFERENCES_SHOWN, NOT_VERIFIABLE
from .screen import Screen


def say_dry_run(
    screen: Screen, run: MigrationRun, document: OutputWrapper | None
) -> None:
    """Try the first rows of every table; write what came of it, also as JSON.

    Raises CommandError where the checks find errors or rows are refused. Ends the
    process with another code where something could not be tried or compared.
    """
    checked = checked_for(screen, run)
    say_found(screen, checked)
    tried: list[tuple[PlannedTable, Trial]] = []
    lost: TransferError | None = None
    try:
        if not checked.is_blocked:
            for planned, trial in dry_run(run, checked):
                tried.append((planned, trial))
                _say(screen, planned, trial)
    except TransferError as error:
        # What was found until then is said all the same.
        lost = error
    if document is not None:
        tables = [_table(planned, trial) for planned, trial in tried]
        said = {"error": str(lost) if lost else "", "tables": tables}
        content = {**described("dry run", run, checked), **said}
        document.write(json.dumps(content, indent=2, ensure_ascii=False))
    refuse(checked)
    if lost:
        raise CommandError(str(lost)) from lost
    found = [outcome(trial) for _planned, trial in tried]
    if REFUSED in found or DIFFERS in found:
        raise CommandError(
            _("The first rows of %(number)d tables do not arrive as they are.")
            % {"number": found.count(REFUSED) + found.count(DIFFERS)}
        )
    screen.say(_("Nothing of it is left in the destination."))
    if UNPROVED in found or UNTRIED in found:
        sys.exit(NOT_VERIFIABLE)


def _say(screen: Screen, planned: PlannedTable, trial: Trial) -> None:
    name = f"{planned.item.label:<{NAMES_WIDTH}} {count(trial.rows):>12}"
    screen.say(f"{name}  {words()[outcome(trial)]}")
    for line in _details(trial):
        screen.say(f"    {line}")


def _details(trial: Trial) -> Iterator[str]:
    for error in filter(None, (trial.untried, trial.error)):
        yield str(error)
    for row in trial.bad[1:]:
        yield f"{', '.join(map(readable, row.key))}: {row.error.message}"
    if trial.comparison:
        if trial.comparison.unproved:
            yield trial.comparison.unproved
        for found in trial.comparison.differences[:DIFFERENCES_SHOWN]:
            yield f"{found.problem}: {', '.join(found.key)}"


def _table(planned: PlannedTable, trial: Trial) -> dict[str, Any]:
    names = {"model": planned.item.label, "table": planned.table}
    return {**names, **dry_runs.described(trial)}
