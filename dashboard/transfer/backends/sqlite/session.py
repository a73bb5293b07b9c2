"""A connection to an SQLite file."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit
from urllib.parse import quote as quote_url

from django.utils.translation import gettext as _

from ...changes import Changed, ChangedColumn
from ...columns import ColumnKind, ColumnType
from ...errors import ConnectionFailed, TransferError
from ...renumbering import UNKNOWN, Numbers, renumbered
from ..database import Database, DatabaseFile, Opened, Parameters
from ..faults import too_much, unknown_driver
from ..sql import Parts, SQLSession
from .catalog import Catalog
from .changes import FUNCTIONS, changed
from .comparer import Comparer
from .constants import constant
from .faults import connection_failed, translate
from .loader import Loader
from .reader import Reader
from .scanner import Scanner
from .schema import Schema
from .surroundings import Surroundings

# Pages held in memory, in KiB; a worker's memory stays flat. Whoever writes
# needs them for indexes, and sorts in as much again; the rest reads along.
WRITING_CACHE_KIB = 16_000
READING_CACHE_KIB = 4_000
ATTACHES_READ_ONLY = (3, 34)
# Instructions of SQLite's own between two looks at the clock.
LOOKED_AT = 10_000


def connect(
    database: Database, label: str, *, writing: bool, loading: bool
) -> SQLiteSession:
    """Open a session on an existing file. Raises ConnectionFailed."""
    path, query = _file(database)
    with ExitStack() as stack:
        try:
            opened = _opened(database, path, query, writing=writing)
            stack.callback(opened.close)
            encoding = _pinned(opened.connection, writing=writing)
        except sqlite3.Error as error:
            raise connection_failed(database, path, error) from None
        stack.pop_all()
    return SQLiteSession(database, label, opened, DatabaseFile(path, encoding))


def _opened(database: Database, path: Path, query: str, *, writing: bool) -> Opened:
    """Open the file for reading only, where what the project asks for permits it."""

    def adapt(mode: str) -> Callable[[Parameters], Parameters]:
        return lambda given: {
            **given,
            "database": _address(path, mode, query),
            "timeout": max(30, database.lock_seconds, given.get("timeout") or 0),
            # Values arrive as they are stored.
            "detect_types": 0,
        }

    if writing:
        opened = database.opener(adapt("rw"))
    else:
        try:
            opened = database.opener(adapt("ro"))
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_READONLY:
                raise
            # An init_command writes, as with every connection of the project.
            opened = database.opener(adapt("rw"))
    if not isinstance(opened.connection, sqlite3.Connection):
        opened.close()
        raise unknown_driver(database, opened.connection)
    return opened


def _pinned(connection: sqlite3.Connection, *, writing: bool) -> str:
    """Look into the file, pin what the session needs, and return its encoding."""
    # Whatever a receiver has made of them: transactions are the session's own.
    connection.isolation_level = None
    connection.row_factory = None
    connection.text_factory = str
    connection.execute("SELECT 1 FROM sqlite_master LIMIT 1")
    encoding = str(connection.execute("PRAGMA encoding").fetchone()[0])
    # Bytes as stored: a text column may hold what is no UTF-8.
    connection.text_factory = bytes
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("PRAGMA ignore_check_constraints = OFF")
    connection.execute(f"PRAGMA query_only = {'OFF' if writing else 'ON'}")
    cache = WRITING_CACHE_KIB if writing else READING_CACHE_KIB
    connection.execute(f"PRAGMA cache_size = -{cache}")
    return encoding


def _address(path: Path, mode: str, query: str = "") -> str:
    """Return the file as a URI, with what the project's own adds to it."""
    given = [(n, value) for n, value in parse_qsl(query) if n != "mode"]
    return f"file:{quote_url(str(path))}?{urlencode([*given, ('mode', mode)])}"


def _file(database: Database) -> tuple[Path, str]:
    """Return the file's path, and what follows it where NAME is a URI."""
    name = str(database.settings.get("NAME") or "")
    query = ""
    if name.startswith("file:"):
        # As SQLite reads it: an authority may be empty or "localhost".
        parts = urlsplit(name)
        name, query = unquote(parts.path), parts.query
    in_memory = name in ("", ":memory:") or ("mode", "memory") in parse_qsl(query)
    if in_memory:
        raise _no_file(database)
    path = Path(name).resolve()
    if not path.is_file():
        raise ConnectionFailed(
            _("There is no file '%(path)s' (alias '%(alias)s').")
            % {"path": path, "alias": database.alias},
            _(
                "Correct NAME in DATABASES['%(alias)s'], or create the file: "
                "manage.py migrateinto %(alias)s"
            )
            % {"alias": database.alias},
        )
    return path, query


def _no_file(database: Database) -> ConnectionFailed:
    return ConnectionFailed(
        _("Alias '%(alias)s' is not a file on disk.") % {"alias": database.alias},
        _(
            "Set NAME in DATABASES['%(alias)s'] to the path of an SQLite file: "
            "each worker opens it by itself."
        )
        % {"alias": database.alias},
    )


class SQLiteSession(SQLSession):
    """A connection by sqlite3 to a file."""

    vendor = "sqlite"
    placeholder = "?"
    whereabouts_sql = "SELECT file FROM pragma_database_list WHERE name = 'main'"
    driver_error = sqlite3.Error
    # A lock that is taken at the first write could not be waited for.
    begin = "BEGIN IMMEDIATE"
    parts = Parts(Catalog, Reader, Loader, Schema, Comparer, Scanner, Surroundings)
    connection: sqlite3.Connection
    reader: Reader

    def __init__(
        self,
        database: Database,
        label: str,
        opened: Opened,
        file: DatabaseFile,
    ) -> None:
        self.file = file
        self._attached: dict[Path, str] = {}
        # Set by whoever ends the work, from another thread.
        self.was_ended = False
        super().__init__(database, label, opened)
        for name, (arguments, function) in FUNCTIONS.items():
            self.connection.create_function(
                name, arguments, function, deterministic=True
            )

    def quote(self, name: str) -> str:
        escaped = name.replace('"', '""')
        return f'"{escaped}"'

    def constant(self, kind: ColumnKind, value: str | None) -> tuple[str, ColumnType]:
        return constant(kind, value, self.file.encoding)

    def renumbered(self, name: str, numbers: Numbers) -> str:
        def text(number: str) -> str:
            return f"CAST({number} AS TEXT)"

        return renumbered(name, numbers, text, f"'{UNKNOWN}' || {name}")

    def changed(self, column: ChangedColumn, name: str) -> Changed:
        return changed(self, column, name)

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.errors():
            rows = self.connection.execute(sql, tuple(values)).fetchall()
        return [tuple(map(_value, row)) for row in rows]

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        with self.errors():
            return self.connection.execute(sql, tuple(values)).rowcount

    @contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        until = time.monotonic() + seconds

        def is_over() -> bool:
            return time.monotonic() > until

        self.connection.set_progress_handler(is_over, LOOKED_AT)
        try:
            yield
        except TransferError as error:
            if error.code == "SQLITE_INTERRUPT" and not self.was_ended:
                raise too_much(error.message, error.code) from None
            raise
        finally:
            self.connection.set_progress_handler(None, 0)

    def translate(self, error: Exception) -> Exception:
        return translate(self.database, error)

    def guarding_sql(self) -> list[str]:
        return ["PRAGMA query_only = ON"]

    def database_file(self) -> DatabaseFile:
        return self.file

    def attached(self, other: DatabaseFile) -> str | None:
        """Let this connection read another file, and return what to call it.

        None where SQLite cannot: two files of a connection have one encoding,
        and before 3.34 BEGIN IMMEDIATE wants to write to all of them.
        Names without a schema keep meaning this session's own file, as far as
        it has them. Raises Locked where somebody has locked the other file.
        """
        if other.path not in self._attached:
            if sqlite3.sqlite_version_info < ATTACHES_READ_ONLY:
                return None
            if self.file.encoding != other.encoding:
                return None
            name = f"attached_{len(self._attached)}"
            self.execute(f"ATTACH ? AS {name}", (_address(other.path, "ro"),))
            self._attached[other.path] = name
        return self._attached[other.path]

    def identity(self) -> str:
        status = self.file.path.stat()
        return f"sqlite:{status.st_dev}:{status.st_ino}"

    def end_session(self, label: str) -> None:
        """Do nothing: there is no server, and the file's lock ends by itself."""

    def end_statement(self) -> None:
        # Also where none runs at the moment: work consists of many short ones.
        self.was_ended = True
        self.connection.interrupt()


def _value(value: Any) -> Any:
    return value.decode("utf-8", "surrogateescape") if type(value) is bytes else value


def in_memory() -> SQLiteSession:
    """Open a session on a database of this process's own memory, for any thread."""
    opened = _InMemory()
    database = Database(":memory:", SQLiteSession.vendor, {}, lambda adapt: opened)
    file = DatabaseFile(Path(":memory:"), "UTF-8")
    return SQLiteSession(database, "in memory", opened, file)


class _InMemory:
    def __init__(self) -> None:
        self.connection: Any = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False
        )
        self.connection.text_factory = bytes

    def close(self) -> None:
        self.connection.close()
