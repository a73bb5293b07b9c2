"""The drivers' errors in words that hold no row's contents.

The server's own message may quote values ("invalid input syntax … : …"), so
only its code, its standard name and the names of things are kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from ...errors import Busy, Forbidden, ReceiptsGone, TransferError, Unsupported
from .. import faults
from .drivers import ERRORS, sqlstate, standard_name

if TYPE_CHECKING:
    from ..database import Database

PORT = 5432

# Full, starting, in recovery or on its way down.
UNAVAILABLE = {"53300", "57P03"}
LOCKED = {"40001", "40P01", "55P03", "55006"}
# Ended by an administrator, a crash or a limit on idle sessions.
LOST = {"57P01", "57P02", "57P05", "25P03", "25P04"}
LOST_CLASS = "08"
LIMITS = {"57014", "53200", "53400"}
DISK_FULL = "53100"
# What a look at the catalogue meets, by code "internal error" and in no language but
# English, while another session drops or changes what it has just seen there.
INTERNAL = "XX000"
CHANGED_MEANWHILE = (
    "cache lookup failed",
    "could not open relation with OID",
    "tuple concurrently",
)
FORBIDDEN = "42501"
UNDEFINED_TABLE = "42P01"
# What a trigger raises, and a value that is too long for an index.
OF_A_ROW = {"P0001", "54000"}

# "COPY table, line 3, column name: …" — what follows the column is a value.
COPY_CONTEXT = re.compile(r"COPY [^,]+, line (\d+)(?:, column ([^:]+))?")


# "permission denied for table name", "… row-level security policy for table "name"".
DENIED = re.compile(
    r"(?:permission denied|row-level security policy) for "
    r"(?:table|view|relation) \"?([^\"]+)"
)


# What libpq passes on of a refused connection, which has no code. In another
# language it counts as a server that cannot be reached, which is waited for too.
ACCOUNT_REFUSED = (
    "authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "is not permitted to log in",
    "pg_hba.conf rejects",
)
FULL = (
    "starting up",
    "shutting down",
    "in recovery mode",
    "not yet accepting connections",
    "too many clients",
    "too many connections",
    "connection slots",
    "53300",
)


def connection_failed(database: Database, error: Exception) -> Exception:
    """Say why a connection could not be opened, and what to look at."""
    if sqlstate(error):
        # Connected, and a statement of the project's own was refused: a role, a
        # schema, whatever its options or receivers ask for.
        return faults.setting_refused(database, translate(database, error))
    text = str(error)
    if any(said in text for said in FULL):
        return faults.server_full(database, PORT)
    if any(said in text for said in ACCOUNT_REFUSED):
        return faults.account_refused(database, PORT)
    if "does not exist" in text and "database" in text:
        return faults.database_missing(database, PORT)
    return faults.unreachable(database, PORT)


def translate(database: Database, error: Exception) -> Exception:
    """Return a driver's error as a TransferError, anything else as it is."""
    if not isinstance(error, ERRORS):
        return error
    code = sqlstate(error)
    said = _said(database, error, code)
    if code in UNAVAILABLE:
        return faults.unavailable(said, code)
    if code in LOCKED:
        return faults.locked(said, code)
    if code in LIMITS:
        return faults.too_much(said, code)
    if code == INTERNAL and _has_changed_meanwhile(error):
        remedy = _(
            "Where no other session changed the schema at that time, read the server's "
            "log: the catalogue may be damaged."
        )
        return Busy(said, remedy, code=code)
    is_lost = code in LOST or code.startswith(LOST_CLASS)
    if is_lost or (not code and _is_broken(error)):
        return faults.connection_lost(database, code)
    return _lasting(said, code)


def _has_changed_meanwhile(error: Any) -> bool:
    said = error.diag.message_primary or ""
    return any(words in said for words in CHANGED_MEANWHILE)


def _is_broken(error: Exception) -> bool:
    """Whether an error without a code means that the connection has ended."""
    # Both drivers have the classes of PEP 249. In the middle of a COPY it
    # arrives as the base class of all others.
    if type(error).__name__ == "DatabaseError":
        return True
    names = {kind.__name__ for kind in type(error).__mro__}
    return not names.isdisjoint({"OperationalError", "InterfaceError"})


def _lasting(said: str, code: str) -> TransferError:
    if code == DISK_FULL:
        return faults.disk_full(said)
    if code == FORBIDDEN:
        remedy = _(
            "Use an account that owns the tables, or may read all of their rows and "
            "columns."
        )
        return Forbidden(said, remedy, code=code)
    if code == UNDEFINED_TABLE and "migration_console_receipts" in said:
        return ReceiptsGone(said, code=code)
    if code[:2] in ("22", "23") or code in OF_A_ROW:
        return faults.data_refused(said, code)
    return Unsupported(said, code=code)


def _said(database: Database, error: Any, code: str) -> str:
    detail = error.diag
    context = COPY_CONTEXT.search(detail.context or "")
    parts = [
        _("PostgreSQL (alias '%(alias)s') reports %(name)s [%(code)s]")
        % {
            "alias": database.alias,
            "name": standard_name(code) or type(error).__name__,
            "code": code,
        }
    ]
    if table := detail.table_name or _named_table(detail.message_primary or ""):
        parts.append(_("table '%(table)s'") % {"table": table})
    if constraint := detail.constraint_name:
        parts.append(_("constraint '%(constraint)s'") % {"constraint": constraint})
    if column := detail.column_name or (context.group(2) if context else None):
        parts.append(_("column '%(column)s'") % {"column": column})
    if context:
        parts.append(faults.row_of_chunk(context.group(1)))
    return ", ".join(parts) + "."


def _named_table(message: str) -> str | None:
    if denied := DENIED.search(message):
        return denied.group(1)
    found = re.search(r"migration_console_receipts_[0-9a-f]+", message)
    return found.group(0) if found else None
