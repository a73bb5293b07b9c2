"""Real servers for the tests: private directories, free ports, fast and unsafe."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import MySQLdb
import psycopg2

from migration_console.demonstration.processes import (
    Process,
    StartError,
    accepts_connections,
    free_port,
)
from migration_console.demonstration.servers import (
    PostgreSQLServer as DemonstrationPostgreSQLServer,
)
from migration_console.demonstration.servers import (
    RedisServer as DemonstrationRedisServer,
)


def program(name: str) -> str:
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    found = shutil.which(name, path=path)
    if not found:
        raise StartError(f"{name} is not installed; bin/system-packages installs it")
    return found


def fresh_name(prefix: str = "db") -> str:
    return f"{prefix}_{uuid.uuid4().hex[:12]}"


class PostgreSQLServer(DemonstrationPostgreSQLServer):
    vendor = "postgresql"

    def __init__(self, directory: Path) -> None:
        installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        super().__init__(
            directory, binaries=installed[-1] if installed else None, durable=False
        )

    def execute(
        self, sql: str, parameters: Any = None, database: str = "postgres"
    ) -> list[tuple[Any, ...]]:
        facts = self.connection_facts(database)
        with closing(psycopg2.connect(**facts)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql, parameters)
                return cursor.fetchall() if cursor.description else []

    def create_empty(self, name: str) -> None:
        self.execute(f'CREATE DATABASE "{name}"')

    def clone(self, template: str, name: str) -> None:
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def drop(self, name: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def kill(self) -> None:
        """End it as a loss of power would."""
        assert self.process
        self.process.kill()


class MariaDBServer:
    vendor = "mysql"
    user = "console"
    password = "console"

    def __init__(self, directory: Path, *, local_infile: bool = True) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.local_infile = local_infile
        self.port = free_port()
        self.process: Process | None = None
        self._dumps: dict[str, bytes] = {}

    def start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
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
        self.process = Process(
            "MariaDB",
            [program("mariadbd"), *self._options(accounts)],
            log=self.directory / "mariadb.log",
        )
        self.process.wait_until(self._ready, 60, "MariaDB does not answer")

    def _initialise(self) -> None:
        done = subprocess.run(
            [
                program("mariadb-install-db"),
                "--no-defaults",
                f"--datadir={self.data}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                *self._as_root(),
            ],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise StartError(f"mariadb-install-db failed:\n{done.stderr[-2000:]}")

    def _as_root(self) -> list[str]:
        return ["--user=root"] if os.geteuid() == 0 else []

    def _options(self, accounts: Path) -> list[str]:
        return [
            "--no-defaults",
            *self._as_root(),
            f"--datadir={self.data}",
            f"--socket={self.directory / 's'}",
            f"--pid-file={self.directory / 'pid'}",
            # A server that starts deletes the temporary tables that it finds in
            # its tmpdir: in /tmp, those of every other server.
            f"--tmpdir={self.directory}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--skip-log-bin",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-flush-method=nosync",
            "--character-set-server=utf8mb4",
            f"--local-infile={int(self.local_infile)}",
            f"--init-file={accounts}",
        ]

    def _ready(self) -> bool:
        if not accepts_connections(self.port):
            return False
        try:
            self.execute("SELECT 1")
        except MySQLdb.OperationalError:
            return False
        return True

    def connection_facts(self, database: str = "") -> dict[str, Any]:
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "user": self.user,
            "passwd": self.password,
            "charset": "utf8mb4",
            **({"db": database} if database else {}),
        }

    def execute(
        self, sql: str, parameters: Any = None, database: str = ""
    ) -> list[tuple[Any, ...]]:
        with closing(MySQLdb.connect(**self.connection_facts(database))) as connection:
            connection.autocommit(True)
            with closing(connection.cursor()) as cursor:
                cursor.execute(sql, parameters)
                return list(cursor.fetchall())

    def create_empty(self, name: str) -> None:
        self.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")

    def clone(self, template: str, name: str) -> None:
        if template not in self._dumps:
            self._dumps[template] = self._client(
                "mariadb-dump", "--hex-blob", "--skip-comments", template
            )
        self.create_empty(name)
        # One commit instead of one for every statement.
        script = b"SET autocommit=0;\n" + self._dumps[template] + b"\nCOMMIT;\n"
        self._client("mariadb", name, given=script)

    def _client(self, client: str, *arguments: str, given: bytes = b"") -> bytes:
        done = subprocess.run(
            [
                program(client),
                "--no-defaults",
                "--host=127.0.0.1",
                f"--port={self.port}",
                f"--user={self.user}",
                f"--password={self.password}",
                "--default-character-set=utf8mb4",
                *arguments,
            ],
            input=given,
            capture_output=True,
        )
        if done.returncode:
            raise StartError(f"{client} failed: {done.stderr.decode()[-2000:]}")
        return done.stdout

    def drop(self, name: str) -> None:
        # A session that was left behind would hold the tables' locks.
        for (session,) in self.execute(
            "SELECT id FROM information_schema.processlist WHERE db = %s", [name]
        ):
            self._end(session)
        self.execute(f"DROP DATABASE IF EXISTS `{name}`")

    def _end(self, session: int) -> None:
        try:
            self.execute(f"KILL {session}")
        except MySQLdb.OperationalError:
            return  # ended by itself meanwhile

    def entry(self, database: str) -> dict[str, Any]:
        return {
            "ENGINE": "django.db.backends.mysql",
            "NAME": database,
            "USER": self.user,
            "PASSWORD": self.password,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
        }

    def stop(self) -> None:
        if self.process:
            self.process.stop()

    def kill(self) -> None:
        """End it as a loss of power would."""
        assert self.process
        self.process.kill()


class RedisServer(DemonstrationRedisServer):
    def flush(self) -> None:
        with self.client() as client:
            client.flushall()

    def kill(self) -> None:
        assert self.process
        self.process.kill()

    def restart(self) -> None:
        """Start again on the same port, empty."""
        self.stop()
        self.start()

    def running(self) -> bool:
        return self.process is not None and self.process.running()


class SQLiteFiles:
    """What the servers are for the other vendors, for files."""

    vendor = "sqlite"

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        return self.directory / f"{name}.sqlite3"

    def create_empty(self, name: str) -> None:
        self.path(name).touch()

    def clone(self, template: str, name: str) -> None:
        shutil.copyfile(self.path(template), self.path(name))

    def drop(self, name: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.path(name)}{suffix}").unlink(missing_ok=True)

    def entry(self, database: str) -> dict[str, Any]:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(self.path(database)),
        }

    def stop(self) -> None:
        """Nothing runs."""
