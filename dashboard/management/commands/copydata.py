"""Copy a project's data from one database alias to another."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError, OutputWrapper
from django.utils.translation import gettext as _

from ...conf import option
from ...models import MigrationRun
from ...runner import controls, named_plans
from ...runner.lane_processes import LaneProcesses
from ...statuses import Status
from ...terminal import named
from ...terminal.before_start import say_checks, say_plan
from ...terminal.command import RunCommand
from ...terminal.dry_running import say_dry_run
from ...terminal.filters import only
from ...terminal.following import start_and_follow, take_over
from ...terminal.hearing import SaysChecks
from ...terminal.last_words import LastWords
from ...terminal.migrating import migrate_into
from ...terminal.modes import add_modes
from ...terminal.modes import described as described_modes
from ...terminal.pace import described_pace
from ...terminal.previewing import say_preview
from ...terminal.questions import confirm_emptying, confirm_merging, say_findings
from ...terminal.run_options import OF_A_PLAN
from ...terminal.screen import Screen, actor
from ...terminal.summary import summarise
from ...terminal.transform_options import transforms_in

Asked = Callable[[Screen, MigrationRun, OutputWrapper | None], None]

KEEPING = ("report", "save_plan")
"""Options that keep something of a run that is made."""

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
        add_modes(parser)
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
        self._add_kept(parser)
        parser.add_argument(
            "--preview",
            metavar="app.Model",
            help=_("show its first rows before and after its function; write nothing"),
        )
        parser.add_argument(
            "--chunk-rows",
            type=int,
            metavar="N",
            help=_("rows in a chunk; default: as many as fit in a second or two"),
        )

    def _add_kept(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--plan-name", metavar="NAME", help=_("run the plan that has this name")
        )
        parser.add_argument(
            "--save-plan",
            metavar="NAME",
            help=_("keep these choices as a plan with this name, and run them"),
        )
        for name, text in (
            ("before", _("call this command of COMMANDS before anything changes")),
            ("after", _("call this command of COMMANDS once the data is proved")),
        ):
            parser.add_argument(
                f"--{name}",
                action="append",
                default=[],
                dest=f"commands_{name}",
                metavar="NAME",
                help=text,
            )
        for name, text in (
            ("again", _("with --resume: let this command run again")),
            ("done", _("with --resume: take this command as done")),
        ):
            parser.add_argument(
                f"--command-{name}", action="append", metavar="NAME", help=text
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
        described = self._described(options)
        source, destination = described.source, described.destination
        if say := self._asked_before(options):
            say(screen, described, self.stdout if options["json"] else None)
            return None
        if options["preview"]:
            document = self.stdout if options["json"] else None
            say_preview(screen, described, options["preview"], document)
            return None
        if options["summary"]:
            labels, excluded = self.labels(options), options["exclude"]
            document = self.stdout if options["json"] else None
            summarise(screen, source, destination, labels, excluded, document)
            return None
        if options["migrate"]:
            migrate_into(screen, destination, source, verbosity=0)
        if options["save_plan"]:
            named_plans.keep(described, options["save_plan"], actor())
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
            for name in (*given[1:], "summary", "migrate", "queue", *KEEPING)
            if options[name]
        ]
        if over:
            raise CommandError(
                _("--%(given)s goes without: %(over)s.")
                % {"given": given[0].replace("_", "-"), "over": ", ".join(over)}
            )
        return BEFORE_START[given[0]]

    def _described(self, options: dict[str, Any]) -> MigrationRun:
        executors = MigrationRun.Executor
        executor = executors.WORKERS if options["queue"] else executors.TERMINAL
        if options["plan_name"]:
            parser = self.create_parser("", "")
            defaults = {name: parser.get_default(name) for name in OF_A_PLAN}
            found = named.described(options, defaults, OF_A_PLAN)
            found.executor = executor
            return found
        aliases = [options["source"], options["destination"]]
        source, destination = aliases[::-1] if options["reverse"] else aliases
        return MigrationRun(
            source=source,
            destination=destination,
            labels=self.labels(options),
            excluded=options["exclude"],
            renamed=self.renamed(options),
            changes=self.changes(options),
            **only(options),
            transforms=transforms_in(options),
            scan_values=options["scan"],
            **described_modes(options),
            verify=options["verify"],
            on_bad_rows=options["on_bad_rows"],
            triggers=options["triggers"],
            commands_before=options["commands_before"],
            commands_after=options["commands_after"],
            **described_pace(options),
            chunk_rows=options["chunk_rows"],
            executor=executor,
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
            confirm_merging(screen, run, actor())
