"""Compare a project's data in two database aliases."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from ...conf import option
from ...interrupts import Interrupts
from ...lifecycle import Status
from ...runner import requests
from ...runner.inline import Crew
from ...runner.requests import RequestRefused, RunRequest
from ...terminal import (
    Terminal,
    TerminalCommand,
    exit_code,
    follow,
    refusal,
    write_reports,
)


class Command(TerminalCommand):
    """Compares every row and column; writes into neither database."""

    help = "Compares the data of models in two databases, every row and column."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="alias that is right")
        parser.add_argument("destination", help="alias that should be the same")
        parser.add_argument(
            "labels", nargs="*", metavar="LABEL", help="app or app.Model; none: all"
        )
        parser.add_argument(
            "--exclude", action="append", default=[], metavar="LABEL", help="leave out"
        )
        parser.add_argument("--report", metavar="FILE", help=".html, .json or .csv")
        parser.add_argument(
            "--json", action="store_true", help="one document on standard output"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        terminal = Terminal(
            self.stderr if options["json"] else self.stdout, options["verbosity"]
        )
        terminal.check_report(options["report"])
        request = RunRequest(
            source=options["source"],
            destination=options["destination"],
            labels=tuple(options["labels"]),
            exclude=tuple(options["exclude"]),
            lanes=option("LANES"),
            kind="compare",
            origin="terminal",
        )
        actor = terminal.actor()
        try:
            run = requests.draft(request, actor)
            with Crew.of(run) as crew:
                requests.check(run, actor)
                if run.status != Status.READY:
                    write_reports(run, options["report"], options["json"], self.stdout)
                terminal.say_findings(run)
                with Interrupts() as interrupts:
                    requests.start(run, actor, run.plan_hash)
                    follow(terminal, run, crew, interrupts)
        except RequestRefused as error:
            raise refusal(error, options["json"], self.stdout) from error
        run.refresh_from_db()
        write_reports(run, options["report"], options["json"], self.stdout)
        terminal.say_end(run)
        if code := exit_code(run):
            sys.exit(code)
