"""Lines and bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import getpass
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.core.management.base import OutputWrapper
from django.utils.translation import gettext as _

from ..models import MigrationRun
from ..progress import Snapshot, snapshot
from ..progress.commands import command_lines
from ..wording import count
from .bars import frame, headline

# Seconds between two lines where the output is no terminal.
LINE_SECONDS = 2.0
FRAME_SECONDS = 0.4


class Screen:
    """Writes how far a run is to where the command writes."""

    def __init__(self, out: OutputWrapper, verbosity: int) -> None:
        self.out = out
        self._verbosity = verbosity
        self._is_terminal = out.isatty()
        self._drawn = 0
        self._next = 0.0
        self._next_check = 0.0
        self._said: set[str] = set()
        # Progress is no error, whichever stream it goes to.
        out.style_func = None

    def say(self, text: str) -> None:
        """Write a line below the bars."""
        if self._verbosity:
            with self._unread():
                self.clear()
                self.out.write(text)
                self.out.flush()

    @contextmanager
    def _unread(self) -> Iterator[None]:
        """Go on in silence where nobody reads any more what is written.

        The run is worth more than what is said of it: a pipe may have been closed,
        or the terminal.
        """
        try:
            yield
        except OSError:
            # Python would flush what is left at its end, and fail (its library's
            # note on SIGPIPE).
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self.out.fileno())
            self._verbosity = 0

    def pass_by(self, text: str) -> None:
        """Write what is at work now: over and over in a line, elsewhere seldom."""
        now = time.monotonic()
        if not self._verbosity or now < self._next_check:
            return
        seconds = FRAME_SECONDS if self._is_terminal else LINE_SECONDS
        # What is over in a moment fills no log with lines.
        is_first, self._next_check = not self._next_check, now + seconds
        if self._is_terminal:
            with self._unread():
                self._draw([text])
        elif not is_first:
            self.say(text)

    def show(self, run: MigrationRun) -> None:
        """Draw how far the run is, not more often than is of use."""
        now = time.monotonic()
        if now < self._next or not self._verbosity:
            return
        run.refresh_from_db()
        self.say_commands(run)
        seen = snapshot(run)
        with self._unread():
            if self._is_terminal:
                self._next = now + FRAME_SECONDS
                self._draw(frame(seen))
            else:
                self._next = now + LINE_SECONDS
                self._write(seen)

    def say_commands(self, run: MigrationRun) -> None:
        """Write which commands have begun or ended since, with what they wrote."""
        for line in command_lines(run, with_output=True):
            if line.is_begun and line.moment not in self._said:
                self._said.add(line.moment)
                self.say(line.sentence)
                for part in line.output.splitlines() if not line.is_running else ():
                    self.say(f"    {part}")

    def pass_over_commands(self, run: MigrationRun) -> None:
        """Say nothing of what commands did before somebody went on with their run."""
        lines = command_lines(run, with_output=False)
        self._said.update(line.moment for line in lines)

    def _write(self, seen: Snapshot) -> None:
        for table in seen.tables:
            if table.copied.done and table.table not in self._said:
                self._said.add(table.table)
                if not table.compares_only:
                    rows = count(table.copied.value)
                    self.say(
                        _("%(model)s: %(rows)s rows copied")
                        % {"model": table.model, "rows": rows}
                    )
        self.say(headline(seen))

    def _draw(self, lines: list[str]) -> None:
        self.clear()
        width, height = shutil.get_terminal_size()
        shown = lines[: max(height - 2, 1)]
        for line in shown:
            self.out.write(line[: width - 1])
        self.out.flush()
        self._drawn = len(shown)

    def clear(self) -> None:
        """Erase the bars that were drawn last."""
        if self._drawn:
            # Up over the last frame, and erase from there.
            self.out.write(f"\x1b[{self._drawn}A\x1b[J", ending="")
            self._drawn = 0


def actor() -> str:
    """Return who sits at the terminal."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "terminal"
