"""What the commands have in common: their process, and how they refuse."""

from __future__ import annotations

import gc
import json
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout, suppress
from functools import partial
from signal import SIGINT
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from ..control_database import patience
from ..models import MigrationRun
from ..planning.renames import renamed_in
from ..planning.table_selection import ALL, TABLE
from ..runner.asker import asked_from
from ..runner.refusals import RequestRefused
from ..transfer.changes import WrongChange, listed
from ..transfer.errors import TransferError
from .again import decisions, end, find, force, resume
from .endings import (
    check_report_path,
    exit_code,
    say_end,
    write_reports,
)
from .interrupts import ENDED_BY_SIGNAL, EndedBySignal, signals_raised
from .last_words import LastWords
from .pace import gives_pace, set_pace
from .run_options import NAMED, OF_A_PLAN, add_options
from .screen import Screen
from .unmigrated import own_tables

AGAIN = ("--resume", "--cancel", "--force", "--set")
"""Options with the number of a run that is there already."""


class ProcessCommand(BaseCommand):
    """A command that works for a run, and whose process ends with it."""

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as a process; ``call_command`` does not come here."""
        try:
            with signals_raised():
                super().run_from_argv(argv)
        except KeyboardInterrupt as error:
            # Before a start or after an end: in between it is counted instead.
            with suppress(OSError):
                self.stderr.write(_("Interrupted."))
            number = error.number if isinstance(error, EndedBySignal) else SIGINT
            sys.exit(ENDED_BY_SIGNAL + number)
        finally:
            # Spares the interpreter its last look at all of Django, a tenth of
            # a second: what is frozen is left to the system.
            gc.freeze()

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run, and write the host's name down as where requests come from."""
        with asked_from(socket.gethostname()), own_tables():
            return super().execute(*args, **options)

    @contextmanager
    def last_words(self, words: LastWords) -> Iterator[None]:
        """Turn a refusal into a CommandError; say at other ends what is left."""
        try:
            yield
        except RequestRefused as error:
            raise CommandError(str(error)) from error
        except CommandError:
            raise
        except BaseException:
            words.say()
            raise


class RunCommand(ProcessCommand):
    """A command that makes a run, or goes on with one."""

    # The aliases that are named first, with what is said of them.
    databases: tuple[tuple[str, str], ...]
    # The exit code of a command that was interrupted.
    interrupted = 0
    # Whether the command was given a run or a plan, which has its databases. Known
    # before the arguments are: optional ones would match nothing before the first
    # option.
    is_given_a_run = False

    def run_from_argv(self, argv: list[str]) -> None:
        self.is_given_a_run = any(
            word.split("=")[0] in (*AGAIN, NAMED) for word in argv
        )
        super().run_from_argv(argv)

    def create_parser(
        self, prog_name: str, subcommand: str, **kwargs: Any
    ) -> CommandParser:
        """Let labels stand anywhere: options between them end none of them."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.parse_args = parser.parse_intermixed_args  # type: ignore[method-assign]
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name, text in self.databases:
            if not self.is_given_a_run:
                parser.add_argument(name, help=text)
        again = parser.add_mutually_exclusive_group()
        texts = (
            _("go on with run N where it stopped, in this terminal"),
            _("end run N and put the schema of its destination back"),
            _("end run N that nothing serves, without asking its databases"),
            _("change --lanes and --rows-per-second of run N while it works"),
        )
        for name, text in zip(AGAIN, texts, strict=True):
            again.add_argument(name, type=int, metavar="N", help=text)
        add_options(parser)

    def renamed(self, options: dict[str, Any]) -> dict[str, str]:
        """Return what --renamed says; raises CommandError for what it cannot be."""
        try:
            return renamed_in(options["renamed"])
        except ValueError as error:
            raise CommandError(
                _("Not app.Model=table or app.Model.field=column: %(given)s")
                % {"given": error}
            ) from error

    def labels(self, options: dict[str, Any]) -> list[str]:
        """Return what is to take part; none is everything."""
        labels: list[str] = options["labels"]
        if not options["tables"]:
            return labels
        named = [f"{TABLE}{name}" for name in options["tables"]]
        return [*(labels or [ALL]), *named]

    def changes(self, options: dict[str, Any]) -> dict[str, str]:
        """Return what is to become of values, by column. Raises CommandError."""
        try:
            return listed(options["changes"])
        except WrongChange as error:
            raise CommandError(str(error)) from None

    def handle(self, *args: Any, **options: Any) -> None:
        out = self.stderr if options["json"] else self.stdout
        screen = Screen(out, options["verbosity"])
        check_report_path(options["report"])
        words = LastWords(self.stderr)
        # Of a document there is nothing but itself: the project's own functions print.
        apart = redirect_stdout(sys.stderr) if options["json"] else nullcontext()
        with self.last_words(words), apart:
            try:
                with patience():
                    run = self._run(screen, options, words)
            except RequestRefused as error:
                raise self._refusal(error, options) from error
            except TransferError as error:
                words.say()
                raise self._refusal(error, options) from error
        if run is None:
            return
        self.write_reports(run, options)
        say_end(screen, run)
        words.say()
        if code := self.interrupted or exit_code(run):
            sys.exit(code)

    def _run(
        self, screen: Screen, options: dict[str, Any], words: LastWords
    ) -> MigrationRun | None:
        self._require_alone(options)
        if options["set"] is not None:
            set_pace(screen, find(options["set"]), options)
            return None
        named = options.get("again") or ()
        decided = decisions(options)
        if (named or decided) and options["resume"] is None:
            raise CommandError(
                _("--again and --command-… go with --resume N, the run's number.")
            )
        asks = options.get("interactive", True)
        again = partial(resume, asks=asks, again=named, decided=decided)
        for name, ask in (("resume", again), ("cancel", end), ("force", force)):
            if options[name] is not None:
                run = find(options[name])
                if name == "resume" and gives_pace(options):
                    ask = partial(again, paced=partial(set_pace, screen, run, options))
                self.interrupted = ask(screen, run, words)
                run.refresh_from_db()
                return run
        return self.make_run(screen, options, words)

    def _require_alone(self, options: dict[str, Any]) -> None:
        """Raise CommandError for an option that would be passed over."""
        given = [name for name in AGAIN if options[name.strip("-")] is not None]
        if not given:
            return
        parser = self.create_parser("", "")
        over = [
            flag
            for name, flag in OF_A_PLAN.items()
            if (options.get(name) or None) != (parser.get_default(name) or None)
        ]
        if given[0] in ("--cancel", "--force") and gives_pace(options):
            over.append("--lanes, --rows-per-second")
        if over:
            raise CommandError(
                _("%(given)s goes with a run as it was planned, without: %(over)s.")
                % {"given": given[0], "over": ", ".join(over)}
            )

    def make_run(
        self, screen: Screen, options: dict[str, Any], words: LastWords
    ) -> MigrationRun | None:
        """Make a run and return it when it stands still; None without one."""
        raise NotImplementedError

    def write_reports(self, run: MigrationRun, options: dict[str, Any]) -> None:
        write_reports(run, options["report"], options["json"], self.stdout)

    def _refusal(
        self, error: RequestRefused | TransferError, options: dict[str, Any]
    ) -> CommandError:
        if options["json"]:
            said = {
                "status": "refused",
                "error": error.message,
                "remedy": error.remedy,
            }
            self.stdout.write(json.dumps(said, indent=2))
        return CommandError(str(error))
