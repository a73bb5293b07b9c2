"""What is asked of many tables at once: a hundred of them in one statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from ..errors import TooMuch, TransferError
from .base import Session

# Expressions in one SELECT: PostgreSQL takes 1664, SQLite 2000, MySQL 4096.
AT_ONCE = 100
# Characters of them: a server of MySQL may take no more than a megabyte (of up to four
# octets each), and ends the connection of a longer statement, which looks like a cut.
MOST_CHARACTERS = 200_000

# Rows up to which a table is counted beside others. Counting a larger one takes long:
# a limit on time, of the server or of the connection, is for one table.
COUNTED_TOGETHER = 10_000

K = TypeVar("K")

# What a statement is run inside of, such as a limit on its time.
Within = Callable[[], AbstractContextManager[Any]]


def values(session: Session, expressions: Mapping[K, str]) -> dict[K, Any]:
    """Return the value of each SQL expression, in driver values, by its name.

    Columns of one row, so that each keeps its own type. Raises the TransferError of
    the first that cannot be had: each is asked for alone where some fail or are too
    much together, unless the transaction that is open has ended by the failure.
    """
    found: dict[K, Any] = {}
    for part in _parts(expressions):
        try:
            found |= _asked(session, part)
        except TransferError as error:
            # A hundred tables may be more locks, or more time, than a server gives.
            passes = error.retriable and not isinstance(error, TooMuch)
            if passes or session.is_aborted:
                raise
            for name, sql in part.items():
                found |= _asked(session, {name: sql})
    return found


def tried(
    session: Session, expressions: Mapping[K, str], within: Within = nullcontext
) -> tuple[dict[K, Any], dict[K, TransferError]]:
    """Return the values that can be had, and what keeps the others from being had.

    Each statement is run inside of what ``within`` returns.
    """
    found: dict[K, Any] = {}
    faults: dict[K, TransferError] = {}
    for part in _parts(expressions):
        try:
            with within():
                found |= _asked(session, part)
        except TransferError:
            for name, sql in part.items():
                try:
                    with within():
                        found |= _asked(session, {name: sql})
                except TransferError as error:
                    faults[name] = error
    return found, faults


def _parts(expressions: Mapping[K, str]) -> Iterator[dict[K, str]]:
    part: dict[K, str] = {}
    characters = 0
    for name, sql in expressions.items():
        characters += len(sql)
        if part and (len(part) == AT_ONCE or characters > MOST_CHARACTERS):
            yield part
            part, characters = {}, len(sql)
        part[name] = sql
    if part:
        yield part


def _asked(session: Session, expressions: Mapping[K, str]) -> dict[K, Any]:
    (row,) = session.query(f"SELECT {', '.join(expressions.values())}")
    return dict(zip(expressions, row, strict=True))


def filled(session: Session, tables: Iterable[str]) -> set[str]:
    """Return those of the tables that hold rows."""
    found = values(
        session,
        {
            name: f"EXISTS (SELECT 1 FROM {session.rows_of(name)})"  # noqa: S608
            for name in tables
        },
    )
    return {name for name, holds in found.items() if holds}


def counts(session: Session, tables: Iterable[str]) -> dict[str, int]:
    """Return how many rows each table holds, counted; a large table by itself."""
    found = counts_up_to(session, tables, COUNTED_TOGETHER)
    return {
        name: rows if rows < COUNTED_TOGETHER else session.catalog.count(name)
        for name, rows in found.items()
    }


def counts_up_to(session: Session, tables: Iterable[str], most: int) -> dict[str, int]:
    """Return how many rows each table holds, of each counted no further than that."""
    rows = {name: session.rows_of(name) for name in tables}
    return counted_up_to(session, rows, most)


def counted_up_to(session: Session, rows: Mapping[K, str], most: int) -> dict[K, int]:
    """Return how many rows each expression for FROM has, up to so many."""
    expressions = {
        name: f"(SELECT count(*) FROM (SELECT 1 FROM {source} "  # noqa: S608
        f"LIMIT {int(most)}) some_of_them)"
        for name, source in rows.items()
    }
    return {name: int(rows) for name, rows in values(session, expressions).items()}


def rows_in(session: Session, table: str) -> str:
    """Return the expression that counts the rows of a table."""
    return f"(SELECT count(*) FROM {session.rows_of(table)})"  # noqa: S608


def unreadable(
    session: Session, columns: Mapping[str, Sequence[str]]
) -> dict[str, TransferError]:
    """Return what keeps the account from reading all rows and columns of tables.

    ``columns`` are those to be read, by table. Nothing is read.
    """
    nothing = {
        table: _none_of(session, table, names) for table, names in columns.items()
    }
    return tried(session, nothing)[1]


def _none_of(session: Session, table: str, columns: Sequence[str]) -> str:
    names = ", ".join(map(session.quote, columns))
    rows = f"SELECT {names} FROM {session.quote_table(table)} LIMIT 0"  # noqa: S608
    return f"(SELECT count(*) FROM ({rows}) none_of_them)"  # noqa: S608
