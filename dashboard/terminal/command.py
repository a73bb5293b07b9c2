"""What the commands have in common: their process, and how they refuse."""

from __future__ import annotations

import gc
import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ..models import MigrationRun
from ..planning.table_selection import ALL, TABLE
from ..runner.refusals import RequestRefused
from .endings import (
    INTERRUPTED,
    check_report_path,
    exit_code,
    say_end,
    write_reports,
)
from .screen import Screen


class RunCommand(BaseCommand):
    """A command that makes a run, whose process ends with it."""

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as a process; ``call_command`` does not come here."""
        try:
            super().run_from_argv(argv)
        except KeyboardInterrupt:
            # Before a start or after an end: in between it is counted instead.
            self.stderr.write(_("Interrupted."))
            sys.exit(INTERRUPTED)
        finally:
            # Spares the interpreter its last look at all of Django, a tenth of
            # a second: what is frozen is left to the system.
            gc.freeze()

    def add_arguments(self, parser: ArgumentParser) -> None:
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
            "--report", metavar="FILE", help=_("write a report: .html, .json or .csv")
        )
        parser.add_argument(
            "--json",
            action="store_true",
            help=_("write the report as JSON to standard output"),
        )

    def labels(self, options: dict[str, Any]) -> list[str]:
        """Return what is to take part; none is everything."""
        labels: list[str] = options["labels"]
        if not options["tables"]:
            return labels
        named = [f"{TABLE}{name}" for name in options["tables"]]
        return [*(labels or [ALL]), *named]

    def handle(self, *args: Any, **options: Any) -> None:
        out = self.stderr if options["json"] else self.stdout
        screen = Screen(out, options["verbosity"])
        check_report_path(options["report"])
        try:
            run = self.make_run(screen, options)
        except RequestRefused as error:
            raise self._refusal(error, options) from error
        if run is None:
            return
        self.write_reports(run, options)
        say_end(screen, run)
        if code := exit_code(run):
            sys.exit(code)

    def make_run(self, screen: Screen, options: dict[str, Any]) -> MigrationRun | None:
        """Make a run and return it when it stands still; None without one."""
        raise NotImplementedError

    def write_reports(self, run: MigrationRun, options: dict[str, Any]) -> None:
        write_reports(run, options["report"], options["json"], self.stdout)

    def _refusal(self, error: RequestRefused, options: dict[str, Any]) -> CommandError:
        if options["json"]:
            said = {
                "status": "refused",
                "error": error.message,
                "remedy": error.remedy,
            }
            self.stdout.write(json.dumps(said, indent=2))
        return CommandError(str(error))
