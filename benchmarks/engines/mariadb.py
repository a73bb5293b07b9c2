"""MariaDB, and MySQL itself in its place."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import MySQLdb.cursors

from benchmarks.engines.base import Checksum, Engine, two_at_a_time
from benchmarks.servers import HOST, PASSWORD, USER
from benchmarks.servers import MariaDB as MariaDBServer
from benchmarks.servers import MySQL as MySQLServer
from benchmarks.shapes import Table
from localservers.programs import find_program

SETTLED_PAGES = 50
SETTLE_SECONDS = 20


class MariaDB(Engine):
    vendor = "mysql"
    label = "MariaDB"

    def __init__(self, server: MariaDBServer | MySQLServer) -> None:
        self.server = server
        self.servers = (server,)

    def entry(self, name: str) -> dict[str, Any]:
        return {
            "ENGINE": "django.db.backends.mysql",
            "NAME": name,
            "HOST": HOST,
            "PORT": str(self.server.port),
            "USER": USER,
            "PASSWORD": PASSWORD,
            "OPTIONS": {"charset": "utf8mb4"},
        }

    def url(self, name: str) -> str:
        return f"mysql://{USER}:{PASSWORD}@{HOST}:{self.server.port}/{name}"

    @contextmanager
    def connect(self, name: str = "") -> Iterator[MySQLdb.cursors.Cursor]:
        """The administrator's cursor; the contestants are ordinary users."""
        connection = self.server.connect(name, local_infile=True)
        try:
            cursor = connection.cursor()
            cursor.execute("SET time_zone = '+00:00', names utf8mb4")
            yield cursor
        finally:
            connection.close()

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Let files be loaded meanwhile."""
        yield

    def create(self, name: str) -> None:
        self.drop(name)
        self.server.create_empty(name)

    def drop(self, name: str) -> None:
        self.server.drop(name)

    def client(self, program: str, *arguments: str) -> list[str]:
        return [
            find_program(program),
            "--no-defaults",
            f"--host={HOST}",
            f"--port={self.server.port}",
            f"--user={self.server.user}",
            f"--password={self.server.password}",
            "--default-character-set=utf8mb4",
            *arguments,
        ]

    def clone(self, template: str, name: str) -> None:
        self.drop(name)
        self.server.clone(template, name)

    # -- loading ---------------------------------------------------------------

    def load_statement(self, table: Table, path: Path) -> str:
        targets = ", ".join(
            f"@{column}" if column in table.binary else f"`{column}`"
            for column in table.columns
        )
        converted = ", ".join(f"`{c}` = UNHEX(@{c})" for c in sorted(table.binary))
        return (
            f"LOAD DATA LOCAL INFILE '{path.resolve()}' INTO TABLE `{table.name}` "
            f"CHARACTER SET utf8mb4 ({targets})" + (converted and f" SET {converted}")
        )

    def load_file(self, name: str, table: Table, path: Path) -> None:
        with self.connect(name) as cursor:
            cursor.execute("SET foreign_key_checks = 0, unique_checks = 0")
            cursor.execute(self.load_statement(table, path))
            cursor.execute("SHOW WARNINGS")
            warnings = cursor.fetchall()
            if warnings:
                raise RuntimeError(f"Loading {table.name}: {warnings[0]}")

    def fill(self, name: str, files: Mapping[Table, Path]) -> None:
        largest_first = sorted(files, key=lambda table: -files[table].stat().st_size)
        loads = [
            partial(self.load_file, name, table, files[table])
            for table in largest_first
        ]
        with self.loading():
            two_at_a_time(loads)
        with self.connect(name) as cursor:
            names = ", ".join(table.name for table in files)
            cursor.execute(f"ANALYZE TABLE {names}")
            cursor.fetchall()

    # -- looking ---------------------------------------------------------------

    def counts(self, name: str, tables: Sequence[Table]) -> dict[str, int]:
        with self.connect(name) as cursor:
            found = {}
            for table in tables:
                cursor.execute(f"SELECT count(*) FROM `{table.name}`")
                found[table.name] = cursor.fetchone()[0]
            return found

    def checksum(self, name: str, table: Table, columns: Sequence[str]) -> Checksum:
        text = ", ".join(
            f"LOWER(HEX(`{column}`))"
            if column in table.binary
            else f"COALESCE(`{column}`, '~')"
            for column in columns
        )
        with self.connect(name) as cursor:
            # CONV answers in text, whose sum would be a double.
            cursor.execute(
                "SELECT COUNT(*), COALESCE(SUM(CAST(CONV(LEFT(MD5(CONCAT_WS('|', "
                f"{text})), 16), 16, -10) AS SIGNED)), 0) FROM `{table.name}`"
            )
            rows, total = cursor.fetchone()
            return Checksum(rows, int(total))

    def content_types(self, name: str) -> list[tuple[int, str, str]]:
        with self.connect(name) as cursor:
            cursor.execute("SELECT id, app_label, model FROM django_content_type")
            return sorted(cursor.fetchall())

    def questions(self) -> int:
        """The statements that clients have sent since the server's start."""
        with self.connect() as cursor:
            cursor.execute("SHOW GLOBAL STATUS LIKE 'Questions'")
            return int(cursor.fetchone()[1])

    def settle(self) -> None:
        """Have InnoDB write its dirty pages now and not in the next clock."""
        with self.connect() as cursor:
            cursor.execute("SELECT @@innodb_max_dirty_pages_pct")
            usual = cursor.fetchone()[0]
            cursor.execute("SET GLOBAL innodb_max_dirty_pages_pct = 0")
            until = time.monotonic() + SETTLE_SECONDS
            while time.monotonic() < until:
                cursor.execute("SHOW STATUS LIKE 'Innodb_buffer_pool_pages_dirty'")
                if int(cursor.fetchone()[1]) < SETTLED_PAGES:
                    break
                time.sleep(0.1)
            cursor.execute(f"SET GLOBAL innodb_max_dirty_pages_pct = {usual}")


class MySQL(MariaDB):
    """MySQL itself, with `local_infile` as the contestants are to find it."""

    @property
    def label(self) -> str:  # type: ignore[override]
        return "MySQL with local_infile" if self.server.local_infile else "MySQL"

    @contextmanager
    def loading(self) -> Iterator[None]:
        self.server.execute("SET GLOBAL local_infile = ON")
        try:
            yield
        finally:
            usual = int(bool(self.server.local_infile))
            self.server.execute(f"SET GLOBAL local_infile = {usual}")
