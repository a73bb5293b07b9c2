"""sqlite3's errors in words."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from ...errors import (
    ConnectionFailed,
    Locked,
    ReceiptsGone,
    TransferError,
    Unsupported,
)
from .. import faults

if TYPE_CHECKING:
    from ..database import Database

# With their extended codes, such as SQLITE_BUSY_RECOVERY. A table that is locked
# by this very connection is SQLITE_LOCKED and none of them.
LOCKED = ("SQLITE_BUSY", "SQLITE_LOCKED_SHAREDCACHE")
# What lies below the file is away, or the file was put elsewhere.
LOST = (
    *("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_PROTOCOL"),
    "SQLITE_READONLY_DBMOVED",
)


def connection_failed(
    database: Database, path: Path, error: sqlite3.Error
) -> TransferError:
    """Say why a file could not be opened."""
    code = _code(error)
    names = {"path": path, "alias": database.alias, "code": code}
    if code.startswith(LOCKED):
        return Locked(_("The file '%(path)s' is locked (alias '%(alias)s').") % names)
    return ConnectionFailed(
        _("SQLite cannot open the file '%(path)s': %(code)s (alias '%(alias)s').")
        % names,
        _(
            "Make sure that it is an SQLite database, and that the worker's account "
            "may read and write it."
        ),
    )


def translate(database: Database, error: Exception) -> Exception:
    """Return an sqlite3 error as a TransferError, anything else as it is."""
    if not isinstance(error, sqlite3.Error):
        return error
    code = _code(error)
    said = _("SQLite (alias '%(alias)s') reports %(code)s%(names)s.") % {
        "alias": database.alias,
        "code": code,
        "names": _names(error),
    }
    if code.startswith(LOCKED):
        return faults.locked(said, code)
    if code.startswith("SQLITE_LOCKED"):
        return faults.busy(said, code)
    if code.startswith(LOST):
        return faults.connection_lost(database, code)
    if code.startswith("SQLITE_FULL"):
        return faults.disk_full(said, code)
    if code.startswith(("SQLITE_CONSTRAINT", "SQLITE_MISMATCH", "SQLITE_TOOBIG")):
        return faults.data_refused(said, code)
    if "migration_console_receipts" in str(error):
        return ReceiptsGone(said, code=code)
    return Unsupported(said, code=code)


def _code(error: sqlite3.Error) -> str:
    return getattr(error, "sqlite_errorname", "") or type(error).__name__


def _names(error: sqlite3.Error) -> str:
    # "UNIQUE constraint failed: table.column" holds names only, and so does
    # "no such table: name"; nothing else is passed on.
    text = str(error)
    if "constraint failed:" in text or text.startswith(("no such", "table ")):
        return f" ({text})"
    return ""
