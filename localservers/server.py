"""What every server has: a directory and a port of its own, and an end."""

from __future__ import annotations

import shutil
from pathlib import Path

from localservers.ports import free_port
from localservers.processes import Process


class Server:
    """One program that listens on 127.0.0.1."""

    name = ""
    # Long enough for a durable server to write out what it holds.
    stop_seconds = 30.0

    def __init__(self, directory: Path, *, port: int = 0, keep: bool = True) -> None:
        """Without `keep` the directory is emptied at the start, and goes at the end."""
        self.directory = directory
        self.port = port or free_port()
        self.keep = keep
        self.process: Process | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        if not self.keep:
            shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.process = self._launch()
        self.process.wait_until(self._ready, 60, f"{self.name} does not answer")

    def _launch(self) -> Process:
        raise NotImplementedError

    def _ready(self) -> bool:
        raise NotImplementedError

    def running(self) -> bool:
        return self.process is not None and self.process.running()

    def kill(self) -> None:
        """End it as a loss of power would."""
        assert self.process is not None
        self.process.kill()

    def stop(self) -> None:
        if self.process:
            self.process.stop(self.stop_seconds)
        if not self.keep:
            shutil.rmtree(self.directory, ignore_errors=True)
