"""A project for one test: databases, manage.py, workers, broker and site."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from localservers.ports import free_port
from localservers.processes import Process
from localservers.redis import RedisServer
from tests.aliases import forget, register, registered
from tests.monitor import Monitor
from tests.servers import Server, fresh_name, maker, real
from tests.workers import Worker, end_politely

BASE_DIR = Path(__file__).resolve().parent.parent
# MySQL itself, as it comes, is an engine of its own beside MariaDB; with
# `local_infile` on it is "mysql_infile".
VENDORS = ("postgresql", "mariadb", "mysql", "sqlite")
DIRECTIONS = [(source, target) for source in VENDORS for target in VENDORS]


def soaked(*values: Any) -> Any:
    """Parameters of a test that are for `make soak`."""
    return pytest.param(*values, marks=pytest.mark.soak)


# For what takes long: one server of every back end.
ONE_OF_EACH = ["postgresql", soaked("mariadb"), "mysql", "sqlite"]
FILLED_ROWS = 2000
# Set by coverage in what it measures and in everything that this starts.
IS_MEASURED = "COVERAGE_PROCESS_CONFIG" in os.environ


def wait_until(
    condition: Callable[[], Any], deadline_seconds: float, message: str
) -> Any:
    """Poll until the condition gives something true and return that."""
    deadline = time.monotonic() + deadline_seconds
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{message} (waited {deadline_seconds:g} s)")
        time.sleep(0.05)
    return result


class Servers:
    """The session's servers and templates, each started when first asked for."""

    def __init__(self, broker_port: int) -> None:
        # Short: a socket's path has a limit of about 100 characters.
        self.directory = tempfile.TemporaryDirectory(prefix="mc")
        self.root = Path(self.directory.name)
        # A server that runs as another user has to reach its own directory.
        self.root.chmod(0o755)
        self.broker_port = broker_port
        self._servers: dict[str, Server] = {}
        self._templates: dict[tuple[int, str], str] = {}
        self._redis: RedisServer | None = None
        self._monitor: Monitor | None = None
        self._heard = bytearray()

    def server(self, vendor: str) -> Any:
        vendor = real(vendor)
        if vendor not in self._servers:
            server = self.private_server(vendor)
            self._servers[vendor] = server
        return self._servers[vendor]

    def private_server(self, vendor: str, **options: Any) -> Any:
        """A started server that the caller stops, for tests that break it."""
        server = maker(vendor)(self.root / fresh_name(vendor[:2]), **options)
        server.start()
        return server

    @property
    def redis(self) -> RedisServer:
        if self._redis is None:
            self._redis = RedisServer(self.root / "redis", port=self.broker_port)
        if not self._redis.running():
            self._redis.start()
        if self._monitor is None or not self._monitor.listens():
            self._end_monitor()
            self._monitor = Monitor(self.broker_port, self._heard)
        return self._redis

    def _end_monitor(self) -> None:
        if self._monitor:
            self._monitor.close()
            self._monitor = None

    def heard(self) -> bytes:
        """What Redis was told in this session."""
        return bytes(self._heard)

    @property
    def redis_used(self) -> bool:
        return self._redis is not None

    def template(self, server: Server, kind: str) -> str:
        """The name of a migrated or filled database on that server."""
        key = (id(server), kind)
        if key not in self._templates:
            name = fresh_name(kind.partition(" ")[0])
            self._make_template(server, kind, name)
            self._templates[key] = name
        return self._templates[key]

    def _make_template(self, server: Server, kind: str, name: str) -> None:
        from django.core.management import call_command

        word, _, rows = kind.partition(" ")
        if word == "filled":
            server.clone(self.template(server, "migrated"), name)
        else:
            server.create_empty(name)
        with registered("template", server.entry(name)):
            if word == "filled":
                call_command(
                    "makebookshop",
                    database="template",
                    rows=int(rows),
                    stdout=io.StringIO(),
                )
            else:
                call_command("migrate", database="template", verbosity=0)

    def stop(self) -> None:
        for server in self._servers.values():
            server.stop()
        if self._redis:
            self._redis.stop()
        self._end_monitor()
        self.directory.cleanup()


class Project:
    """Everything that one test starts; all of it is gone afterwards."""

    def __init__(self, servers: Servers, directory: Path, control: str) -> None:
        self.servers = servers
        self.directory = directory
        self.entries: dict[str, dict[str, Any]] = {}
        self.options: dict[str, Any] = {}
        self._databases: list[tuple[Server, str]] = []
        self._processes: list[Process] = []
        self._private: list[Server] = []
        # What commands have said, for whoever looks for what they may not say.
        self.outputs: list[str] = []
        self.kinds: set[str] = set()
        self._heard_before = len(servers.heard())
        self.control(control)

    # Databases
    def database(
        self,
        vendor: str,
        name: str | None = None,
        *,
        migrated: bool = True,
        filled: bool = False,
        rows: int = FILLED_ROWS,
        server: Server | None = None,
    ) -> str:
        """Make a fresh database and return the alias it is registered under."""
        server = server or self.servers.server(vendor)
        alias = name or self._free_alias(vendor)
        database = fresh_name()
        if filled or migrated:
            kind = f"filled {rows}" if filled else "migrated"
            self.kinds.add(kind)
            server.clone(self.servers.template(server, kind), database)
        else:
            server.create_empty(database)
        self._databases.append((server, database))
        self.register(alias, server.entry(database))
        return alias

    def _free_alias(self, vendor: str) -> str:
        number = 1
        while f"{vendor}{number}" in self.entries:
            number += 1
        return f"{vendor}{number}"

    def register(self, alias: str, entry: Mapping[str, Any]) -> None:
        """Make any DATABASES entry known here and in every subprocess."""
        self.entries[alias] = dict(entry)
        register(alias, entry)

    def control(
        self, vendor: str, *, filled: bool = False, migrated: bool = True
    ) -> None:
        """Replace the database `default`, which holds the control tables."""
        self.database(vendor, "default", filled=filled, migrated=migrated)

    def entry(self, alias: str) -> dict[str, Any]:
        return dict(self.entries[alias])

    def private_server(self, vendor: str, **options: Any) -> Any:
        """A server of this test's own, for what would disturb the others."""
        server = self.servers.private_server(vendor, **options)
        self._private.append(server)
        return server

    def superuser(
        self, name: str = "admin", password: str = "admin", using: str = "default"
    ) -> Any:
        from django.contrib.auth.models import User

        return User.objects.db_manager(using).create_superuser(
            name, f"{name}@example.org", password
        )

    # Processes

    @property
    def redis(self) -> RedisServer:
        return self.servers.redis

    def heard(self) -> bytes:
        """What Redis was told since the test began."""
        return self.servers.heard()[self._heard_before :]

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "migration_console.settings",
            "MIGRATION_CONSOLE_DATABASES": json.dumps(self.entries),
            "MIGRATION_CONSOLE_OPTIONS": json.dumps(self.options),
            "PYTHONUNBUFFERED": "1",
        }

    def manage(
        self,
        *arguments: str,
        input: str | None = None,
        timeout: float = 300,
        check: bool = False,
        environment: Mapping[str, str] | None = None,
        python: str | Path = sys.executable,
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [python, "manage.py", *arguments],
            input="" if input is None else input,
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=BASE_DIR,
            env={**self.environment, **(environment or {})},
        )
        self.outputs += [done.stdout, done.stderr]
        if check and done.returncode:
            raise AssertionError(f"{arguments}: {done.returncode}\n{done.stderr}")
        return done

    def manage_in_background(
        self, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> Process:
        return self.process(
            "manage.py " + arguments[0],
            "manage.py",
            *arguments,
            environment=environment,
        )

    def process(
        self,
        name: str,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        directory: Path = BASE_DIR,
        python: str = sys.executable,
    ) -> Process:
        """Start Python with these arguments; it ends with the test at the latest."""
        process = Process(
            name,
            [python, *arguments],
            log=self.directory / f"{fresh_name('log')}.log",
            environment={**self.environment, **(environment or {})},
            directory=directory,
        )
        self._processes.append(process)
        return process

    def worker(
        self,
        concurrency: int = 2,
        name: str | None = None,
        *,
        environment: Mapping[str, str] | None = None,
    ) -> Worker:
        """Start a worker and wait until it takes tasks."""
        assert self.redis.running()
        name = name or fresh_name("worker")
        process = self.process(
            f"The worker {name}",
            "-m",
            "celery",
            "--app=migration_console",
            "worker",
            f"--concurrency={concurrency}",
            f"--hostname={name}@%h",
            "--loglevel=INFO",
            environment=environment,
        )
        process.wait_until(lambda: " ready." in process.log, 60, "No worker is ready")
        return Worker(process, name)

    def live_server(self) -> str:
        """Run the site as a process; return its address without a slash."""
        port = free_port()
        process = self.process(
            "The site", "-m", "migration_console.demonstration.site", str(port)
        )
        process.wait_until(
            lambda: "Listening on port" in process.log, 30, "No site answers"
        )
        return f"http://127.0.0.1:{port}"

    def close(self) -> None:
        # How they end by themselves is for tests to see; a worker takes seconds.
        for process in reversed(self._processes):
            if IS_MEASURED:
                end_politely(process)
            process.kill()
        for alias in self.entries:
            forget(alias)
        for server in self._private:
            server.stop()
        for server, database in self._databases:
            if server not in self._private:
                server.drop(database)
        if self.servers.redis_used:
            self.servers.redis.flush()
