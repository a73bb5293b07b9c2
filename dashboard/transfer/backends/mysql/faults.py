"""The drivers' errors in words that hold no row's contents.

The server's own message may quote values ("Duplicate entry …"), so only its
number, its standard name and the names of things are kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import MySQLdb
from django.utils.translation import gettext as _
from MySQLdb.constants import CR, ER

from ...errors import DataRefused, Forbidden, ReceiptsGone, TransferError, Unsupported
from .. import faults

if TYPE_CHECKING:
    from ..database import Database

NAMES = {
    number: name
    for names in (ER, CR)
    for name, number in vars(names).items()
    if isinstance(number, int)
}
# Newer than mysqlclient's list.
NAMES |= {
    3140: "INVALID_JSON_TEXT",
    3144: "INVALID_JSON_CHARSET",
    3157: "JSON_DOCUMENT_TOO_DEEP",
    3819: "CHECK_CONSTRAINT_VIOLATED",
    4025: "CONSTRAINT_FAILED",
}

PORT = 3306

# What no client makes up (errors 2000 to 2999).
ERRORS_OF_SERVER = {*range(1000, 2000), *range(3000, 20000)}

ACCOUNT_REFUSED = {1045, 1698, 1044, 1251, 2059}
NO_DATABASE = 1049
# Full, its account's share used up, or on its way down.
SERVER_FULL = {1040, 1203, 1226, 1053}

LOCKED = {1205, 1213, 3572}
BUSY = {1637, 1317}
LOST = {
    # Of the client: gone away, lost in a statement, a broken packet.
    *(2006, 2013, 2055, 2027),
    # Killed, shut down, or an idle session ended.
    *(1927, 3169, 4031, 1077, 1078, 1079, 1080),
    # The network.
    *(1152, 1158, 1159, 1160, 1161, 1184, 1028),
}
LIMITS = {3024, 1969, 1041, 1038}
# Of the server, and of the client that has a limit of its own.
TOO_LARGE = {1153, 2020}
# The last of a temporary file, which sorting an index writes.
TABLE_FULL = {1114, 1021, 3, 1878}
# Of a file, for whatever reason the system gives: ENOSPC or EDQUOT is a full disk.
OF_A_FILE = {1, 1004, 1005, 1024, 1025, 1026, 1030}
NO_ROOM = re.compile(r"(?:[Gg]ot error|[Ee]rr(?:or|no|code):?) (?:28|122)\b")
DENIED = {1142, 1143, 1227, 1044}
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
    # Beyond a type's bounds, larger than a page, in no partition, and what a trigger
    # signals.
    1690,
    1118,
    1526,
    1644,
    # MySQL's own: text that is not UTF-8, and documents that are no JSON for it.
    1300,
    3140,
    3141,
    3144,
    3157,
    3158,
}

# "… for column `database`.`table`.`column` at row 3", of a document on MySQL "…
# for column 'table.column'."; a value may stand before.
COLUMN = re.compile(
    r"[Cc]olumn (?:`[^`]*`\.)*[`'](?:[^`'.]+\.)?([^`']+)[`']"
    r"(?: cannot be null)?(?: at row (\d+))?\.?$"
)
# "… denied to user … for table `database`.`name`", "… for column 'c' in table 'name'".
DENIED_TABLE = re.compile(r"for table (?:[`'][^`']*[`']\.)?[`']([^`']+)[`']$")
DENIED_COLUMN = re.compile(r"for column '([^']+)' in table '([^']+)'$")
# MariaDB's, of a column's own CHECK "`table`.`column`" in one; then MySQL's.
CHECK = re.compile(
    r"^CONSTRAINT `([^`]+)` failed for|^Check constraint '([^']+)' is violated"
)
KEY = re.compile(r"for key '([^']+)'$")
CONSTRAINT = re.compile(
    r"^(?:Check constraint '([^']+)' is violated\.|CONSTRAINT `([^`]+)` failed for .*)$"
)


def connection_failed(database: Database, error: MySQLdb.Error) -> Exception:
    """Say why a connection could not be opened, and what to look at."""
    number = error.args[0] if error.args else 0
    if number in ACCOUNT_REFUSED:
        return faults.account_refused(database, PORT)
    if number == NO_DATABASE:
        return faults.database_missing(database, PORT)
    if number in SERVER_FULL:
        return faults.server_full(database, PORT)
    if number in ERRORS_OF_SERVER:
        # Connected, and a statement of the project's own was refused: what its
        # init_command or a receiver asks for.
        return faults.setting_refused(database, translate(database, error))
    return faults.unreachable(database, PORT)


def translate(database: Database, error: Exception) -> Exception:
    """Return a driver's error as a TransferError, anything else as it is."""
    if not isinstance(error, MySQLdb.Error):
        return error
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    text = str(error.args[1]) if len(error.args) > 1 else ""
    said = describe(database.alias, number, text)
    code = str(number)
    if number in SERVER_FULL:
        return faults.unavailable(said, code)
    if number in LOCKED:
        return faults.locked(said, code)
    if number in BUSY:
        return faults.busy(said, code)
    if number in LIMITS:
        return faults.too_much(said, code)
    if number in LOST or _is_broken(error, number):
        return faults.connection_lost(database, code)
    return _lasting(said, number, text)


def _is_broken(error: MySQLdb.Error, number: int) -> bool:
    """Whether an error that no server has sent means that the connection is over.

    PyMySQL has no number where packets arrive out of order.
    """
    if isinstance(error, MySQLdb.InterfaceError):
        return True
    return not number and isinstance(error, MySQLdb.InternalError)


def _lasting(said: str, number: int, text: str) -> TransferError:
    code = str(number)
    has_no_room = number in OF_A_FILE and NO_ROOM.search(text)
    if number in TABLE_FULL or has_no_room:
        return faults.disk_full(said)
    if number in TOO_LARGE:
        return DataRefused(
            said,
            _("Raise the server's max_allowed_packet: one row is larger than that."),
        )
    if number in DENIED:
        remedy = _("Grant the account the privilege that it lacks, then retry.")
        return Forbidden(said, remedy, code=code)
    if number == NO_TABLE and "migration_console_receipts" in text:
        return ReceiptsGone(said, code=code)
    if number in DATA:
        return faults.data_refused(said, code)
    return Unsupported(said, code=code)


def describe(alias: str, number: int, text: str) -> str:
    """Return number, name, column, row and key of a message, no values."""
    parts = [
        _("MySQL (alias '%(alias)s') reports %(name)s [%(number)s]")
        % {"alias": alias, "name": NAMES.get(number, "error"), "number": number}
    ]
    if column := COLUMN.search(text):
        parts.append(_("column '%(column)s'") % {"column": column.group(1)})
        if column.group(2):
            parts.append(faults.row_of_chunk(column.group(2)))
    elif denied := DENIED_COLUMN.search(text):
        parts.append(_("table '%(table)s'") % {"table": denied.group(2)})
        parts.append(_("column '%(column)s'") % {"column": denied.group(1)})
    elif denied := DENIED_TABLE.search(text):
        parts.append(_("table '%(table)s'") % {"table": denied.group(1)})
    elif check := CHECK.search(text):
        name = check.group(1) or check.group(2)
        parts.append(_("constraint '%(constraint)s'") % {"constraint": name})
    elif key := KEY.search(text):
        parts.append(_("key '%(key)s'") % {"key": key.group(1)})
    elif broken := CONSTRAINT.search(text):
        name = broken.group(1) or broken.group(2)
        parts.append(_("constraint '%(name)s'") % {"name": name})
    return ", ".join(parts) + "."
