"""A command under a real pseudo-terminal, and what it draws there."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time

from tests.project import BASE_DIR, Project

ERASE = re.compile(r"\x1b\[(\d+)A\x1b\[J")
DEADLINE = 90  # seconds


class Terminal:
    """A window of so many columns and lines with manage.py in it."""

    def __init__(
        self, project: Project, *arguments: str, columns: int = 100, lines: int = 30
    ) -> None:
        self.columns, self.lines = columns, lines
        self._ours, theirs = os.openpty()
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
        environment = {
            name: value
            for name, value in project.environment.items()
            # Either would be believed rather than the window.
            if name not in ("COLUMNS", "LINES")
        }
        self._process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=BASE_DIR,
            env={**environment, "TERM": "xterm"},
            # A session of its own, of which this is the terminal: Ctrl-C
            # reaches it.
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)
        self._read = b""

    @property
    def text(self) -> str:
        return self._read.decode(errors="replace").replace("\r\n", "\n")

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + DEADLINE
        while text not in self.text:
            if not self._more(deadline):
                raise AssertionError(f"{text!r} does not appear in:\n{self.text}")

    def end(self) -> int:
        """Read to the end and return the exit code."""
        deadline = time.monotonic() + DEADLINE
        while self._more(deadline):
            pass
        return self._process.wait(max(deadline - time.monotonic(), 1))

    def _more(self, deadline: float) -> bool:
        left = deadline - time.monotonic()
        if left <= 0:
            raise AssertionError(f"The command does not end:\n{self.text}")
        if not select.select([self._ours], [], [], left)[0]:
            return True
        try:
            found = os.read(self._ours, 65536)
        except OSError:
            # The last one that had the terminal open is gone.
            return False
        self._read += found
        return bool(found)

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._ours)

    def screen(self) -> list[str]:
        """Return the lines that are left once every erasing has been done."""
        kept: list[str] = []
        rest = self.text
        while found := ERASE.search(rest):
            kept.extend(rest[: found.start()].split("\n")[:-1])
            del kept[len(kept) - int(found[1]) :]
            rest = rest[found.end() :]
        return [*kept, *rest.split("\n")]

    def frames(self) -> list[list[str]]:
        """Return the bars that were drawn and erased, one frame after another."""
        found = []
        lines: list[str] = []
        rest = self.text
        while match := ERASE.search(rest):
            lines = rest[: match.start()].split("\n")[:-1]
            found.append(lines[len(lines) - int(match[1]) :])
            rest = rest[match.end() :]
        return found
