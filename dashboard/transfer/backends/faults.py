"""What the faults of two servers have in common, in words for people."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ..errors import (
    Busy,
    ConnectionFailed,
    ConnectionLost,
    DataRefused,
    Locked,
    TooMuch,
    TransferError,
    Unavailable,
    Unreachable,
    Unsupported,
)
from ..plan import PlanColumn, TablePlan
from .database import Database


def _names(database: Database, port: int) -> dict[str, str]:
    """Return what a sentence may name of a database; never the password."""
    entry = database.settings
    options = entry.get("OPTIONS") or {}

    def given(key: str, *others: str) -> str:
        """Return a setting that stands in the entry or, by some name, in OPTIONS."""
        values = [entry.get(key), *(options.get(name) for name in others)]
        return next((str(value) for value in values if value), "")

    host = given("HOST", "host", "unix_socket")
    file = given("", "service", "read_default_file")
    server = f"{host or 'localhost'}:{given('PORT', 'port') or port}"
    return {
        "alias": database.alias,
        "database": given("NAME", "database", "dbname", "db") or file,
        "server": file if file and not host else server,
        "user": given("USER", "user") or file,
    }


def account_refused(database: Database, port: int) -> ConnectionFailed:
    """Return the fault of a wrong user or password."""
    names = _names(database, port)
    return ConnectionFailed(
        _(
            "The server %(server)s did not accept user '%(user)s' "
            "(alias '%(alias)s', database '%(database)s')."
        )
        % names,
        _("Correct USER and PASSWORD in DATABASES['%(alias)s'].") % names,
    )


def database_missing(database: Database, port: int) -> ConnectionFailed:
    """Return the fault of a database that is not there."""
    names = _names(database, port)
    return ConnectionFailed(
        _("The server %(server)s has no database '%(database)s' (alias '%(alias)s').")
        % names,
        _("Create it, or correct NAME in DATABASES['%(alias)s'].") % names,
    )


def server_full(database: Database, port: int) -> Unavailable:
    """Return the fault of a server that takes no connection at the moment."""
    return Unavailable(
        _(
            "The server %(server)s accepts no connection at the moment "
            "(alias '%(alias)s', database '%(database)s')."
        )
        % _names(database, port)
    )


def unavailable(said: str, code: str) -> Unavailable:
    """Return the fault of a server that does no work at the moment."""
    return Unavailable(said, _("The run waits for it."), code=code)


def unreachable(database: Database, port: int) -> Unreachable:
    """Return the fault of a server that does not answer."""
    names = _names(database, port)
    return Unreachable(
        _(
            "The server %(server)s cannot be reached "
            "(alias '%(alias)s', database '%(database)s')."
        )
        % names,
        _(
            "Make sure that it is running, and that HOST and PORT in "
            "DATABASES['%(alias)s'] are right."
        )
        % names,
    )


def setting_refused(database: Database, error: Exception) -> Exception:
    """Return the fault of what the project itself asks of a new connection."""
    if not isinstance(error, TransferError) or error.retriable:
        return error
    return ConnectionFailed(
        _("The connection to alias '%(alias)s' could not be set up. %(said)s")
        % {"alias": database.alias, "said": error.message},
        _(
            "Correct OPTIONS in DATABASES['%(alias)s'], or what receives the signal "
            "connection_created."
        )
        % {"alias": database.alias},
        code=error.code,
    )


def unknown_driver(database: Database, connection: object) -> Unsupported:
    """Return the fault of a back end that uses a driver of its own."""
    return Unsupported(
        _("The back end of alias '%(alias)s' uses the driver '%(driver)s'.")
        % {
            "alias": database.alias,
            "driver": type(connection).__module__.partition(".")[0],
        },
        _(
            "Use a back end with psycopg 3 or 2, with mysqlclient or PyMySQL, or with "
            "Python's own sqlite3."
        ),
    )


def connection_lost(database: Database, code: str) -> ConnectionLost:
    """Return the fault of a connection that has ended."""
    return ConnectionLost(
        _("The connection to alias '%(alias)s' was lost.") % {"alias": database.alias},
        _("The run opens it again."),
        code=code,
    )


def busy(said: str, code: str) -> Busy:
    """Return the fault of what passes by itself."""
    return Busy(said, _("The run tries again."), code=code)


def locked(said: str, code: str) -> Locked:
    """Return the fault of a lock that somebody else holds."""
    return Locked(said, _("The run waits until it is let go."), code=code)


def too_much(said: str, code: str) -> TooMuch:
    """Return the fault of a statement that ran into a limit."""
    return TooMuch(said, _("The run tries again with fewer rows at a time."), code=code)


def disk_full(said: str, code: str = "") -> Unavailable:
    """Return the fault of a disk that is full, which only a person can mend."""
    remedy = _("Make room on the disk of the database: the run waits and goes on then.")
    return Unavailable(said, remedy, code=code)


def data_refused(said: str, code: str) -> DataRefused:
    """Return the fault of a value that the destination does not take."""
    return DataRefused(said, _("Correct the row in the source, then retry."), code=code)


def no_temporary_tables(database: Database, code: str, grant: str) -> TransferError:
    """Return the fault of an account that may not make temporary tables."""
    return TransferError(
        _("The account may not make temporary tables (alias '%(alias)s').")
        % {"alias": database.alias},
        _("Checks and dry runs need them: %(sql)s") % {"sql": grant},
        code=code,
    )


def row_of_chunk(number: str) -> str:
    """Return the part of a sentence that says where in what was loaded a row is."""
    return _("row %(row)s of the chunk") % {"row": number}


def without_place(error: TransferError) -> TransferError:
    """Return the error of a row that was loaded alone, as it is always the first."""
    said = error.message.replace(f", {row_of_chunk('1')}", "")
    return type(error)(said, error.remedy, code=error.code)


def not_of_its_type(plan: TablePlan, column: PlanColumn) -> DataRefused:
    """Return the fault of a value that none of its column's kind is spelled as."""
    return DataRefused(
        _(
            "Column '%(column)s' of table '%(table)s' holds a value that is not of "
            "its type, %(kind)s."
        )
        % {"table": plan.table, "column": column.name, "kind": column.kind.value},
        _("Correct the row in the source, then retry."),
    )


def no_text(plan: TablePlan) -> DataRefused:
    """Return the fault of a text that some column cannot pass on."""
    return DataRefused(
        _(
            "Table '%(table)s' of the source holds a text that is not valid UTF-8 or "
            "has the character U+0000 in it."
        )
        % {"table": plan.table},
        _("Correct the row in the source, then retry."),
    )


def not_utf8(plan: TablePlan, column: PlanColumn) -> DataRefused:
    """Return the fault of a text whose octets are no text."""
    return DataRefused(
        _(
            "Column '%(column)s' of table '%(table)s' holds a text in the source that "
            "is not valid UTF-8."
        )
        % {"table": plan.table, "column": column.name},
        _("Correct the row in the source, then retry."),
    )


def holds_nul(plan: TablePlan, column: PlanColumn) -> DataRefused:
    """Return the fault of a text with U+0000, which PostgreSQL has in no text."""
    return DataRefused(
        _(
            "Column '%(column)s' of table '%(table)s' holds a text with the character "
            "U+0000, which PostgreSQL cannot store."
        )
        % {"table": plan.table, "column": column.name},
        _("Take the character out of the row in the source, then retry."),
    )


def too_large(plan: TablePlan, column: PlanColumn) -> DataRefused:
    """Return the fault of a whole number that is larger than SQLite's."""
    return DataRefused(
        _(
            "Column '%(column)s' of table '%(table)s' holds a number that does not fit "
            "into SQLite's 64 bits."
        )
        % {"table": plan.table, "column": column.name},
        _("Correct the row in the source, then retry."),
    )


def digits_lost(plan: TablePlan, column: PlanColumn) -> DataRefused:
    """Return the fault of a number with more digits than the engine keeps."""
    return DataRefused(
        _(
            "Column '%(column)s' of table '%(table)s' holds a number with more digits "
            "than the destination keeps."
        )
        % {"table": plan.table, "column": column.name},
        _("Round the number in the source, or exclude the table."),
    )
