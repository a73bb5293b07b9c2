"""The servers, and the databases that contestants are given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks import data
from benchmarks.engines.base import Engine
from benchmarks.engines.mariadb import MariaDB, MySQL
from benchmarks.engines.postgresql import PostgreSQL
from benchmarks.engines.sqlite import SQLite
from benchmarks.many.plan import TABLES_VARIABLE
from benchmarks.servers import MariaDB as MariaDBServer
from benchmarks.servers import MySQL as MySQLServer
from benchmarks.servers import PostgreSQL as PostgreSQLServer
from benchmarks.servers import Redis, Server
from benchmarks.shapes import Shape, Table

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = "benchmarks.settings"
VENDORS = ("mysql", "postgresql", "sqlite")
MYSQL = ("mariadb", "mysql", "mysql-infile")
"""What stands for the vendor "mysql": MySQL itself has `local_infile` off or on."""
TEMPLATE = "template_migrated"
SOURCE, DESTINATION, CONTROL = "source", "destination", "control"
FINISHED = "finished"
MIGRATE_OPTIONS = ("--no-input", "--run-syncdb")


class StagingError(Exception):
    """The databases could not be made ready."""


@dataclass(frozen=True)
class Direction:
    source: str
    destination: str

    @classmethod
    def parse(cls, text: str) -> Self:
        source, _, destination = text.partition("-")
        if source not in VENDORS or destination not in VENDORS:
            raise ValueError(
                f"{text!r} is no direction: name two of {', '.join(VENDORS)} "
                "with a hyphen between them."
            )
        return cls(source, destination)

    def __str__(self) -> str:
        return f"{self.source}-{self.destination}"


def _mysql(which: str, home: Path, durability: str) -> MariaDB:
    if which == "mariadb":
        return MariaDB(MariaDBServer(home / "mariadb", durability))
    infile = which == "mysql-infile"
    return MySQL(MySQLServer(home / which, durability, infile=infile))


class House:
    """Starts what the vendors need on entering, and stops it on leaving.

    PostgreSQL is always among the servers: the control tables (`default`)
    live there in a database of their own, whatever the direction.
    """

    def __init__(
        self,
        directory: Path,
        vendors: Sequence[str],
        durability: str,
        *,
        redis: bool,
        shape: Shape,
        mysql: str = "mariadb",
    ) -> None:
        self.directory = directory
        self.shape = shape
        self.data = directory / "data"
        self.logs = directory / "logs"
        home = directory / "servers"
        self.postgresql = PostgreSQL(
            PostgreSQLServer(home / "postgresql", durability, counting=shape.per_table)
        )
        self.engines: dict[str, Engine] = {"postgresql": self.postgresql}
        self.servers: list[Server] = [self.postgresql.server]
        if "mysql" in vendors:
            chosen = _mysql(mysql, home, durability)
            self.engines["mysql"] = chosen
            self.servers.append(chosen.server)
        if "sqlite" in vendors:
            self.engines["sqlite"] = SQLite(home / "sqlite")
        self.redis = Redis(home / "redis") if redis else None
        if self.redis:
            self.servers.append(self.redis)

    def __enter__(self) -> Self:
        self.logs.mkdir(parents=True, exist_ok=True)
        try:
            # In this thread: the servers are bound to the life of their starter.
            for server in self.servers:
                server.start()
            for vendor in self.engines:
                self.migrate_template(vendor)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        for server in reversed(self.servers):
            server.stop()
        if "sqlite" in self.engines:
            for name in (TEMPLATE, SOURCE, DESTINATION, FINISHED):
                self.engines["sqlite"].drop(name)

    def migrate_template(self, vendor: str) -> None:
        engine = self.engines[vendor]
        engine.create(TEMPLATE)
        environment = self.environment({"default": engine.entry(TEMPLATE)})
        log = self.logs / f"migrate-{vendor}.log"
        with log.open("wb") as output:
            done = subprocess.run(
                [sys.executable, "-m", "django", "migrate", *MIGRATE_OPTIONS],
                env=environment,
                cwd=ROOT,
                stdout=output,
                stderr=output,
                check=False,
            )
        if done.returncode:
            raise StagingError(f"`migrate` failed on {engine.label}; see {log}.")

    def environment(self, databases: dict[str, dict[str, Any]]) -> dict[str, str]:
        """The environment of a Django process that works on these databases."""
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            "MIGRATION_CONSOLE_DATABASES": json.dumps(databases),
            "PYTHONPATH": os.pathsep.join(
                [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
            ),
        }
        if self.shape.per_table:
            environment[TABLES_VARIABLE] = str(len(self.shape.tables))
        if self.redis:
            environment["MIGRATION_CONSOLE_BROKER_URL"] = self.redis.url
        return environment

    def empty_redis(self) -> None:
        """Messages of an earlier contestant are of no use to the next worker."""
        if self.redis:
            self.redis.flush()

    # -- the databases of one direction ----------------------------------------

    def databases(
        self, direction: Direction, source: str = SOURCE
    ) -> dict[str, dict[str, Any]]:
        return {
            "default": self.postgresql.entry(CONTROL),
            "source": self.engines[direction.source].entry(source),
            "destination": self.engines[direction.destination].entry(DESTINATION),
        }

    def stage_source(
        self, vendor: str, shape: Shape, size: str, name: str = SOURCE
    ) -> dict[Table, Path]:
        """Fill a source database; returns the files that it was filled from."""
        engine = self.engines[vendor]
        files = data.files(shape, size, self.data)
        if "sqlite" in self.engines:
            self.engines["sqlite"].drop(FINISHED)
        engine.clone(TEMPLATE, name)
        engine.fill(name, files)
        found = engine.counts(name, shape.tables)
        if found != shape.counts[size]:
            raise StagingError(f"{engine.label} holds {found} after loading the data.")
        engine.settle()
        return files

    def stage_finished(self, files: dict[Table, Path]) -> Path:
        """A SQLite database that holds the rows already, for SQLite's limit."""
        engine = self.engines["sqlite"]
        assert isinstance(engine, SQLite)
        path = engine.path(FINISHED)
        if not path.exists():
            engine.clone(TEMPLATE, FINISHED)
            engine.fill(FINISHED, files)
        return path

    def stage_destination(self, direction: Direction) -> None:
        """Fresh, empty and migrated; the control tables likewise."""
        engine = self.engines[direction.destination]
        engine.clone(TEMPLATE, DESTINATION)
        self.postgresql.clone(TEMPLATE, CONTROL)
        for each in self.engines.values():
            each.settle()
        os.sync()

    def check_content_types(self, direction: Direction) -> None:
        """The log refers to content types, which `migrate` makes on both sides."""
        source, destination = (
            self.engines[vendor].content_types(TEMPLATE)
            for vendor in (direction.source, direction.destination)
        )
        if source != destination:
            raise StagingError(
                "`migrate` numbered the content types differently on both sides."
            )
