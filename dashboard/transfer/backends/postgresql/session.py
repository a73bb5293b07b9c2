"""A connection to PostgreSQL with everything pinned that changes text."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import psycopg2
import psycopg2.extensions

from ..base import Database
from ..sql import Parts, SQLSession
from .catalog import Catalog
from .comparer import Comparer
from .faults import connection_failed, translate
from .loader import Loader
from .reader import Reader
from .schema import Schema

# What libpq is given besides the address; session settings follow by SET, so
# that a pooler that refuses start-up options still works.
PARAMETERS: dict[str, Any] = {
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    # Milliseconds until unanswered data ends the connection.
    "tcp_user_timeout": 60_000,
}

# Options of Django's entry that are Django's own and not libpq's.
DJANGO_OPTIONS = {
    "isolation_level",
    "assume_role",
    "pool",
    "server_side_binding",
    "cursor_factory",
    "client_encoding",
    "prepare_threshold",
    "context",
}

SETTINGS = {
    "client_encoding": "UTF8",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    # The shortest text that reads back as the same float.
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "xmloption": "content",
    "standard_conforming_strings": "on",
    # Row-level security would hide rows: an error instead.
    "row_security": "off",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}


def connect(
    database: Database, label: str, *, writing: bool, loading: bool
) -> PostgreSQLSession:
    """Open a session. Raises ConnectionFailed."""
    try:
        connection = psycopg2.connect(**_parameters(database, label))
    except psycopg2.Error as error:
        raise connection_failed(database, error) from None
    session = PostgreSQLSession(database, label, connection)
    try:
        _pin(session, writing=writing)
    except BaseException:
        session.close()
        raise
    return session


def _parameters(database: Database, label: str) -> dict[str, Any]:
    entry = database.settings
    options = {
        name: value
        for name, value in (entry.get("OPTIONS") or {}).items()
        if name not in DJANGO_OPTIONS
    }
    address = {
        "dbname": entry.get("NAME") or ("" if "service" in options else "postgres"),
        "user": entry.get("USER"),
        "password": entry.get("PASSWORD"),
        "host": entry.get("HOST"),
        "port": entry.get("PORT"),
    }
    return {
        **PARAMETERS,
        "connect_timeout": database.connect_seconds,
        **options,
        **{name: value for name, value in address.items() if value not in ("", None)},
        "application_name": label,
    }


def _pin(session: PostgreSQLSession, *, writing: bool) -> None:
    session.connection.set_session(readonly=not writing, autocommit=True)
    wanted = {
        **SETTINGS,
        "timezone": session.database.zone,
        "lock_timeout": f"{session.database.lock_seconds}s",
    }
    role = (session.database.settings.get("OPTIONS") or {}).get("assume_role")
    if role:
        wanted["role"] = role
    if writing:
        # Indexes and foreign keys are made again by sorting in memory.
        wanted["maintenance_work_mem"] = "256MB"
    # A statement ends soon after its client has died.
    if session.connection.server_version >= 140_000:
        wanted["client_connection_check_interval"] = "2s"
    for name, value in wanted.items():
        session.query("SELECT set_config(%s, %s, false)", (name, value))


# Characters of the names of the schemas that a connection looks into.
LONGEST_SCHEMAS = 120


class PostgreSQLSession(SQLSession):
    """A connection by psycopg2."""

    vendor = "postgresql"
    placeholder = "%s"
    read_only_sql = "SET default_transaction_read_only = on"
    driver_error = psycopg2.Error
    parts = Parts(Catalog, Reader, Loader, Schema, Comparer)
    connection: psycopg2.extensions.connection

    def quote(self, name: str) -> str:
        # A name goes through psycopg2 as part of a format string.
        escaped = name.replace('"', '""').replace("%", "%%")
        return f'"{escaped}"'

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.errors(), self.connection.cursor() as cursor:
            cursor.execute(sql, tuple(values))
            return list(cursor.fetchall()) if cursor.description else []

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        with self.errors(), self.connection.cursor() as cursor:
            cursor.execute(sql, tuple(values))
            return cursor.rowcount

    def translate(self, error: Exception) -> Exception:
        return translate(self.database, error)

    def identity(self) -> str:
        sql = """
            SELECT (SELECT system_identifier FROM pg_control_system()),
                   (SELECT oid FROM pg_database WHERE datname = current_database())
        """
        system, number = self.query(sql)[0]
        return f"postgresql:{system}:{number}"

    def location(self) -> str:
        schemas = ",".join(self.query("SELECT current_schemas(false)")[0][0])
        # So many schemas that they fill no column of the control database.
        if len(schemas) > LONGEST_SCHEMAS:
            schemas = sha256(schemas.encode()).hexdigest()
        return f"{self.identity()}:{schemas}"

    def end_session(self, label: str) -> None:
        sql = """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = %s AND datname = current_database()
              AND pid <> pg_backend_pid()
        """
        self.query(sql, (label,))
