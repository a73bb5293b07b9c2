"""Options that choose the functions that rows go through."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from ..planning.transform_functions import EVERY, NONE, NoTransform, listed_transforms


def add_transforms(parser: ArgumentParser) -> None:
    """Add --transform and --no-transforms."""
    parser.add_argument(
        "--transform",
        action="append",
        default=[],
        dest="transforms",
        metavar="app.Model=NAME",
        help=_("which of the settings' functions a model's rows go through, or none"),
    )
    parser.add_argument(
        "--no-transforms",
        action="store_true",
        help=_("no rows go through a function of the settings, but as chosen"),
    )


def transforms_in(options: dict[str, Any]) -> dict[str, str]:
    """Return the functions chosen for rows, by model. Raises CommandError."""
    try:
        found = listed_transforms(options["transforms"])
    except NoTransform as error:
        raise CommandError(str(error)) from None
    return {EVERY: NONE, **found} if options["no_transforms"] else found
