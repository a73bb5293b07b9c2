"""Private servers on free ports, stopped at the end whatever happens."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Protocol

import MySQLdb
import psycopg2

from migration_console.demonstration.processes import (
    Process,
    StartError,
    accepts_connections,
    free_port,
)
from migration_console.demonstration.servers import (
    PostgreSQLServer,
    RedisServer,
    postgresql_binaries,
)

HOST = "127.0.0.1"
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


def find_program(name: str) -> str:
    directories = [os.environ["PATH"], "/usr/sbin", str(postgresql_programs())]
    found = shutil.which(name, path=os.pathsep.join(directories))
    if found is None:
        raise StartError(f"The program {name} is not installed.")
    return found


def postgresql_programs() -> Path:
    """The system's newest server, whose `psql` peers use; else the wheel's."""
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = sorted(installed, key=lambda path: float(path.parents[1].name))
    return newest[-1].parent if newest else postgresql_binaries()


def _pid(process: Process | None) -> int:
    assert process is not None
    return process.pid


class PostgreSQL(PostgreSQLServer):
    name = "PostgreSQL"

    def __init__(self, directory: Path, durability: str) -> None:
        super().__init__(
            directory, binaries=postgresql_programs(), durable=durability != "off"
        )

    @property
    def pid(self) -> int:
        return _pid(self.process)

    def start(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)
        super().start()
        connection = psycopg2.connect(self.dsn("postgres", self.user))
        connection.autocommit = True
        with connection.cursor() as cursor:
            # The contestants are ordinary owners of their databases.
            cursor.execute(f"CREATE ROLE bench LOGIN CREATEDB PASSWORD '{PASSWORD}'")
        connection.close()

    def dsn(self, database: str, user: str = "bench") -> str:
        password = PASSWORD if user == "bench" else self.password
        return (
            f"host={HOST} port={self.port} user={user} password={password} "
            f"dbname={database}"
        )

    def stop(self) -> None:
        super().stop()
        shutil.rmtree(self.directory, ignore_errors=True)


class MariaDB:
    name = "MariaDB"

    def __init__(self, directory: Path, durability: str) -> None:
        self.directory = directory
        self.durability = durability
        self.port = free_port()
        self.process: Process | None = None
        # The path of a socket may be only 107 bytes long.
        self.short = Path(tempfile.mkdtemp(prefix="bench"))

    @property
    def pid(self) -> int:
        return _pid(self.process)

    def start(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        user = ["--user=root"] if os.geteuid() == 0 else []
        data = f"--datadir={self.directory / 'data'}"
        initialise = Process(
            "mariadb-install-db",
            [
                find_program("mariadb-install-db"),
                "--no-defaults",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                data,
                *user,
            ],
            log=self.directory / "install.log",
        )
        if initialise.popen.wait(60):
            raise StartError(f"mariadb-install-db failed:\n{initialise.log[-2000:]}")
        self.process = Process(
            "MariaDB",
            [find_program("mariadbd"), "--no-defaults", data, *user, *self._options()],
            log=self.directory / "mariadb.log",
        )
        self.process.wait_until(self._answers, 60, "MariaDB does not answer")
        self._make_user()

    def _options(self) -> list[str]:
        options = [
            f"--socket={self.short / 'mariadb.sock'}",
            f"--pid-file={self.short / 'mariadb.pid'}",
            f"--port={self.port}",
            f"--bind-address={HOST}",
            "--character-set-server=utf8mb4",
        ]
        if self.durability == "off":
            options.append("--innodb-flush-log-at-trx-commit=0")
        return options

    def _answers(self) -> bool:
        if not accepts_connections(self.port):
            return False
        try:
            self.connect(user="root", passwd="").close()
        except MySQLdb.OperationalError:
            return False
        return True

    def _make_user(self) -> None:
        connection = self.connect(user="root", passwd="")
        cursor = connection.cursor()
        for host in (HOST, "localhost"):
            cursor.execute(f"CREATE USER bench@'{host}' IDENTIFIED BY '{PASSWORD}'")
            # On every database, but nothing that concerns the server.
            cursor.execute(f"GRANT ALL ON `%`.* TO bench@'{host}'")
        connection.close()

    def connect(self, database: str = "", **options: object) -> MySQLdb.Connection:
        settings: dict[str, object] = {
            "host": HOST,
            "port": self.port,
            "user": "bench",
            "passwd": PASSWORD,
            "db": database,
            "charset": "utf8mb4",
            "autocommit": True,
            "local_infile": True,
        }
        return MySQLdb.connect(**{**settings, **options})

    def stop(self) -> None:
        if self.process:
            self.process.stop(30)
        shutil.rmtree(self.short, ignore_errors=True)
        shutil.rmtree(self.directory, ignore_errors=True)


class Redis(RedisServer):
    name = "Redis"

    @property
    def pid(self) -> int:
        return _pid(self.process)

    def stop(self) -> None:
        super().stop()
        shutil.rmtree(self.directory, ignore_errors=True)
