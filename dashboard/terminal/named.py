"""Plans with a name in a terminal: kept by --save-plan, run by --plan-name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from ..models import MigrationRun
from ..runner import named_plans
from .pace import gives_pace

# What a plan does not hold, so that it is said each time.
EACH_TIME = ("empty", "queue", "migrate", "check", "plan", "dry_run", "plan_name")


def described(
    options: Mapping[str, Any], defaults: Mapping[str, Any], flags: Mapping[str, str]
) -> MigrationRun:
    """Return a run as the plan of --plan-name describes it, not saved.

    ``flags`` are the options that a run is planned with. Raises CommandError for one
    that would be passed over, and RequestRefused where there is no such plan.
    """
    over = [
        flag
        for name, flag in flags.items()
        if name not in EACH_TIME
        and (options.get(name) or None) != (defaults.get(name) or None)
    ]
    if over:
        raise CommandError(
            _("--plan-name goes with a plan as it was kept, without: %(over)s.")
            % {"over": ", ".join(over)}
        )
    run = named_plans.described(named_plans.find(options["plan_name"]))
    _agree(run, options)
    if gives_pace(dict(options)):
        run.lane_count = options["lanes"] or run.lane_count
        if options["rows_per_second"] is not None:
            run.rows_per_second = options["rows_per_second"] or None
    return run


def _agree(run: MigrationRun, options: Mapping[str, Any]) -> None:
    """Raise CommandError where nobody is asked, and nobody has agreed to a deletion.

    What was kept with the plan is no confirmation: somebody typed it another day.
    """
    name = {"name": options["plan_name"]}
    looks_only = options["check"] or options["plan"] or options["dry_run"]
    if options["empty"] and not run.empty_first:
        raise CommandError(
            _("Plan '%(name)s' empties no table: leave --empty out.") % name
        )
    if (
        run.empty_first
        and not (options["empty"] or looks_only)
        and not options["interactive"]
    ):
        raise CommandError(
            _(
                "Plan '%(name)s' deletes the rows of its tables first. With "
                "--no-input, add --empty to agree to that."
            )
            % name
        )
