"""The option --mode: how rows get into tables that hold some."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from ..conf import option
from ..planning.modes import WrongMode, described_modes, modes_asked, modes_in


def add_modes(parser: ArgumentParser) -> None:
    """Add the option to a command."""
    parser.add_argument(
        "--mode",
        action="append",
        default=[],
        dest="modes",
        metavar="[app.Model=]MODE",
        help=_("into tables that hold rows: merge, missing, new-keys or replace"),
    )


def described(options: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a new run that say so.

    Raises CommandError for what is no mode.
    """
    try:
        given = modes_in(options["modes"])
    except WrongMode as wrong:
        raise CommandError(str(wrong)) from None
    empties = options["empty"]
    modes = modes_asked(option("MODES"), given, empties=empties)
    return described_modes(modes, empties=empties)
