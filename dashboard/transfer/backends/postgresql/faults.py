"""psycopg2's errors in words that hold no row's contents.

The server's own message may quote values ("invalid input syntax … : …"), so
only its code, its standard name and the names of things are kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psycopg2
from psycopg2 import errorcodes

from ...errors import (
    Busy,
    ConnectionFailed,
    ConnectionLost,
    DataRefused,
    ReceiptsGone,
    TooMuch,
    TransferError,
    Unsupported,
)

if TYPE_CHECKING:
    from ..base import Database

BUSY = {"40001", "40P01", "55P03", "55006", "53300", "57P03"}
LOST = {"57P01", "57P02", "25P03", "08000", "08003", "08006"}
LIMITS = {"57014", "53200"}
DISK_FULL = "53100"
READ_ONLY = "25006"
FORBIDDEN = "42501"
UNDEFINED_TABLE = "42P01"

# "COPY table, line 3, column name: …" — what follows the column is a value.
COPY_CONTEXT = re.compile(r"COPY [^,]+, line (\d+)(?:, column ([^:]+))?")


def address(database: Database) -> str:
    """Return where the database is, without the account's password."""
    entry = database.settings
    host = entry.get("HOST") or "localhost"
    port = entry.get("PORT") or "5432"
    return f"'{entry.get('NAME')}' at {host}:{port}"


def connection_failed(database: Database, error: psycopg2.Error) -> TransferError:
    """Say why a connection could not be opened, and what to look at."""
    where = f"alias '{database.alias}', database {address(database)}"
    text = str(error)
    user = database.settings.get("USER")
    if "authentication failed" in text or "no password supplied" in text:
        return ConnectionFailed(
            f"The server turned user '{user}' away ({where}).",
            f"Check USER and PASSWORD of DATABASES['{database.alias}'].",
        )
    if "does not exist" in text and "database" in text:
        return ConnectionFailed(
            f"The database does not exist ({where}).",
            f"Create it, or correct NAME of DATABASES['{database.alias}'].",
        )
    if "starting up" in text or "too many clients" in text or "53300" in text:
        return Busy(f"The server takes no connection at the moment ({where}).")
    failed = ConnectionFailed(
        f"The server cannot be reached ({where}).",
        "Check that it runs and that HOST and PORT of "
        f"DATABASES['{database.alias}'] are right.",
    )
    failed.retriable = True
    return failed


def translate(database: Database, error: Exception) -> Exception:
    """Return a psycopg2 error as a TransferError, anything else as it is."""
    if not isinstance(error, psycopg2.Error):
        return error
    code = error.pgcode or ""
    said = _said(database, error, code)
    if code in BUSY:
        return Busy(said, "It is tried again.", code=code)
    if code in LIMITS:
        return TooMuch(said, "A smaller chunk is tried.", code=code)
    if code in LOST or (not code and _is_broken(error)):
        return ConnectionLost(
            f"The connection to alias '{database.alias}' was lost.",
            "It is opened again.",
            code=code,
        )
    return _lasting(said, code)


def _is_broken(error: psycopg2.Error) -> bool:
    """Whether an error without a code means that the connection has ended."""
    # In the middle of a COPY it arrives as the base class of all others.
    return type(error) is psycopg2.DatabaseError or isinstance(
        error, psycopg2.OperationalError | psycopg2.InterfaceError
    )


def _lasting(said: str, code: str) -> TransferError:
    if code == DISK_FULL:
        return TransferError(said, "Make room on the server's disk, then retry.")
    if code == FORBIDDEN:
        return TransferError(said, "Use an account that owns the tables.", code=code)
    if code == UNDEFINED_TABLE and "migration_console_receipts" in said:
        return ReceiptsGone(said, code=code)
    if code[:2] in ("22", "23"):
        return DataRefused(said, "Correct the row in the source.", code=code)
    return Unsupported(said, code=code)


def _said(database: Database, error: psycopg2.Error, code: str) -> str:
    name = errorcodes.lookup(code) if code else type(error).__name__
    detail = error.diag
    parts = [f"PostgreSQL ('{database.alias}') says {name} [{code}]"]
    table = detail.table_name or _receipts_name(detail.message_primary)
    if table:
        parts.append(f"table '{table}'")
    if detail.constraint_name:
        parts.append(f"constraint '{detail.constraint_name}'")
    context = COPY_CONTEXT.search(detail.context or "")
    column = detail.column_name or (context.group(2) if context else None)
    if column:
        parts.append(f"column '{column}'")
    if context:
        parts.append(f"row {context.group(1)} of the chunk")
    return ", ".join(parts) + "."


def _receipts_name(message: str | None) -> str | None:
    found = re.search(r"migration_console_receipts_[0-9a-f]+", message or "")
    return found.group(0) if found else None
