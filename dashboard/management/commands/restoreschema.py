"""Put back what a run has left off the schema of its destination."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from ...runner.schema_state import schema_state
from ...terminal.again import end, find, say_off, say_runs
from ...terminal.command import ProcessCommand
from ...terminal.endings import FAILED
from ...terminal.last_words import LastWords
from ...terminal.screen import Screen


class Command(ProcessCommand):
    """Needs what is written down of the run, and neither its plan nor receipts."""

    help = _(
        "Puts back the indexes, keys, triggers and settings that a run has left off, "
        "whatever ended it, and ends a run that nobody serves any more. Without a "
        "number it lists the runs that have left something off."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", nargs="?", type=int, help=_("the number of the run"))

    def handle(self, *args: Any, **options: Any) -> None:
        screen = Screen(self.stdout, options["verbosity"])
        if options["run"] is None:
            if not say_runs(screen):
                screen.say(_("No run has left anything off."))
            return
        run = find(options["run"])
        words = LastWords(self.stderr)
        with self.last_words(words):
            code = end(screen, run, words)
        run.refresh_from_db()
        screen.clear()
        screen.say(
            _("Run %(number)d: %(state)s")
            % {"number": run.pk, "state": schema_state(run)}
        )
        say_off(screen, run)
        if code:
            words.say()
            sys.exit(code)
        if run.schema_objects.off().exists():
            sys.exit(FAILED)
        if not run.is_ended:
            raise CommandError(f"{run.error} {run.remedy}".strip())
