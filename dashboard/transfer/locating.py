"""Which table and column an error is about, where the server does not say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from django.utils.translation import gettext as _

from .backends.base import Session
from .errors import CountMismatch, DataRefused, TransferError, Unsupported
from .plan import TablePlan

# A table of one column, in which nothing is kept.
PROBE = "migration_console_probe"

LASTING = (DataRefused, Unsupported, CountMismatch)

Move = Callable[[TablePlan, TablePlan], object]
"""Moves what the first plan reads into the table of the second."""


def _is_lasting(error: TransferError) -> bool:
    # The base class itself is what a missing privilege is.
    return type(error) is TransferError or isinstance(error, LASTING)


class _Undone(Exception):
    """Raised so that a transaction is rolled back."""


@contextmanager
def located(destination: Session, plan: TablePlan, move: Move) -> Iterator[None]:
    """Let a lasting error of the block name its table and, if found, its column.

    To find it every column is moved once more by itself, into a temporary table
    that is like it; so the block has to have ended its transaction.
    """
    try:
        yield
    except TransferError as error:
        if error.is_located or not _is_lasting(error):
            raise
        raise _named(destination, plan, move, error) from error


def named(table: str, error: TransferError) -> TransferError:
    """Return the error with the table's name in it."""
    if f"'{table}'" in error.message:
        return error
    said = _("Table '%(table)s': %(said)s") % {"table": table, "said": error.message}
    return type(error)(said, error.remedy, code=error.code)


def without_table(table: str, message: str) -> str:
    """Return what ``named`` has made, without the table that is named besides."""
    place = _("Table '%(table)s': %(said)s") % {"table": table, "said": ""}
    return message.removeprefix(place)


def _named(
    destination: Session, plan: TablePlan, move: Move, error: TransferError
) -> TransferError:
    if not any(f"'{column.name}'" in error.message for column in plan.columns):
        found = probed(destination, plan, move)
        error = found[0] if found else error
    return named(plan.table, error)


def probed(
    destination: Session, plan: TablePlan, move: Move
) -> tuple[TransferError, str] | None:
    """Return the first column that cannot be moved by itself, after its error."""
    for column in plan.written:
        # What cannot be tried, for want of a privilege say, tells nothing.
        with suppress(Exception):
            error = _probe(destination, replace(plan, columns=(column,)), move)
            if error is not None:
                return error, column.name
    return None


def _probe(destination: Session, plan: TablePlan, move: Move) -> TransferError | None:
    (column,) = plan.columns
    quote = destination.quote
    try:
        with destination.transaction():
            of = f"{quote(column.name)} FROM {destination.quote_table(plan.table)}"
            destination.execute(
                f"CREATE TEMPORARY TABLE {PROBE} AS SELECT {of} WHERE 1 = 0"
            )
            move(plan, replace(plan, table=PROBE))
            raise _Undone
    except _Undone:
        return None
    except TransferError as error:
        return _of_column(plan, error) if _is_lasting(error) else None
    finally:
        with suppress(TransferError):
            destination.execute(f"DROP TABLE {PROBE}")


def _of_column(plan: TablePlan, error: TransferError) -> TransferError:
    name = plan.columns[0].name
    said = error.message.replace(PROBE, plan.table)
    if f"'{name}'" not in said:
        said = _("Column '%(column)s': %(said)s") % {"column": name, "said": said}
    return type(error)(said, error.remedy, code=error.code)
