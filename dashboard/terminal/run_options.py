"""The options by which a run is described in a terminal."""

from __future__ import annotations

from argparse import ArgumentParser

from django.utils.translation import gettext as _

from .filters import add_filters
from .transform_options import add_transforms

NAMED = "--plan-name"
"""With the name of a plan that was kept."""

OF_A_PLAN = {
    "labels": "LABEL",
    "exclude": "--exclude",
    "tables": "--table",
    "renamed": "--renamed",
    "verify": "--verify",
    "empty": "--empty",
    "modes": "--mode",
    "on_bad_rows": "--on-bad-rows",
    "triggers": "--triggers",
    "commands_before": "--before",
    "commands_after": "--after",
    "chunk_rows": "--chunk-rows",
    "changes": "--change",
    "where": "--where",
    "newer": "--newer",
    "with_parents": "--with-parents",
    "transforms": "--transform",
    "no_transforms": "--no-transforms",
    "queue": "--queue",
    "reverse": "--reverse",
    "plan_name": NAMED,
    "save_plan": "--save-plan",
    "summary": "--summary",
    "migrate": "--migrate",
    "check": "--check",
    "plan": "--plan",
    "dry_run": "--dry-run",
    "preview": "--preview",
}
"""What a run was planned with; another answer would be passed over."""


def add_options(parser: ArgumentParser) -> None:
    """Add what takes part, what becomes of it, the pace and the reports."""
    _add_choice(parser)
    _add_changes(parser)
    add_filters(parser)
    add_transforms(parser)
    _add_pace(parser)
    _add_reports(parser)


def _add_choice(parser: ArgumentParser) -> None:
    parser.add_argument(
        "labels",
        nargs="*",
        metavar="LABEL",
        help=_("an app or app.Model; without any, everything"),
    )
    parser.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="LABEL",
        help=_("an app or app.Model to leave out"),
    )
    parser.add_argument(
        "--table",
        action="append",
        default=[],
        dest="tables",
        metavar="NAME",
        help=_("a table that no model owns, to take part as well"),
    )
    parser.add_argument(
        "--renamed",
        action="append",
        default=[],
        metavar="app.Model[.field]=NAME",
        help=_("what the source calls a model's table, or a field's column"),
    )


def _add_changes(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--change",
        action="append",
        default=[],
        dest="changes",
        metavar="app.Model.field=CHANGE",
        help=_("what becomes of values that do not fit, such as strip-nul"),
    )


def _add_pace(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--lanes",
        type=int,
        metavar="N",
        help=_("how many tables or key ranges are worked on at a time"),
    )
    parser.add_argument(
        "--rows-per-second",
        type=int,
        metavar="N",
        help=_("the most rows that all lanes together move in a second; 0: no limit"),
    )


def _add_reports(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--report", metavar="FILE", help=_("write a report: .html, .json or .csv")
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help=_("write the report as JSON to standard output"),
    )
