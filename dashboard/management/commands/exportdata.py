"""Write the tables of an alias into CSV files."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from ...terminal.command import ProcessCommand
from ...terminal.exchanging import add_choice, add_spelling, refusals
from ...terminal.exporting import export_to
from ...terminal.screen import Screen


class Command(ProcessCommand):
    """Reads only; what is there when it ends is complete."""

    help = _("Writes models into a directory or a zip of CSV files, with a manifest.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("alias", help=_("the database"))
        parser.add_argument("path", type=Path, help=_("a directory, or a name in .zip"))
        add_choice(parser)
        add_spelling(parser)
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help=_("replace an earlier export of that name, once this one is complete"),
        )

        parser.add_argument(
            "--sorted",
            action="store_true",
            help=_("write the rows in the order of their key, which may take longer"),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            export_to(Screen(self.stdout, options["verbosity"]), options)
