"""A connection to an SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote as quote_url

from ...errors import ConnectionFailed
from .. import base
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
    database: base.Database, label: str, *, writing: bool, loading: bool
) -> SQLiteSession:
    """Open a session on an existing file. Raises ConnectionFailed."""
    path = _path(database)
    try:
        connection = sqlite3.connect(
            _writable(path) if writing else _read_only(path),
            uri=True,
            timeout=max(30, database.lock_seconds),
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1")
    except sqlite3.Error as error:
        raise connection_failed(database, path, error) from None
    # Bytes as stored: a text column may hold what is no UTF-8.
    connection.text_factory = bytes
    connection.execute("PRAGMA foreign_keys = OFF")
    cache = WRITING_CACHE_KIB if writing else READING_CACHE_KIB
    connection.execute(f"PRAGMA cache_size = -{cache}")
    return SQLiteSession(database, label, connection, path)


def _writable(path: Path) -> str:
    return f"file:{quote_url(str(path))}?mode=rw"


def _read_only(path: Path) -> str:
    return f"file:{quote_url(str(path))}?mode=ro"


def _path(database: base.Database) -> Path:
    name = str(database.settings.get("NAME") or "")
    if not name or ":memory:" in name or name.startswith("file:"):
        raise ConnectionFailed(
            f"Alias '{database.alias}' is not a file on disk.",
            "Give NAME the path of an SQLite file: workers open it themselves.",
        )
    path = Path(name).resolve()
    if not path.is_file():
        raise ConnectionFailed(
            f"There is no file '{path}' (alias '{database.alias}').",
            f"Correct NAME, or make it: manage.py migrate --database={database.alias}",
        )
    return path


class SQLiteSession(base.Session):
    """One connection, in autocommit outside of ``transaction``."""

    vendor = "sqlite"
    place = "?"
    read_only_sql = "PRAGMA query_only = ON"
    reader: Reader

    def __init__(
        self,
        database: base.Database,
        label: str,
        connection: sqlite3.Connection,
        path: Path,
    ) -> None:
        self.database = database
        self.label = label
        self.connection = connection
        self.path = path
        self._attached: dict[Path, str] = {}
        self.catalog = Catalog(self)
        self.reader = Reader(self)
        self.loader = Loader(self)
        self.schema = Schema(self)
        self.comparer = Comparer(self)

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

    @contextmanager
    def transaction(self) -> Iterator[None]:
        # IMMEDIATE: a lock taken at the first write could not be waited for.
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            with suppress(Exception):
                self.execute("ROLLBACK")
            raise

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise the driver's errors as transfer errors."""
        try:
            yield
        except sqlite3.Error as error:
            raise self.translate(error) from None

    def translate(self, error: Exception) -> Exception:
        return translate(self.database, error)

    def attached(self, other: SQLiteSession) -> str | None:
        """Let this connection read another file, and return what to call it.

        None where SQLite cannot: two files of a connection have one encoding,
        and before 3.34 BEGIN IMMEDIATE wants to write to all of them.
        Names without a schema keep meaning this session's own file, as far as
        it has them. Raises Busy where somebody has locked the other file.
        """
        if other.path not in self._attached:
            if sqlite3.sqlite_version_info < ATTACHES_READ_ONLY:
                return None
            if self._encoding() != other._encoding():
                return None
            name = f"attached_{len(self._attached)}"
            self.execute(f"ATTACH ? AS {name}", (_read_only(other.path),))
            self._attached[other.path] = name
        return self._attached[other.path]

    def _encoding(self) -> str:
        return str(self.query("PRAGMA main.encoding")[0][0])

    def identity(self) -> str:
        status = self.path.stat()
        return f"sqlite:{status.st_dev}:{status.st_ino}"

    def end_session(self, label: str) -> None:
        """Do nothing: there is no server, and the file's lock ends by itself."""

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self.connection.close()


def _value(value: Any) -> Any:
    return value.decode("utf-8", "surrogateescape") if type(value) is bytes else value
