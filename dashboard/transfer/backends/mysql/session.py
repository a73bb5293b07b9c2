"""A connection to MySQL or MariaDB with everything pinned that changes text."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import cached_property
from typing import Any

import MySQLdb
from MySQLdb.constants import FIELD_TYPE

from ...activity import Activity
from ...changes import Changed, ChangedColumn
from ...columns import ColumnKind, ColumnType
from ...errors import TransferError
from ...renumbering import UNKNOWN, Numbers, renumbered
from ..base import SOME_INSTANTS
from ..database import Database, Opened, Parameters
from ..faults import unknown_driver
from ..lock_waits import LockWait
from ..sql import Parts, SQLSession
from .catalog import Catalog
from .changes import changed
from .comparer import Comparer
from .constants import constant
from .drivers import DRIVER
from .faults import connection_failed, translate
from .loader import Loader
from .lock_waits import lock_wait
from .reader import Reader
from .scanner import Scanner
from .schema import Schema
from .surroundings import Surroundings

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
# Of a connection that writes: an index may take days, and whoever writes asks by a
# second connection whether the server answers. The drivers count in milliseconds,
# in 31 bits.
LONGEST_SECONDS = 2_000_000

# What libpq is given for PostgreSQL; these drivers have no options for it. The
# last one is in milliseconds.
KEEPALIVE = {
    "TCP_KEEPIDLE": 30,
    "TCP_KEEPINTVL": 10,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 60_000,
}

# Whatever the server, its init_connect, OPTIONS or a receiver have set, as values
# of SQL. Rows and warnings are as many as there are; the largest number is none.
SETTINGS = {
    "character_set_client": "utf8mb4",
    "character_set_connection": "utf8mb4",
    "character_set_results": "utf8mb4",
    "time_zone": "'+00:00'",
    "sql_mode": "'{mode}'",
    # Otherwise every chunk of a table with columns of other names makes a copy of it.
    "optimizer_switch": "'derived_merge=on'",
    "sql_select_limit": "18446744073709551615",
    "sql_big_selects": "1",
    "sql_safe_updates": "0",
    "sql_auto_is_null": "0",
    "sql_quote_show_create": "1",
    "sql_notes": "1",
    "group_concat_max_len": "1048576",
    # Octets that an ORDER BY looks at; a key of InnoDB has at most 3072.
    "max_sort_length": "4096",
    "div_precision_increment": "4",
    "completion_type": "0",
    # Without them MySQL's change buffer lets duplicates in, and MariaDB finds
    # them only at the commit.
    "unique_checks": "1",
    "net_write_timeout": "600",
    "net_read_timeout": "600",
    "wait_timeout": "28800",
    "innodb_lock_wait_timeout": "{lock}",
    "lock_wait_timeout": "{lock}",
}
MARIADB_SETTINGS = {
    "max_statement_time": "0",
    # Otherwise rows of a versioned table are those of another day.
    "system_versioning_asof": "DEFAULT",
    "check_constraint_checks": "1",
    # It keeps what a subquery says of a text by the text's collation, and so says of
    # 'Bob' what it said of 'bob', whatever the subquery compares them by.
    "optimizer_switch": "'subquery_cache=off'",
}
MYSQL_SETTINGS = {
    "max_execution_time": "0",
    # Otherwise AUTO_INCREMENT and row counts are up to a day old.
    "information_schema_stats_expiry": "0",
}

# Hides keys that the server made for tables without one (8.0.30 and newer): the
# other side has no such column, and none of its numbers belongs to a row.
MYSQL_KEYS = "/*!80030 , show_gipk_in_create_table_and_information_schema = OFF */"

SHOWN = "SELECT CAST(FROM_UNIXTIME(%s) AS CHAR), CAST(FROM_UNIXTIME(%s) AS CHAR)"

# Strict, and a zero in an auto-increment column stays a zero.
MODE = "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO"  # noqa: E501


def connect(
    database: Database, label: str, *, writing: bool, loading: bool
) -> MySQLSession:
    """Open a session. Raises ConnectionFailed."""

    def adapt(given: Parameters) -> Parameters:
        parameters = _parameters(database, given, loading=writing and loading)
        if writing:
            parameters["read_timeout"] = LONGEST_SECONDS
        return parameters

    try:
        opened = database.opener(adapt)
    except MySQLdb.Error as error:
        raise connection_failed(database, error) from None
    if not isinstance(opened.connection, DRIVER.kind):
        opened.close()
        raise unknown_driver(database, opened.connection)
    session = MySQLSession(database, label, opened)
    try:
        _keep_alive(session.driver.descriptor())
        # Before the zone of the session is UTC.
        (session.shown_instants,) = session.query(SHOWN, SOME_INSTANTS)
        _pin(session, writing=writing)
    except BaseException:
        session.close()
        raise
    return session


def _parameters(
    database: Database, given: Parameters, *, loading: bool
) -> dict[str, Any]:
    # A collation belongs to the character set that it was given with.
    kept = {name: value for name, value in given.items() if name != "collation"}
    return {
        "connect_timeout": database.connect_seconds,
        **kept,
        **DRIVER.parameters,
        "charset": "utf8mb4",
        "read_timeout": SILENCE_SECONDS,
        "write_timeout": SILENCE_SECONDS,
        # A hostile server could ask for any file of a client that allows it.
        "local_infile": 1 if loading else 0,
    }


def _keep_alive(descriptor: int) -> None:
    """Let the kernel end the connection when the other host does not answer."""
    with socket.socket(fileno=os.dup(descriptor)) as wire:
        if wire.family not in (socket.AF_INET, socket.AF_INET6):
            return
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in KEEPALIVE.items():
            # Not every system has all of them.
            if number := getattr(socket, name, None):
                wire.setsockopt(socket.IPPROTO_TCP, number, value)


def _pin(session: MySQLSession, *, writing: bool) -> None:
    more = {"foreign_key_checks": "0"} if writing else {}
    session.execute(_setting(session, more))
    access = "READ WRITE" if writing else "READ ONLY"
    session.execute(
        f"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, {access}"
    )
    if writing:
        # A named lock marks the session: whoever holds the name can be found.
        session.query("SELECT GET_LOCK(%s, 0)", (session.label,))


def _setting(session: MySQLSession, also: Mapping[str, str]) -> str:
    """Return the statement that sets everything that the session relies on."""
    own = MARIADB_SETTINGS if session.is_mariadb else MYSQL_SETTINGS
    settings = {**SETTINGS, **own, **also}
    assignments = ", ".join(f"{name} = {value}" for name, value in settings.items())
    filled = assignments.format(mode=MODE, lock=session.database.lock_seconds)
    more = "" if session.is_mariadb else MYSQL_KEYS
    return f"SET SESSION {filled} {more}"


# Older servers lack the variable, and @@name would be an error there.
SERVER_OF_MARIADB = """
    coalesce((SELECT variable_value FROM information_schema.global_variables
              WHERE variable_name = 'SERVER_UID'),
             concat(@@hostname, ':', @@port, ':', @@datadir))
"""


class MySQLSession(SQLSession):
    """A connection by mysqlclient or PyMySQL, to MySQL or MariaDB."""

    vendor = "mysql"
    placeholder = "%s"
    driver_error = MySQLdb.Error
    begin = "START TRANSACTION"
    separator = "`.`"
    parts = Parts(Catalog, Reader, Loader, Schema, Comparer, Scanner, Surroundings)

    def __init__(self, database: Database, label: str, opened: Opened) -> None:
        self.driver = DRIVER(opened.connection)
        self.is_mariadb = "MariaDB" in opened.connection.get_server_info()
        server = SERVER_OF_MARIADB if self.is_mariadb else "@@server_uuid"
        self.whereabouts_sql = (
            f"SELECT DATABASE(), CURRENT_USER(), CURRENT_ROLE(), {server}"
        )
        # Asked now: the driver answers no second thread during a statement.
        self._thread_id = opened.connection.thread_id()
        super().__init__(database, label, opened)
        self.activity.number = self._thread_id

    def quote(self, name: str) -> str:
        # A name goes through the driver as part of a format string.
        escaped = name.replace("`", "``").replace("%", "%%")
        return f"`{escaped}`"

    @cached_property
    def folds_names(self) -> bool:
        """Whether the server takes two names of tables for one in another case."""
        return int(self.query("SELECT @@lower_case_table_names")[0][0]) != 0

    @cached_property
    def _database_name(self) -> str:
        return str(self.query("SELECT DATABASE()")[0][0])

    def place(self, table: str) -> tuple[str, str]:
        """Return a table's database and its name, as the catalogue has them.

        Values, since a comparison with DATABASE() in an expression makes the
        server open every table there is.
        """
        schema, name = self.schema_and_name(table)
        return schema or self._database_name, name

    def constant(self, kind: ColumnKind, value: str | None) -> tuple[str, ColumnType]:
        return constant(kind, value)

    def renumbered(self, name: str, numbers: Numbers) -> str:
        def text(number: str) -> str:
            return f"CAST({number} AS CHAR)"

        unknown = f"CONCAT('{UNKNOWN}', {name})"
        return renumbered(name, numbers, text, unknown)

    def changed(self, column: ChangedColumn, name: str) -> Changed:
        return changed(column, name)

    def format(self, sql: str, values: Sequence[Any] = ()) -> bytes:
        """Return the statement with its values written into it."""
        literals = tuple(map(self.driver.literal, values))
        return sql.encode() % literals

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.errors():
            rows, kinds = self.driver.query(self.format(sql, values))
        return [tuple(map(_value, row, kinds)) for row in rows]

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        with self.errors():
            return self.driver.execute(self.format(sql, values))

    def limiting_sql(self, milliseconds: int) -> str:
        if self.is_mariadb:
            return f"SET SESSION max_statement_time = {milliseconds / 1000}"
        return f"SET SESSION max_execution_time = {milliseconds}"

    def translate(self, error: Exception) -> Exception:
        return translate(self.database, error)

    def guarding_sql(self) -> list[str]:
        return [_setting(self, {}), "SET SESSION TRANSACTION READ ONLY"]

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
        return f"mysql:{server}:{self._database_name}"

    def _descriptor(self) -> int:
        return self.driver.descriptor()

    def lock_wait(self, other: Activity) -> LockWait | None:
        return lock_wait(self, other.number)

    def started_seconds(self) -> int | None:
        # Two clocks that tick apart: off by a second from one time to the next.
        uptime = int(self.query("SHOW GLOBAL STATUS LIKE 'Uptime'")[0][1])
        return int(self.query("SELECT UNIX_TIMESTAMP()")[0][0]) - uptime

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
