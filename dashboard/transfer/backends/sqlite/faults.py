"""sqlite3's errors in words."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import (
    Busy,
    ConnectionFailed,
    DataRefused,
    ReceiptsGone,
    TransferError,
    Unsupported,
)

if TYPE_CHECKING:
    from ..base import Database


def connection_failed(
    database: Database, path: Path, error: sqlite3.Error
) -> TransferError:
    """Say why a file could not be opened."""
    code = getattr(error, "sqlite_errorname", "") or type(error).__name__
    if code in ("SQLITE_BUSY", "SQLITE_LOCKED"):
        return Busy(f"The file '{path}' is locked (alias '{database.alias}').")
    return ConnectionFailed(
        f"The file '{path}' cannot be opened: {code} (alias '{database.alias}').",
        "Check that it is an SQLite database and that its permissions allow it.",
    )


def translate(database: Database, error: Exception) -> Exception:
    """Return an sqlite3 error as a TransferError, anything else as it is."""
    if not isinstance(error, sqlite3.Error):
        return error
    code = getattr(error, "sqlite_errorname", "") or type(error).__name__
    said = f"SQLite ('{database.alias}') says {code}{_names(error)}."
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Busy(said, "It is tried again.", code=code)
    if code.startswith("SQLITE_FULL"):
        return TransferError(said, "Make room on the disk, then retry.", code=code)
    if code.startswith(("SQLITE_CONSTRAINT", "SQLITE_MISMATCH", "SQLITE_TOOBIG")):
        return DataRefused(said, "Correct the row in the source.", code=code)
    if "migration_console_receipts" in str(error):
        return ReceiptsGone(said, code=code)
    return Unsupported(said, code=code)


def _names(error: sqlite3.Error) -> str:
    # "UNIQUE constraint failed: table.column" holds names only, and so does
    # "no such table: name"; nothing else is passed on.
    text = str(error)
    if "constraint failed:" in text or text.startswith(("no such", "table ")):
        return f" ({text})"
    return ""
