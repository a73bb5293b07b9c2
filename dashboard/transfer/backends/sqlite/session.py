"""A connection to an SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote as quote_url

from django.utils.translation import gettext as _

from ...errors import ConnectionFailed
from ..base import Database, DatabaseFile
from ..sql import Parts, SQLSession
from .catalog import Catalog
from .comparer import Comparer
from .faults import connection_failed, translate
from .loader import Loader
from .reader import Reader
from .schema import Schema

# Pages held in memory, in KiB; a worker's memory stays flat. Whoever writes
# needs them for indexes, and sorts in as much again; the rest reads along.
WRITING_CACHE_KIB = 16_000
READING_CACHE_KIB = 4_000
ATTACHES_READ_ONLY = (3, 34)


def connect(
    database: Database, label: str, *, writing: bool, loading: bool
) -> SQLiteSession:
    """Open a session on an existing file. Raises ConnectionFailed."""
    path = _path(database)
    with ExitStack() as opened:
        try:
            connection = sqlite3.connect(
                _writable(path) if writing else _read_only(path),
                uri=True,
                timeout=max(30, database.lock_seconds),
                isolation_level=None,
                check_same_thread=False,
            )
            opened.callback(connection.close)
            encoding = _pinned(connection, writing=writing)
        except sqlite3.Error as error:
            raise connection_failed(database, path, error) from None
        opened.pop_all()
    return SQLiteSession(database, label, connection, DatabaseFile(path, encoding))


def _pinned(connection: sqlite3.Connection, *, writing: bool) -> str:
    """Look into the file, pin what the session needs, and return its encoding."""
    connection.execute("SELECT 1 FROM sqlite_master LIMIT 1")
    encoding = str(connection.execute("PRAGMA encoding").fetchone()[0])
    # Bytes as stored: a text column may hold what is no UTF-8.
    connection.text_factory = bytes
    connection.execute("PRAGMA foreign_keys = OFF")
    cache = WRITING_CACHE_KIB if writing else READING_CACHE_KIB
    connection.execute(f"PRAGMA cache_size = -{cache}")
    return encoding


def _writable(path: Path) -> str:
    return f"file:{quote_url(str(path))}?mode=rw"


def _read_only(path: Path) -> str:
    return f"file:{quote_url(str(path))}?mode=ro"


def _path(database: Database) -> Path:
    name = str(database.settings.get("NAME") or "")
    alias = database.alias
    if not name or ":memory:" in name or name.startswith("file:"):
        raise ConnectionFailed(
            _("Alias '%(alias)s' is not a file on disk.") % {"alias": alias},
            _(
                "Set NAME in DATABASES['%(alias)s'] to the path of an SQLite file: "
                "each worker opens it by itself."
            )
            % {"alias": alias},
        )
    path = Path(name).resolve()
    if not path.is_file():
        raise ConnectionFailed(
            _("There is no file '%(path)s' (alias '%(alias)s').")
            % {"path": path, "alias": alias},
            _(
                "Correct NAME in DATABASES['%(alias)s'], or create the file: "
                "manage.py migrate --database=%(alias)s"
            )
            % {"alias": alias},
        )
    return path


class SQLiteSession(SQLSession):
    """A connection by sqlite3 to a file."""

    vendor = "sqlite"
    placeholder = "?"
    read_only_sql = "PRAGMA query_only = ON"
    driver_error = sqlite3.Error
    # A lock that is taken at the first write could not be waited for.
    begin = "BEGIN IMMEDIATE"
    parts = Parts(Catalog, Reader, Loader, Schema, Comparer)
    connection: sqlite3.Connection
    reader: Reader

    def __init__(
        self,
        database: Database,
        label: str,
        connection: sqlite3.Connection,
        file: DatabaseFile,
    ) -> None:
        self.file = file
        self._attached: dict[Path, str] = {}
        super().__init__(database, label, connection)

    def quote(self, name: str) -> str:
        escaped = name.replace('"', '""')
        return f'"{escaped}"'

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.errors():
            rows = self.connection.execute(sql, tuple(values)).fetchall()
        return [tuple(map(_value, row)) for row in rows]

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        with self.errors():
            return self.connection.execute(sql, tuple(values)).rowcount

    def translate(self, error: Exception) -> Exception:
        return translate(self.database, error)

    def database_file(self) -> DatabaseFile:
        return self.file

    def attached(self, other: DatabaseFile) -> str | None:
        """Let this connection read another file, and return what to call it.

        None where SQLite cannot: two files of a connection have one encoding,
        and before 3.34 BEGIN IMMEDIATE wants to write to all of them.
        Names without a schema keep meaning this session's own file, as far as
        it has them. Raises Busy where somebody has locked the other file.
        """
        if other.path not in self._attached:
            if sqlite3.sqlite_version_info < ATTACHES_READ_ONLY:
                return None
            if self.file.encoding != other.encoding:
                return None
            name = f"attached_{len(self._attached)}"
            self.execute(f"ATTACH ? AS {name}", (_read_only(other.path),))
            self._attached[other.path] = name
        return self._attached[other.path]

    def identity(self) -> str:
        status = self.file.path.stat()
        return f"sqlite:{status.st_dev}:{status.st_ino}"

    def end_session(self, label: str) -> None:
        """Do nothing: there is no server, and the file's lock ends by itself."""


def _value(value: Any) -> Any:
    return value.decode("utf-8", "surrogateescape") if type(value) is bytes else value
