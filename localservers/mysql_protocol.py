"""What MariaDB and MySQL have in common, seen by a client and at the start."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import MySQLdb

from localservers.ports import HOST, accepts_connections
from localservers.processes import Process
from localservers.server import Server

STORED_COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = %s AND table_name = %s
    AND coalesce(generation_expression, '') = '' ORDER BY ordinal_position
"""


class MySQLProtocolServer(Server):
    """A server with one account that may do everything."""

    # Django's word for both.
    vendor = "mysql"
    user = "console"
    password = "on-this-machine-only"  # noqa: S105 — nobody else reaches it

    def __init__(
        self,
        directory: Path,
        *,
        durable: bool = True,
        local_infile: bool | None = None,
        options: Sequence[str] = (),
        keep: bool = True,
    ) -> None:
        """`local_infile` stays as the server has it unless it is said.

        `options` are more of the server's own.
        """
        super().__init__(directory, keep=keep)
        self.data = directory / "data"
        self.durable = durable
        self.local_infile = local_infile
        self.options = options

    def _launch(self) -> Process:
        if not self.data.exists():
            self._initialise()
        accounts = self.directory / "accounts.sql"
        accounts.write_text(
            "".join(
                f"CREATE USER IF NOT EXISTS '{self.user}'@'{host}'"
                f" IDENTIFIED BY '{self.password}';\n"
                f"GRANT ALL ON *.* TO '{self.user}'@'{host}' WITH GRANT OPTION;\n"
                for host in ("%", "localhost")
            )
        )
        return Process(
            self.name,
            [*self._program(), *self._options(), f"--init-file={accounts.resolve()}"],
            log=self.directory / f"{self.name.lower()}.log",
        )

    def _initialise(self) -> None:
        raise NotImplementedError

    def _program(self) -> list[str]:
        raise NotImplementedError

    def _options(self) -> list[str]:
        directory = self.directory.resolve()
        options = [
            *as_root(),
            f"--datadir={directory / 'data'}",
            # Below the data directory: a socket's path has at most 107 bytes.
            "--socket=socket",
            "--pid-file=pid",
            # A server that starts deletes the temporary tables that it finds in
            # its tmpdir: in /tmp, those of every other server.
            f"--tmpdir={directory}",
            f"--port={self.port}",
            f"--bind-address={HOST}",
            "--skip-name-resolve",
            "--skip-log-bin",
            "--character-set-server=utf8mb4",
            *self.options,
        ]
        if not self.durable:
            options.append("--innodb-flush-log-at-trx-commit=0")
            options.append("--innodb-flush-method=nosync")
        if self.local_infile is not None:
            options.append(f"--local-infile={int(self.local_infile)}")
        return options

    def _ready(self) -> bool:
        if not accepts_connections(self.port):
            return False
        try:
            return bool(self.execute("SELECT 1"))
        except MySQLdb.OperationalError:
            return False

    def connection_facts(self, database: str = "") -> dict[str, Any]:
        return {
            "host": HOST,
            "port": self.port,
            "user": self.user,
            "passwd": self.password,
            "charset": "utf8mb4",
            **({"db": database} if database else {}),
        }

    def connect(self, database: str = "", **more: Any) -> Any:
        """A connection that commits every statement."""
        facts = {**self.connection_facts(database), "autocommit": True, **more}
        return MySQLdb.connect(**facts)

    def execute(
        self, sql: str, parameters: Sequence[Any] | None = None, database: str = ""
    ) -> list[tuple[Any, ...]]:
        with (
            closing(self.connect(database)) as connection,
            closing(connection.cursor()) as cursor,
        ):
            cursor.execute(sql, parameters)
            return list(cursor.fetchall())

    def create_empty(self, name: str) -> None:
        self.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")

    def clone(self, template: str, name: str) -> None:
        """Copy the tables with their rows, keys and counters; there are no others."""
        self.create_empty(name)
        with (
            closing(self.connect(name)) as connection,
            closing(connection.cursor()) as cursor,
        ):
            cursor.execute("SET foreign_key_checks = 0, unique_checks = 0")
            cursor.execute(
                "SET sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')"
            )
            cursor.execute(f"SHOW TABLES FROM `{template}`")
            tables = [table for (table,) in cursor.fetchall()]
            for table in tables:
                cursor.execute(f"SHOW CREATE TABLE `{template}`.`{table}`")
                cursor.execute(cursor.fetchall()[0][1])
            cursor.execute("BEGIN")
            for table in tables:
                self._copy_rows(cursor, template, table)
            cursor.execute("COMMIT")

    def _copy_rows(self, cursor: Any, template: str, table: str) -> None:
        cursor.execute(STORED_COLUMNS, [template, table])
        names = ", ".join(f"`{name}`" for (name,) in cursor.fetchall())
        cursor.execute(
            f"INSERT INTO `{table}` ({names}) SELECT {names}"
            f" FROM `{template}`.`{table}`"
        )

    def drop(self, name: str) -> None:
        # A session that was left behind would hold the tables' locks.
        for (session,) in self.execute(
            "SELECT id FROM information_schema.processlist WHERE db = %s", [name]
        ):
            # Some end by themselves meanwhile.
            with suppress(MySQLdb.OperationalError):
                self.execute(f"KILL {session}")
        self.execute(f"DROP DATABASE IF EXISTS `{name}`")

    def entry(self, database: str) -> dict[str, Any]:
        """The entry for Django's DATABASES."""
        return {
            "ENGINE": "django.db.backends.mysql",
            "NAME": database,
            "USER": self.user,
            "PASSWORD": self.password,
            "HOST": HOST,
            "PORT": str(self.port),
        }


def as_root() -> list[str]:
    """What root has to say besides, whom both servers refuse otherwise."""
    return ["--user=root"] if os.geteuid() == 0 else []
