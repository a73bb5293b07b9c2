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
    def __init__(self, directory: Path, durability: str) -> None:
        super().__init__(
            directory,
            binaries=postgresql_programs(),
            durable=durability != "off",
            keep=False,
        )

    def start(self) -> None:
        super().start()
        # The contestants are ordinary owners of their databases.
        self.execute(f"CREATE ROLE {USER} LOGIN CREATEDB PASSWORD '{PASSWORD}'")

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
