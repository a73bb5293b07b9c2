"""mysqlclient's errors in words that hold no row's contents.

The server's own message may quote values ("Duplicate entry …"), so only its
number, its standard name and the names of things are kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import MySQLdb
from MySQLdb.constants import CR, ER

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

NAMES = {
    number: name
    for names in (ER, CR)
    for name, number in vars(names).items()
    if isinstance(number, int)
}

BUSY = {1205, 1213, 1040, 1203, 1053, 1637, 1317}
LOST = {2006, 2013, 2055, 1927, 1152, 1159, 1160, 1161, 1158, 1028}
LIMITS = {3024, 1969, 1041, 1038}
TOO_LARGE = 1153
TABLE_FULL = {1114, 1021, 3}
DENIED = {1142, 1143, 1227, 1044}
READ_ONLY = {1290, 1792}
NO_TABLE = 1146
DATA = {
    1062,
    1048,
    1264,
    1265,
    1292,
    1364,
    1366,
    1406,
    1452,
    1411,
    4025,
    3819,
    1261,
    1262,
}

# "… for column `database`.`table`.`column` at row 3"; a value may stand before.
COLUMN = re.compile(
    r"[Cc]olumn (?:`[^`]*`\.)*[`']([^`']+)[`'](?: cannot be null)?(?: at row (\d+))?$"
)
KEY = re.compile(r"for key '([^']+)'$")


def address(database: Database) -> str:
    """Return where the database is, without the account's password."""
    entry = database.settings
    host = entry.get("HOST") or "localhost"
    port = entry.get("PORT") or "3306"
    return f"'{entry.get('NAME')}' at {host}:{port}"


def connection_failed(database: Database, error: MySQLdb.Error) -> TransferError:
    """Say why a connection could not be opened, and what to look at."""
    number = error.args[0] if error.args else 0
    where = f"alias '{database.alias}', database {address(database)}"
    if number in (1045, 1698, 1044, 1251, 2059):
        return ConnectionFailed(
            f"The server turned user '{database.settings.get('USER')}' away ({where}).",
            f"Check USER and PASSWORD of DATABASES['{database.alias}'].",
        )
    if number == 1049:
        return ConnectionFailed(
            f"The database does not exist ({where}).",
            f"Create it, or correct NAME of DATABASES['{database.alias}'].",
        )
    if number in (1040, 1203, 1053):
        return Busy(f"The server takes no connection at the moment ({where}).")
    failed = ConnectionFailed(
        f"The server cannot be reached ({where}).",
        "Check that it runs and that HOST and PORT of "
        f"DATABASES['{database.alias}'] are right.",
    )
    failed.retriable = True
    return failed


def translate(database: Database, error: Exception) -> Exception:
    """Return a mysqlclient error as a TransferError, anything else as it is."""
    if not isinstance(error, MySQLdb.Error):
        return error
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    text = str(error.args[1]) if len(error.args) > 1 else ""
    said = describe(database.alias, number, text)
    code = str(number)
    if number in BUSY:
        return Busy(said, "It is tried again.", code=code)
    if number in LIMITS:
        return TooMuch(said, "A smaller chunk is tried.", code=code)
    if number in LOST or isinstance(error, MySQLdb.InterfaceError):
        return ConnectionLost(
            f"The connection to alias '{database.alias}' was lost.",
            "It is opened again.",
            code=code,
        )
    return _lasting(said, number, text)


def _lasting(said: str, number: int, text: str) -> TransferError:
    code = str(number)
    if number in TABLE_FULL:
        return TransferError(said, "Make room on the server's disk, then retry.")
    if number == TOO_LARGE:
        return DataRefused(
            said, "A row is larger than the server's max_allowed_packet: raise it."
        )
    if number in DENIED:
        return TransferError(said, "Give the account the right.", code=code)
    if number == NO_TABLE and "migration_console_receipts" in text:
        return ReceiptsGone(said, code=code)
    if number in DATA:
        return DataRefused(said, "Correct the row in the source.", code=code)
    return Unsupported(said, code=code)


def describe(alias: str, number: int, text: str) -> str:
    """Return number, name, column, row and key of a message, no values."""
    parts = [f"MySQL ('{alias}') says {NAMES.get(number, 'error')} [{number}]"]
    if column := COLUMN.search(text):
        parts.append(f"column '{column.group(1)}'")
        if column.group(2):
            parts.append(f"row {column.group(2)} of the chunk")
    elif key := KEY.search(text):
        parts.append(f"key '{key.group(1)}'")
    return ", ".join(parts) + "."
