"""Looks for orphans no longer than somebody waits at a page."""

from __future__ import annotations

import time

from django.utils.translation import gettext as _

from ..transfer.errors import TransferError
from .checked_plan import CheckedPlan
from .hearing import Stage
from .known_check import full_id
from .orphan_checks import check_orphans
from .sides import Side
from .time_limit import TimeLimit
from .value_checks import Scanning

# Seconds that are left for it at least: most sources are tried in less.
LEAST = 1.0


def check_orphans_in_time(
    checked: CheckedPlan, sides: tuple[Side, Side], scanning: Scanning, began: float
) -> None:
    """Look for orphans; where time is limited, for what is left of it.

    ``began`` is when the values were begun with, of the monotonic clock. The last of
    the checks: the source's session is asked for nothing more after it.
    """
    scanning.hears(Stage.ORPHANS)
    if scanning.seconds is None:
        check_orphans(checked, sides)
        return
    before = len(checked.found)
    left = max(began + scanning.seconds - time.monotonic(), LEAST)
    with TimeLimit(sides[0].session, left) as limit:
        try:
            check_orphans(checked, sides)
        except TransferError:
            if not limit.was_reached:
                raise
    if limit.was_reached:
        _say_unfinished(checked, sides, before, scanning.seconds)


def _say_unfinished(
    checked: CheckedPlan, sides: tuple[Side, Side], before: int, seconds: float
) -> None:
    """Say once what every key that was not tried would say."""
    untried = full_id("W241")
    later = checked.found[before:]
    checked.found[before:] = [one for one in later if one.check != untried]
    facts = {
        "seconds": seconds,
        "source": sides[0].alias,
        "destination": sides[1].alias,
    }
    checked.warning(
        "W297",
        _(
            "Not all foreign keys were tried for rows that refer to nothing: there was "
            "more than %(seconds)g s of work."
        )
        % facts,
        _(
            "Let a worker make the checks, or look for all of them: manage.py copydata "
            "%(source)s %(destination)s --check"
        )
        % facts,
    )
