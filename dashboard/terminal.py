"""The run in a terminal: what is asked, shown and answered there."""

from __future__ import annotations

import gc
import getpass
import json
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from . import report
from .discovery import UnknownLabel, select
from .interrupts import Interrupts
from .lifecycle import ACTIVE, ENDED, Status, Verdict
from .models import Difference, Finding, MigrationRun, TableCopy
from .progress import Snapshot, TableProgress, snapshot
from .runner import requests
from .runner.inline import Crew, run_here
from .runner.requests import RequestRefused
from .runner.watch import look
from .survey import Count, survey
from .transfer.errors import TransferError
from .wording import about, count

BAR_WIDTH = 24
# Seconds between two lines where the output is no terminal.
LINE_SECONDS = 2.0
FRAME_SECONDS = 0.4
FOLLOW_SECONDS = 0.1
# Seconds between two looks for lanes that nobody serves.
LOOK_SECONDS = 2.0
NAMES_WIDTH = 34
DIFFERENCES_SHOWN = 10

OK, FAILED, NOT_VERIFIABLE = 0, 1, 3
# As a shell says it: 128 and the signal's number.
INTERRUPTED = 130


class TerminalCommand(BaseCommand):
    """A command whose process ends with it."""

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as a process; ``call_command`` does not come here."""
        try:
            super().run_from_argv(argv)
        except KeyboardInterrupt:
            # Before a start or after an end: in between it is counted instead.
            self.stderr.write("Interrupted.")
            sys.exit(INTERRUPTED)
        finally:
            # Spares the interpreter its last look at all of Django, a tenth of
            # a second: what is frozen is left to the system.
            gc.freeze()


class Terminal:
    """Writes progress: bars on a terminal, plain lines elsewhere."""

    def __init__(self, out: OutputWrapper, verbosity: int) -> None:
        self.out = out
        self._verbosity = verbosity
        self._is_terminal = out.isatty()
        self._drawn = 0
        self._next = 0.0
        self._said: set[str] = set()
        # Progress is no error, whichever stream it goes to.
        out.style_func = None

    def say(self, text: str) -> None:
        """Write a line below the bars."""
        if self._verbosity:
            self._clear()
            self.out.write(text)
            self.out.flush()

    def actor(self) -> str:
        """Return who sits at the terminal."""
        try:
            return getpass.getuser()
        except (KeyError, OSError):
            return "terminal"

    def check_report(self, path: str | None) -> None:
        """Refuse a report file of an unknown form before anything is done."""
        if path:
            try:
                report.check_path(path)
            except (report.UnknownFormError, OSError) as error:
                raise CommandError(str(error)) from error

    def say_findings(self, run: MigrationRun) -> None:
        """Write what the checks found; raise CommandError where it blocks."""
        findings = list(run.findings.all())
        errors = [f for f in findings if f.level == Finding.Level.ERROR]
        for finding in findings:
            if finding.level == Finding.Level.WARNING:
                self.say(f"Warning: {finding.message} {finding.remedy}".strip())
        if errors:
            lines = [f"{f.message} {f.remedy}".strip() for f in errors]
            raise CommandError("\n".join(lines))

    def confirm_emptying(self, run: MigrationRun, actor: str) -> None:
        """Name what will be deleted and ask; raise CommandError for a no."""
        filled = list(run.tables.filter(rows_before__gt=0))
        if not filled:
            return
        lines = [f"  {copy.table}: {count(copy.rows_before)} rows" for copy in filled]
        self.out.write(
            f"All rows of these tables of '{run.destination}' will be deleted:\n"
            + "\n".join(lines)
        )
        self.out.flush()
        try:
            answer = input(
                f"Type the destination's name ('{run.destination}') to go on: "
            )
        except (EOFError, KeyboardInterrupt):
            answer = ""
        if answer.strip() != run.destination:
            requests.cancel(run, actor)
            raise CommandError("Nothing was deleted and nothing was copied.")

    def show(self, run: MigrationRun) -> None:
        """Draw how far the run is, not more often than is of use."""
        now = time.monotonic()
        if now < self._next or not self._verbosity:
            return
        run.refresh_from_db()
        seen = snapshot(run)
        if self._is_terminal:
            self._next = now + FRAME_SECONDS
            self._draw(_frame(seen))
        else:
            self._next = now + LINE_SECONDS
            self._line(seen)

    def _line(self, seen: Snapshot) -> None:
        for table in seen.tables:
            if table.copied.done and table.table not in self._said:
                self._said.add(table.table)
                if not table.compares_only:
                    self.say(f"{table.model}: {count(table.copied.value)} rows copied")
        self.say(_headline(seen))

    def _draw(self, lines: list[str]) -> None:
        self._clear()
        width, height = shutil.get_terminal_size()
        shown = lines[: max(height - 2, 1)]
        for line in shown:
            self.out.write(line[: width - 1])
        self.out.flush()
        self._drawn = len(shown)

    def _clear(self) -> None:
        if self._drawn:
            # Up over the last frame, and erase from there.
            self.out.write(f"\x1b[{self._drawn}A\x1b[J", ending="")
            self._drawn = 0

    def say_end(self, run: MigrationRun) -> None:
        """Write the verdicts and how the run ended."""
        self._clear()
        for copy in run.tables.all():
            self.say(_verdict_line(copy))
            for text in (copy.verdict_reason, copy.error, *_difference_lines(copy)):
                if text:
                    self.say(f"    {text}")
        seen = snapshot(run)
        words = [str(Status(run.status).label)]
        if run.verdict:
            words.append(str(Verdict(run.verdict).label))
        rows = seen.rows_compared if run.kind == "compare" else seen.rows_copied
        self.say(
            f"Run {run.pk}: {', '.join(words).lower()}; "
            f"{count(rows)} rows in {seen.seconds or 0:.1f} s."
        )
        if run.error:
            self.say(f"{run.error} {run.remedy}".strip())


def _verdict_line(copy: Any) -> str:
    rows = copy.rows_copied if copy.destination_rows is None else copy.destination_rows
    verdict = str(Verdict(copy.verdict).label).lower()
    return f"{copy.model:<{NAMES_WIDTH}} {count(rows):>12}  {verdict}"


def _difference_lines(copy: TableCopy) -> list[str]:
    """Name the first rows that differ by their keys; values are never shown."""
    lines = []
    for found in copy.differences.all()[:DIFFERENCES_SHOWN]:
        kind = Difference.Kind(found.kind).label
        columns = f" in {', '.join(found.columns)}" if found.columns else ""
        lines.append(f"{kind}: {', '.join(map(str, found.key))}{columns}")
    more = copy.differences_count - len(lines)
    return [*lines, f"and {count(more)} more"] if lines and more > 0 else lines


def _headline(seen: Snapshot) -> str:
    phase = seen.stage.label if seen.stage else str(Status(seen.run.status).label)
    if seen.stage and not seen.stage.counts_rows:
        bar = seen.stage.bar
        return f"{phase}: {bar.value} of {bar.total} steps"
    rows = seen.stage.bar.value if seen.stage else seen.rows_copied
    parts = [f"{phase}: {seen.bar.percent} %", f"{count(rows)} rows"]
    if seen.rate:
        parts.append(f"{count(int(seen.rate))} rows/s")
    if seen.seconds_left is not None:
        parts.append(f"{about(seen.seconds_left)} left")
    if seen.condition:
        parts.append(str(seen.condition.message))
    return ", ".join(parts)


def _frame(seen: Snapshot) -> list[str]:
    current = [t for t in seen.tables if t.copied.value and not t.bar.done]
    done = sum(t.bar.done for t in seen.tables)
    lines = [
        _bar_line("all", seen.bar.fraction, f"{done} of {len(seen.tables)} tables")
    ]
    lines.extend(_table_line(table) for table in current[:12])
    lines.append(_headline(seen))
    return lines


def _table_line(table: TableProgress) -> str:
    return _bar_line(table.model, table.bar.fraction, count(table.bar.value))


def _bar_line(name: str, fraction: float, text: str) -> str:
    full = int(fraction * BAR_WIDTH)
    bar = "█" * full + "░" * (BAR_WIDTH - full)
    # Rounded down: nothing is at 100 % before it is done.
    percent = int(fraction * 100)
    return f"{name[:NAMES_WIDTH]:<{NAMES_WIDTH}} {bar} {percent:>3} %  {text}"


def take_over(terminal: Terminal, run: MigrationRun) -> bool:
    """End what dead terminals left in this run's way; False where nothing was.

    Their schema is put back before this run looks at it.
    """
    others = requests.abandoned(run)
    for other in others:
        terminal.say(
            f"Run {other.pk} has lost its terminal. It is cancelled, and the schema "
            f"of '{other.destination}' is put back."
        )
        if other.status != Status.CANCELLING:
            requests.cancel(other, terminal.actor(), here=True)
        with Crew.of(other) as crew, Interrupts():
            run_here(other, crew, lambda: None)
        other.refresh_from_db()
        if other.status != Status.CANCELLED:
            raise CommandError(
                f"Run {other.pk} could not be ended: {other.error} {other.remedy}"
            )
    return bool(others)


def follow(
    terminal: Terminal, run: MigrationRun, crew: Crew, interrupts: Interrupts
) -> None:
    """Show a started run until it stands still, doing its work if it is ours.

    Ctrl-C cancels a run of this terminal, and leaves one of workers to them.
    """
    if run.origin == MigrationRun.Origin.TERMINAL:
        run_here(run, crew, lambda: _show_or_cancel(terminal, run, interrupts))
        return
    next_look = 0.0
    while not interrupts.are_new():
        if time.monotonic() >= next_look:
            look()
            next_look = time.monotonic() + LOOK_SECONDS
        terminal.show(run)
        run.refresh_from_db()
        if run.status in ENDED or run.status == Status.PAUSED:
            return
        time.sleep(FOLLOW_SECONDS)
    raise CommandError(
        f"Run {run.pk} goes on without this terminal; see it in the admin."
    )


def _show_or_cancel(
    terminal: Terminal, run: MigrationRun, interrupts: Interrupts
) -> None:
    if not interrupts.are_new():
        terminal.show(run)
        return
    run.refresh_from_db()
    terminal.say("Cancelling: the destination's schema is put back.")
    if run.status in ACTIVE and run.status != Status.CANCELLING:
        # It may have ended at this very moment.
        with suppress(RequestRefused):
            requests.cancel(run, terminal.actor())


def exit_code(run: MigrationRun) -> int:
    """Return 0 for success, 3 for what is not verifiable, 1 for the rest."""
    if run.status != Status.SUCCEEDED:
        return FAILED
    return NOT_VERIFIABLE if run.verdict == Verdict.NOT_VERIFIABLE else OK


def write_reports(
    run: MigrationRun, path: str | None, as_json: bool, out: OutputWrapper
) -> None:
    """Write the report file and the document on standard output, if asked."""
    built = report.build(run)
    if path:
        report.write(built, path)
    if as_json:
        out.write(report.as_json(built))


def refusal(error: RequestRefused, as_json: bool, out: OutputWrapper) -> CommandError:
    """Return what to raise, after the document for standard output, if asked."""
    if as_json:
        said = {"status": "refused", "error": error.message, "remedy": error.remedy}
        out.write(json.dumps(said, indent=2))
    return CommandError(str(error))


def summarise(
    terminal: Terminal,
    source: str,
    destination: str,
    labels: Sequence[str],
    options: Mapping[str, Any],
) -> None:
    """Write the rows of both sides, many-to-many tables included."""
    try:
        chosen = {item.label for item in select(labels, options["exclude"])}
        found = survey(source, destination, parts=True)
    except UnknownLabel as error:
        raise CommandError(f"'{error}' names no app and no model.") from error
    except TransferError as error:
        raise CommandError(str(error)) from error
    out = terminal.out
    out.write(f"{'':<{NAMES_WIDTH}} {source:>14} {destination:>14}  difference")
    for app in found:
        for model in app.models:
            if model.label in chosen:
                out.write(_summary_line(model.label, model.source, model.destination))


def _summary_line(label: str, source: Count | None, destination: Count | None) -> str:
    shown = [_shown(number) for number in (source, destination)]
    difference = ""
    if source is not None and destination is not None:
        difference = f"{destination.rows - source.rows:+,}".replace("+0", "0")
    return f"{label:<{NAMES_WIDTH}} {shown[0]:>14} {shown[1]:>14}  {difference}"


def _shown(number: Count | None) -> str:
    if number is None:
        return "no table"
    return ("" if number.exact else "≈ ") + count(number.rows)
