"""Copy a project's data from one database alias to another."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError, OutputWrapper
from django.utils.translation import gettext as _

from ...conf import option
from ...models import MigrationRun
from ...runner import controls
from ...runner.lane_processes import LaneProcesses
from ...statuses import Status
from ...terminal.before_start import say_checks, say_plan
from ...terminal.command import RunCommand
from ...terminal.dry_running import say_dry_run
from ...terminal.filters import only
from ...terminal.following import start_and_follow, take_over
from ...terminal.hearing import SaysChecks
from ...terminal.last_words import LastWords
from ...terminal.migrating import migrate_into
from ...terminal.pace import described_pace
from ...terminal.questions import confirm_emptying, say_findings
from ...terminal.screen import Screen, actor
from ...terminal.summary import summarise

Asked = Callable[[Screen, MigrationRun, OutputWrapper | None], None]

BEFORE_START: dict[str, Asked] = {
    "check": say_checks,
    "plan": say_plan,
    "dry_run": say_dry_run,
}
"""Options that write nothing, with what answers them."""


class Command(RunCommand):
    """Plans, asks, copies and proves; the same run that the admin shows."""

    help = _("Copies the data of models from one database to another and proves it.")

    databases = (
        ("source", _("the alias to read from")),
        ("destination", _("the alias to write into")),
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        self._add_flags(parser)
        parser.add_argument(
            "--verify",
            choices=MigrationRun.Verify.values,
            default=MigrationRun.Verify.FULL.value,
            help=_("how much is compared afterwards; default: full"),
        )
        parser.add_argument(
            "--again",
            action="append",
            metavar="TABLE",
            help=_("with --resume: empty this table and copy it from its beginning"),
        )
        parser.add_argument(
            "--on-bad-rows",
            choices=MigrationRun.OnBadRows.values,
            default=MigrationRun.OnBadRows.STOP.value,
            help=_("what happens to a row that is refused; default: stop"),
        )
        parser.add_argument(
            "--triggers",
            choices=MigrationRun.Triggers.values,
            default=option("TRIGGERS"),
            help=_("triggers of the destination during the load; default: keep"),
        )
        parser.add_argument(
            "--chunk-rows",
            type=int,
            metavar="N",
            help=_("rows in a chunk; default: as many as fit in a second or two"),
        )

    def _add_flags(self, parser: ArgumentParser) -> None:
        for name, text in (
            ("--reverse", _("swap source and destination")),
            ("--summary", _("count the rows on both sides and copy nothing")),
            ("--check", _("run every check and write nothing; exit 1 for errors")),
            ("--dry-run", _("try the first rows of every table; leave nothing")),
            ("--plan", _("say what would be done, table by table; write nothing")),
            ("--migrate", _("run migrateinto on the destination first")),
            ("--empty", _("delete the rows of the chosen tables first")),
            ("--queue", _("hand the run to Celery workers and follow it")),
        ):
            parser.add_argument(name, action="store_true", help=text)
        parser.add_argument(
            "--no-scan",
            action="store_false",
            dest="scan",
            help=_("do not look through the source's values before the start"),
        )
        parser.add_argument(
            "--no-input",
            "--noinput",
            action="store_false",
            dest="interactive",
            help=_("ask nothing; nothing is emptied without --empty"),
        )

    def make_run(
        self, screen: Screen, options: dict[str, Any], words: LastWords
    ) -> MigrationRun | None:
        source, destination = options["source"], options["destination"]
        if options["reverse"]:
            source, destination = destination, source
        described = self._described(source, destination, options)
        if say := self._asked_before(options):
            say(screen, described, self.stdout if options["json"] else None)
            return None
        if options["summary"]:
            labels, excluded = self.labels(options), options["exclude"]
            summarise(screen, source, destination, labels, excluded)
            return None
        if options["migrate"]:
            migrate_into(screen, destination, source, verbosity=0)
        run = controls.draft(described, actor())
        with LaneProcesses.of(run) as processes:
            self._prepare(screen, run, options)
            self.interrupted = start_and_follow(screen, run, processes, words)
        return run

    def _asked_before(self, options: dict[str, Any]) -> Asked | None:
        """Return what says more of a run without making one, if it is asked for.

        Raises CommandError for an option that would be passed over.
        """
        given = [name for name in BEFORE_START if options[name]]
        if not given:
            return None
        over = [
            f"--{name.replace('_', '-')}"
            for name in (*given[1:], "summary", "migrate", "queue", "report")
            if options[name]
        ]
        if over:
            raise CommandError(
                _("--%(given)s goes without: %(over)s.")
                % {"given": given[0].replace("_", "-"), "over": ", ".join(over)}
            )
        return BEFORE_START[given[0]]

    def _described(
        self, source: str, destination: str, options: dict[str, Any]
    ) -> MigrationRun:
        executors = MigrationRun.Executor
        return MigrationRun(
            source=source,
            destination=destination,
            labels=self.labels(options),
            excluded=options["exclude"],
            renamed=self.renamed(options),
            changes=self.changes(options),
            **only(options),
            scan_values=options["scan"],
            empty_first=options["empty"],
            verify=options["verify"],
            on_bad_rows=options["on_bad_rows"],
            triggers=options["triggers"],
            **described_pace(options),
            chunk_rows=options["chunk_rows"],
            executor=executors.WORKERS if options["queue"] else executors.TERMINAL,
        )

    def _prepare(
        self, screen: Screen, run: MigrationRun, options: dict[str, Any]
    ) -> None:
        """Check and ask until the run can start. Raises CommandError if it cannot."""
        hears = SaysChecks(screen)
        controls.check(run, actor(), hears=hears)
        if run.status == Status.READY and take_over(screen, run):
            controls.check(run, actor(), hears=hears)
        if run.status != Status.READY:
            self.write_reports(run, options)
        say_findings(screen, run)
        if options["interactive"]:
            confirm_emptying(screen, run, actor())
