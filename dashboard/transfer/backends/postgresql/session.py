"""A connection to PostgreSQL with everything pinned that changes text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any

from ...activity import Activity
from ...changes import Changed, ChangedColumn
from ...columns import ColumnKind, ColumnType
from ...renumbering import UNKNOWN, Numbers, renumbered
from ..base import IN_SCHEMAS, database_of
from ..database import Database, Opened, Parameters
from ..faults import unknown_driver
from ..lock_waits import LockWait
from ..sql import Parts, SQLSession
from .catalog import Catalog
from .changes import changed
from .comparer import Comparer
from .constants import constant
from .drivers import ERRORS, driver_of
from .faults import connection_failed, translate
from .loader import Loader
from .lock_waits import lock_wait
from .reader import Reader
from .scanner import Scanner
from .schema import Schema
from .surroundings import Surroundings

# What libpq is given where the project does not say otherwise.
KEEPALIVE: Parameters = {
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    # Milliseconds until unanswered data ends the connection.
    "tcp_user_timeout": 60_000,
}

# By SET and not as start-up options, so that a pooler that refuses those still
# works, and after whatever the server keeps for the role or the database.
# search_path and role stay as the project has them.
SETTINGS = {
    "client_encoding": "UTF8",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    # The shortest text that reads back as the same float.
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "xmloption": "content",
    "standard_conforming_strings": "on",
    # Off, a NULL in an array's text would be read as that word.
    "array_nulls": "on",
    "transform_null_equals": "off",
    # Row-level security would hide rows: an error instead.
    "row_security": "off",
    "gin_fuzzy_search_limit": "0",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
# By the first server version that knows them.
LATER_SETTINGS = {
    140_000: {"idle_session_timeout": "0"},
    170_000: {"transaction_timeout": "0"},
}

# Of this process's own transactions, each statement sees what is committed.
TRANSACTIONS = {
    "default_transaction_isolation": "read committed",
    "default_transaction_deferrable": "off",
}


def connect(
    database: Database, label: str, *, writing: bool, loading: bool
) -> PostgreSQLSession:
    """Open a session. Raises ConnectionFailed."""

    def adapt(given: Parameters) -> Parameters:
        return {
            **KEEPALIVE,
            "connect_timeout": database.connect_seconds,
            **given,
            "application_name": label,
        }

    try:
        opened = database.opener(adapt)
    except ERRORS as error:
        raise connection_failed(database, error) from None
    if driver_of(opened.connection) is None:
        opened.close()
        raise unknown_driver(database, opened.connection)
    session = PostgreSQLSession(database, label, opened)
    try:
        _pin(session, writing=writing)
    except BaseException:
        session.close()
        raise
    return session


def _pin(session: PostgreSQLSession, *, writing: bool) -> None:
    wanted = {
        **_settings(session.version),
        **TRANSACTIONS,
        "default_transaction_read_only": "off" if writing else "on",
        "application_name": session.label,
        # Instants are written in UTC; digits of a clock are made of them in words.
        "timezone": "UTC",
        "lock_timeout": f"{session.database.lock_seconds}s",
    }
    if writing:
        # Indexes and foreign keys are made again by sorting in memory.
        wanted["maintenance_work_mem"] = "256MB"
        # A receipt says that rows are there for good. Where a server forgets its
        # last commits in a crash, chunks that count as copied would be gone.
        wanted["synchronous_commit"] = "on"
    # A statement ends soon after its client has died.
    if session.version >= 140_000:
        wanted["client_connection_check_interval"] = "2s"
    calls = ", ".join(["set_config(%s, %s, false)"] * len(wanted))
    values = [text for setting in wanted.items() for text in setting]
    session.query(f"SELECT {calls}", values)


def _settings(version: int) -> dict[str, str]:
    found = dict(SETTINGS)
    for first, settings in LATER_SETTINGS.items():
        if version >= first:
            found |= settings
    return found


# Tables that others inherit from, by their oid; of a partitioned one the rows
# are those of its partitions.
INHERITED = """
    SELECT DISTINCT c.oid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent
    WHERE c.relkind = 'r'
"""

# What libpq calls PQTRANS_INERROR, both drivers alike.
IN_ERROR = 3

# Characters of the names of the schemas that a connection looks into.
LONGEST_SCHEMAS = 120


class PostgreSQLSession(SQLSession):
    """A connection by psycopg 2 or 3."""

    vendor = "postgresql"
    placeholder = "%s"
    whereabouts_sql = """
        SELECT current_database(), current_schemas(false)::text, current_user,
               (SELECT system_identifier FROM pg_control_system())
    """
    driver_error = ERRORS
    # A deferrable key would be found broken by the commit, of no row in particular.
    proving = ("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED")
    comparer: Comparer
    parts = Parts(Catalog, Reader, Loader, Schema, Comparer, Scanner, Surroundings)

    def __init__(self, database: Database, label: str, opened: Opened) -> None:
        driver = driver_of(opened.connection)
        assert driver is not None
        self.driver = driver
        self.version = int(opened.connection.info.server_version)
        super().__init__(database, label, opened)

    def quote(self, name: str) -> str:
        # A name goes through the driver as part of a format string.
        escaped = name.replace('"', '""').replace("%", "%%")
        return f'"{escaped}"'

    def regclass(self, table: str) -> str:
        """Return the name as to_regclass() takes it, as a value."""
        return self.quote_table(table).replace("%%", "%")

    def rows_of(self, table: str) -> str:
        name = self.quote_table(table)
        return f"ONLY {name}" if self._is_inherited(table) else name

    def _is_inherited(self, table: str) -> bool:
        if not self._inherited:
            return False
        found = self.query("SELECT to_regclass(%s)::oid", (self.regclass(table),))
        return found[0][0] in self._inherited

    @cached_property
    def _inherited(self) -> set[int]:
        return {number for (number,) in self.query(INHERITED)}

    # A row of a partitioned table is told by both.
    place_columns = ("tableoid", "ctid")

    def constant(self, kind: ColumnKind, value: str | None) -> tuple[str, ColumnType]:
        return constant(kind, value)

    def renumbered(self, name: str, numbers: Numbers) -> str:
        unknown = f"'{UNKNOWN}' || {name}::text"
        return renumbered(name, numbers, lambda number: f"({number})::text", unknown)

    def changed(self, column: ChangedColumn, name: str) -> Changed:
        return changed(column, name)

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.errors(), self.driver.cursor() as cursor:
            cursor.execute(sql, tuple(values))
            return list(cursor.fetchall()) if cursor.description else []

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        with self.errors(), self.driver.cursor() as cursor:
            cursor.execute(sql, tuple(values))
            return int(cursor.rowcount)

    @property
    def is_aborted(self) -> bool:
        return int(self.connection.info.transaction_status) == IN_ERROR

    def limiting_sql(self, milliseconds: int) -> str:
        return f"SET statement_timeout = {milliseconds}"

    def translate(self, error: Exception) -> Exception:
        return translate(self.database, error)

    def guarding_sql(self) -> list[str]:
        # The time zone stays: Django's cursors rely on the connection's own.
        wanted = {**_settings(self.version), "default_transaction_read_only": "on"}
        calls = (f"set_config('{n}', '{value}', false)" for n, value in wanted.items())
        return [f"SELECT {', '.join(calls)}"]

    def identity(self) -> str:
        return database_of(self.location())

    def location(self) -> str:
        sql = """
            SELECT (SELECT system_identifier FROM pg_control_system()),
                   (SELECT oid FROM pg_database WHERE datname = current_database()),
                   current_schemas(false)
        """
        system, number, names = self.query(sql)[0]
        schemas = ",".join(names)
        # So many schemas that they fill no column of the control database.
        if len(schemas) > LONGEST_SCHEMAS:
            schemas = sha256(schemas.encode()).hexdigest()
        return f"postgresql:{system}:{number}{IN_SCHEMAS}{schemas}"

    def _descriptor(self) -> int:
        return self.driver.descriptor()

    def lock_wait(self, other: Activity) -> LockWait | None:
        return lock_wait(self, other.label)

    def started_seconds(self) -> int | None:
        sql = "SELECT extract(epoch FROM pg_postmaster_start_time())::bigint"
        return int(self.query(sql)[0][0])

    def end_session(self, label: str) -> None:
        sql = """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = %s AND datname = current_database()
              AND pid <> pg_backend_pid()
        """
        self.query(sql, (label,))

    def end_statement(self) -> None:
        self.connection.cancel()
