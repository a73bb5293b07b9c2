"""Workers as processes of their own, and how a test's processes end."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress

from localservers.processes import Process
from localservers.usage import children


def end_politely(process: Process) -> None:
    """Let a process write down which lines it ran."""
    if process.running():
        # A worker's cold shutdown, which takes a second instead of three.
        is_worker = process.name.startswith("The worker")
        os.kill(process.pid, signal.SIGQUIT if is_worker else signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.popen.wait(10)


class Worker:
    """A real Celery worker in a session of its own."""

    def __init__(self, process: Process, name: str) -> None:
        self.process = process
        self.name = name

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def log(self) -> str:
        return self.process.log

    def children(self) -> list[int]:
        return children(self.pid)

    def running(self) -> bool:
        return self.process.running()

    def kill9(self) -> None:
        """End the main process and its children without a chance to react."""
        self.process.kill()

    def stop(self) -> None:
        self.process.stop(seconds=60)
