"""The servers with an account for the contestants, in directories that go again."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from localservers.mariadb import MariaDBServer
from localservers.mysql import MySQLServer
from localservers.mysql_protocol import MySQLProtocolServer
from localservers.ports import HOST
from localservers.postgresql import PostgreSQLServer, find_binaries
from localservers.redis import RedisServer

USER = "bench"
PASSWORD = "bench"
DURABILITY = ("default", "off")
"""As the servers come, or without waiting for the disk at a commit."""


class Server(Protocol):
    name: str
    port: int

    @property
    def pid(self) -> int: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


def postgresql_programs() -> Path:
    """The system's newest server, whose `psql` peers use; else the wheel's."""
    return find_binaries(installed_first=True)


class PostgreSQL(PostgreSQLServer):
    def __init__(
        self, directory: Path, durability: str, *, counting: bool = False
    ) -> None:
        """`counting` has it count statements, where its package can."""
        super().__init__(
            directory,
            binaries=postgresql_programs(),
            durable=durability != "off",
            keep=False,
        )
        self.counting = counting and self._can_count()

    def _can_count(self) -> bool:
        libraries = self.binaries.parent.rglob("pg_stat_statements.so")
        return next(libraries, None) is not None

    def _options(self) -> list[str]:
        options = super()._options()
        if self.counting:
            options += [
                "-cshared_preload_libraries=pg_stat_statements",
                # Every table has statements of its own, and none may be forgotten.
                "-cpg_stat_statements.max=200000",
                "-cpg_stat_statements.save=off",
            ]
        return options

    def start(self) -> None:
        super().start()
        # The contestants are ordinary owners of their databases.
        self.execute(f"CREATE ROLE {USER} LOGIN CREATEDB PASSWORD '{PASSWORD}'")
        if self.counting:
            self.execute("CREATE EXTENSION pg_stat_statements")

    def dsn(self, database: str, user: str = USER) -> str:
        password = PASSWORD if user == USER else self.password
        return (
            f"host={HOST} port={self.port} user={user} password={password} "
            f"dbname={database}"
        )


class _WithAccount(MySQLProtocolServer):
    def start(self) -> None:
        super().start()
        for host in (HOST, "localhost"):
            self.execute(f"CREATE USER {USER}@'{host}' IDENTIFIED BY '{PASSWORD}'")
            # On every database, but nothing that concerns the server.
            self.execute(f"GRANT ALL ON `%`.* TO {USER}@'{host}'")


class MariaDB(_WithAccount, MariaDBServer):
    def __init__(self, directory: Path, durability: str) -> None:
        super().__init__(directory, durable=durability != "off", keep=False)


class MySQL(_WithAccount, MySQLServer):
    def __init__(self, directory: Path, durability: str, *, infile: bool) -> None:
        super().__init__(
            directory, durable=durability != "off", local_infile=infile, keep=False
        )


class Redis(RedisServer):
    def __init__(self, directory: Path) -> None:
        super().__init__(directory, keep=False)
