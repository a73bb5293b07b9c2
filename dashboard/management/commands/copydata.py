"""Copy a project's data from one database alias to another."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command

from ...conf import option
from ...interrupts import Interrupts
from ...lifecycle import Status
from ...models import MigrationRun
from ...runner import requests
from ...runner.inline import Crew
from ...runner.requests import RequestRefused, RunRequest
from ...terminal import (
    Terminal,
    TerminalCommand,
    exit_code,
    follow,
    refusal,
    summarise,
    take_over,
    write_reports,
)


class Command(TerminalCommand):
    """Plans, asks, copies and proves; the same run that the admin shows."""

    help = "Copies the data of models from one database to another and proves it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="alias to read from")
        parser.add_argument("destination", help="alias to write into")
        parser.add_argument(
            "labels", nargs="*", metavar="LABEL", help="app or app.Model; none: all"
        )
        parser.add_argument(
            "--exclude", action="append", default=[], metavar="LABEL", help="leave out"
        )
        parser.add_argument(
            "--reverse", action="store_true", help="swap source and destination"
        )
        parser.add_argument(
            "--summary", action="store_true", help="print counts, copy nothing"
        )
        parser.add_argument(
            "--migrate", action="store_true", help="run migrate on the destination"
        )
        parser.add_argument(
            "--empty", action="store_true", help="delete the selected tables' rows"
        )
        parser.add_argument(
            "--no-input",
            "--noinput",
            action="store_false",
            dest="interactive",
            help="ask nothing; never empties without --empty",
        )
        parser.add_argument(
            "--verify", choices=requests.VERIFY, default="full", help="default: full"
        )
        parser.add_argument(
            "--lanes", type=int, metavar="N", help="strands of work side by side"
        )
        parser.add_argument(
            "--chunk-rows", type=int, metavar="N", help="rows a chunk; default: by time"
        )
        parser.add_argument(
            "--queue", action="store_true", help="let Celery workers do it, and follow"
        )
        parser.add_argument("--report", metavar="FILE", help=".html, .json or .csv")
        parser.add_argument(
            "--json", action="store_true", help="one document on standard output"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        terminal = Terminal(
            self.stderr if options["json"] else self.stdout, options["verbosity"]
        )
        source, destination = options["source"], options["destination"]
        if options["reverse"]:
            source, destination = destination, source
        terminal.check_report(options["report"])
        if options["summary"]:
            summarise(terminal, source, destination, options["labels"], options)
            return
        if options["migrate"]:
            call_command(
                "migrate",
                database=destination,
                interactive=False,
                verbosity=0,
                stdout=terminal.out,
            )
        try:
            run = self._run(terminal, source, destination, options)
        except RequestRefused as error:
            raise refusal(error, options["json"], self.stdout) from error
        write_reports(run, options["report"], options["json"], self.stdout)
        terminal.say_end(run)
        if code := exit_code(run):
            sys.exit(code)

    def _run(
        self,
        terminal: Terminal,
        source: str,
        destination: str,
        options: dict[str, Any],
    ) -> MigrationRun:
        request = RunRequest(
            source=source,
            destination=destination,
            labels=tuple(options["labels"]),
            exclude=tuple(options["exclude"]),
            empty=options["empty"],
            verify=options["verify"],
            lanes=option("LANES") if options["lanes"] is None else options["lanes"],
            chunk_rows=options["chunk_rows"],
            origin="workers" if options["queue"] else "terminal",
        )
        actor = terminal.actor()
        run = requests.draft(request, actor)
        with Crew.of(run) as crew:
            self._prepare(terminal, run, actor, options)
            with Interrupts() as interrupts:
                requests.start(run, actor, run.plan_hash)
                follow(terminal, run, crew, interrupts)
        run.refresh_from_db()
        return run

    def _prepare(
        self, terminal: Terminal, run: MigrationRun, actor: str, options: dict[str, Any]
    ) -> None:
        """Check and ask until the run can start. Raises CommandError if it cannot."""
        requests.check(run, actor)
        if run.status == Status.READY and take_over(terminal, run):
            requests.check(run, actor)
        if run.status != Status.READY:
            write_reports(run, options["report"], options["json"], self.stdout)
        terminal.say_findings(run)
        if options["empty"] and options["interactive"]:
            terminal.confirm_emptying(run, actor)
