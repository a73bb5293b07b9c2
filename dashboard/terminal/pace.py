"""The options --lanes and --rows-per-second, of a new run and of one that works."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from ..conf import option
from ..models import MigrationRun
from ..runner.pace import Pace, change, limit_text
from ..runner.refusals import RequestRefused
from .screen import Screen, actor


def described_pace(options: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a new run that say how fast it may go."""
    lanes = options["lanes"]
    return {
        "lane_count": option("LANES") if lanes is None else lanes,
        "rows_per_second": options["rows_per_second"] or None,
    }


def gives_pace(options: dict[str, Any]) -> bool:
    """Whether a command was given a number of lanes or a limit."""
    return (options["lanes"], options["rows_per_second"]) != (None, None)


def set_pace(screen: Screen, run: MigrationRun, options: dict[str, Any]) -> None:
    """Change what is given of a run that works, here or elsewhere."""
    lanes, rows = options["lanes"], options["rows_per_second"]
    if not gives_pace(options):
        raise RequestRefused(
            _("Nothing is given to change."),
            _("Add --lanes N, --rows-per-second N, or both."),
        )
    pace = Pace(
        lanes=run.lane_count if lanes is None else lanes,
        rows_per_second=run.rows_per_second if rows is None else rows or None,
    )
    change(run, actor(), pace)
    screen.say(
        _("Run %(number)d: lanes %(lanes)d, %(limit)s; from the next piece on.")
        % {
            "number": run.pk,
            "lanes": pace.lanes,
            "limit": limit_text(pace.rows_per_second),
        }
    )
