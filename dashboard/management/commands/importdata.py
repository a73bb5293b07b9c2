"""Load CSV files into the tables of an alias."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from ...terminal.command import ProcessCommand
from ...terminal.exchanging import add_choice, add_spelling, refusals
from ...terminal.importing import NAMES, import_from
from ...terminal.screen import Screen


class Command(ProcessCommand):
    """Says what would change, asks, and loads all rows or none."""

    help = _(
        "Loads a directory or a zip of CSV files into the tables of an alias, as "
        "exportdata has written them or a spreadsheet has saved them since."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help=_("a directory or a zip"))
        parser.add_argument("alias", help=_("the database"))
        add_choice(parser)
        add_spelling(parser)
        parser.add_argument(
            "--dates",
            choices=["ymd", "dmy", "mdy"],
            help=_("the order of a date's numbers with slashes between them"),
        )
        parser.add_argument(
            "--mode",
            choices=NAMES,
            default="",
            help=_(
                "of tables that have rows: merge (update what is there by key, insert "
                "the rest), missing (insert only), replace (as --empty)"
            ),
        )
        parser.add_argument(
            "--empty",
            action="store_true",
            help=_("delete the rows that the tables have, once confirmed"),
        )
        parser.add_argument(
            "--only-good",
            type=Path,
            metavar="FILE",
            help=_("leave out lines that cannot be loaded, and list them in a file"),
        )
        parser.add_argument(
            "--in-chunks",
            action="store_true",
            help=_("load into empty tables bit by bit; called again, it goes on"),
        )
        _add_course(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            import_from(Screen(self.stdout, options["verbosity"]), options)


def _add_course(parser: ArgumentParser) -> None:
    """Add what is shown and asked before anything is loaded."""
    parser.add_argument(
        "--preview", action="store_true", help=_("say what would change, and end")
    )
    parser.add_argument(
        "--no-preview",
        action="store_true",
        help=_("load at once, without comparing with what is there"),
    )
    parser.add_argument(
        "--no-input",
        action="store_false",
        dest="interactive",
        help=_("ask nothing: what --empty deletes is confirmed by it"),
    )
