"""A connection to MySQL or MariaDB with everything pinned that changes text."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

import MySQLdb
from MySQLdb.constants import FIELD_TYPE
from MySQLdb.converters import conversions

from ...errors import TransferError
from ..base import Database
from ..sql import Parts, SQLSession
from .catalog import Catalog
from .comparer import Comparer
from .faults import connection_failed, translate
from .loader import Loader
from .reader import Reader
from .schema import Schema

# Python to SQL only: without the other half every value arrives as the bytes
# that the server sent.
ENCODERS = {kind: how for kind, how in conversions.items() if not isinstance(kind, int)}

INTEGERS = {
    FIELD_TYPE.TINY,
    FIELD_TYPE.SHORT,
    FIELD_TYPE.LONG,
    FIELD_TYPE.INT24,
    FIELD_TYPE.LONGLONG,
    FIELD_TYPE.YEAR,
}
DECIMALS = {FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL}

# Seconds of silence of a server before a connection counts as lost. A
# checksum of a table without an integer key is one statement, and silent.
SILENCE_SECONDS = 3_600

# What libpq is given for PostgreSQL; mysqlclient has no options for it. The
# last one is in milliseconds.
KEEPALIVE = {
    "TCP_KEEPIDLE": 30,
    "TCP_KEEPINTVL": 10,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 60_000,
}

READ_ONLY = "SET SESSION TRANSACTION READ ONLY"

SETTINGS = """
    SET SESSION time_zone = '+00:00',
        sql_mode = '{mode}',
        net_write_timeout = 600,
        net_read_timeout = 600,
        wait_timeout = 28800,
        group_concat_max_len = 1048576,
        innodb_lock_wait_timeout = {lock},
        lock_wait_timeout = {lock}
"""

# Strict, and a zero in an auto-increment column stays a zero.
MODE = "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO"  # noqa: E501


def connect(
    database: Database, label: str, *, writing: bool, loading: bool
) -> MySQLSession:
    """Open a session. Raises ConnectionFailed."""
    try:
        connection = MySQLdb.connect(
            **_parameters(database, loading=writing and loading)
        )
    except MySQLdb.Error as error:
        raise connection_failed(database, error) from None
    session = MySQLSession(database, label, connection)
    try:
        _keep_alive(connection)
        _pin(session, writing=writing)
    except BaseException:
        session.close()
        raise
    return session


def _parameters(database: Database, *, loading: bool) -> dict[str, Any]:
    entry = database.settings
    options = {
        name: value
        for name, value in (entry.get("OPTIONS") or {}).items()
        if name.startswith(("ssl", "read_default", "unix_socket", "compress", "auth"))
    }
    host = entry.get("HOST") or ""
    address: dict[str, Any] = {
        "db": entry.get("NAME"),
        "user": entry.get("USER"),
        "passwd": entry.get("PASSWORD"),
        # A path is a socket, as in Django's own backend.
        "unix_socket" if host.startswith("/") else "host": host,
        "port": int(entry["PORT"]) if entry.get("PORT") else None,
    }
    return {
        **options,
        **{name: value for name, value in address.items() if value not in ("", None)},
        "charset": "utf8mb4",
        "use_unicode": False,
        "conv": ENCODERS,
        # MySQL checks whether a literal is UTF-8, unless it says that it is bytes.
        "binary_prefix": True,
        "connect_timeout": database.connect_seconds,
        "read_timeout": SILENCE_SECONDS,
        "write_timeout": SILENCE_SECONDS,
        # A hostile server could ask for any file of a client that allows it.
        "local_infile": 1 if loading else 0,
        "autocommit": True,
    }


def _keep_alive(connection: Any) -> None:
    """Let the kernel end the connection when the other host does not answer."""
    with socket.socket(fileno=os.dup(connection.fileno())) as wire:
        if wire.family not in (socket.AF_INET, socket.AF_INET6):
            return
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in KEEPALIVE.items():
            # Not every system has all of them.
            if number := getattr(socket, name, None):
                wire.setsockopt(socket.IPPROTO_TCP, number, value)


def _pin(session: MySQLSession, *, writing: bool) -> None:
    session.execute(SETTINGS.format(mode=MODE, lock=session.database.lock_seconds))
    # Statement limits are max_statement_time there, max_execution_time here.
    name = "max_statement_time" if session.is_mariadb else "max_execution_time"
    session.execute(f"SET SESSION {name} = 0")
    if not session.is_mariadb:
        # Otherwise AUTO_INCREMENT and row counts are up to a day old.
        session.execute("SET SESSION information_schema_stats_expiry = 0")
    if writing:
        session.execute("SET SESSION foreign_key_checks = 0")
        # unique_checks stay on: without them MySQL's change buffer lets
        # duplicates in, and MariaDB finds them only at the commit.
        # A named lock marks the session: whoever holds the name can be found.
        session.query("SELECT GET_LOCK(%s, 0)", (session.label,))
    else:
        session.execute(READ_ONLY)


class MySQLSession(SQLSession):
    """A connection by mysqlclient, to MySQL or MariaDB."""

    vendor = "mysql"
    placeholder = "%s"
    read_only_sql = READ_ONLY
    driver_error = MySQLdb.Error
    begin = "START TRANSACTION"
    parts = Parts(Catalog, Reader, Loader, Schema, Comparer)

    def __init__(self, database: Database, label: str, connection: Any) -> None:
        self.is_mariadb = "MariaDB" in connection.get_server_info()
        # Asked now: mysqlclient answers no second thread during a statement.
        self._thread_id = connection.thread_id()
        super().__init__(database, label, connection)

    def quote(self, name: str) -> str:
        # A name goes through mysqlclient as part of a format string.
        escaped = name.replace("`", "``").replace("%", "%%")
        return f"`{escaped}`"

    def format(self, sql: str, values: Sequence[Any] = ()) -> bytes:
        """Return the statement with its values written into it."""
        literals = tuple(self.connection.literal(value) for value in values)
        return sql.encode() % literals

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.errors():
            self.connection.query(self.format(sql, values))
            result = self.connection.store_result()
            if result is None:
                return []
            kinds = [column[1] for column in result.describe()]
            rows = result.fetch_row(maxrows=0)
        return [tuple(map(_value, row, kinds)) for row in rows]

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        with self.errors():
            self.connection.query(self.format(sql, values))
            result = self.connection.store_result()
            if result is not None:
                result.fetch_row(maxrows=0)
            return int(self.connection.affected_rows())

    def translate(self, error: Exception) -> Exception:
        return translate(self.database, error)

    def identity(self) -> str:
        name = "server_uid" if self.is_mariadb else "server_uuid"
        # Not SELECT @@name, an error where a MariaDB is too old to have one: an
        # error here may only be a broken connection, never another identity.
        found = self.query("SHOW GLOBAL VARIABLES LIKE %s", (name,))
        if found:
            server = found[0][1]
        else:
            server = ":".join(
                map(str, self.query("SELECT @@hostname, @@port, @@datadir")[0])
            )
        return f"mysql:{server}:{self.query('SELECT DATABASE()')[0][0]}"

    def end_session(self, label: str) -> None:
        holder = self.query("SELECT IS_USED_LOCK(%s)", (label,))[0][0]
        own = self.query("SELECT CONNECTION_ID()")[0][0]
        if holder is not None and holder != own:
            # Gone meanwhile is as good as ended.
            with suppress(Exception):
                self.execute(f"KILL {int(holder)}")

    def end_statement(self) -> None:
        """End this session's statement by a second one; this one is waiting."""
        other = connect(self.database, self.label, writing=False, loading=False)
        # It may have ended by itself.
        with other, suppress(TransferError):
            other.execute(f"KILL QUERY {self._thread_id}")


def _value(value: bytes | None, kind: int) -> Any:
    if value is None:
        return None
    if kind in INTEGERS:
        return int(value)
    if kind in DECIMALS:
        return Decimal(value.decode())
    return value.decode("utf-8", "surrogateescape")
