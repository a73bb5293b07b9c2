"""Reads a table piece by piece, with no statement open in between.

A statement keeps the file's SHARED lock until its last row is read, and with a
rollback journal nobody commits meanwhile (SQLite manual, "File Locking And
Concurrency", section 5). The file may be the one that the project's pages and
the console's own tables lie in, so whoever reads gives way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

from ...errors import TransferError
from ...keys import Key, KeyRange

if TYPE_CHECKING:
    from .session import SQLiteSession

Row = tuple[Any, ...]
Part = tuple[str, list[Any]]
"""FROM, WHERE and what follows, with the values of its placeholders."""

ROW_NUMBERS = ("rowid", "_rowid_", "oid")
# Rows of a piece that a statement looks at, some hundredths of a second.
WINDOW_ROWS = 5_000

_numbers = count()


def row_number(session: SQLiteSession, table: str) -> str:
    """Return what the row number of a table is called, or "".

    A view and a table WITHOUT ROWID have none, and a column may have its name.
    """
    schema, name = session.schema_and_name(table)
    of = f"{session.quote(schema)}." if schema else ""
    info = session.query(f"PRAGMA {of}table_xinfo({session.quote(name)})")
    columns = {str(row[1]).lower() for row in info}
    for found in ROW_NUMBERS:
        if found in columns:
            continue
        try:
            session.query(f"SELECT {found} FROM {session.quote_table(table)} LIMIT 0")  # noqa: S608
        except TransferError:
            return ""
        return found
    return ""


def pages(
    session: SQLiteSession,
    columns: Sequence[str],
    order: Sequence[str],
    part: Callable[[KeyRange], Part],
    key_range: KeyRange,
    rows: Callable[[], int],
) -> Iterator[list[Row]]:
    """Yield the rows of a range in the order of unique columns, by pages.

    ``part`` is asked for FROM, WHERE and ORDER BY of a range of these columns,
    ``rows`` for the size of the next page.
    """
    # Octets and text arrive alike, and sort apart. Found by itself: to read the
    # place along with every row costs half as much again.
    places = ", ".join(f"{name}, typeof({name})" for name in order)
    select, execute = f"SELECT {', '.join(columns)}", session.connection.execute
    while True:
        source, values = part(key_range)
        bound = f"SELECT {places} {source} LIMIT 1 OFFSET {rows() - 1}"
        found = execute(bound, values).fetchall()
        if not found:
            break
        if None in found[0]:
            # Nothing can go on from a NULL.
            yield from whole(session, columns, (source, values), rows)
            return
        upper = place(found[0])
        source, values = part(KeyRange(key_range.lower, upper))
        yield execute(f"{select} {source}", values).fetchall()
        key_range = KeyRange(upper, key_range.upper)
    if rest := execute(f"{select} {source}", values).fetchall():
        yield rest


def place(found: Sequence[Any]) -> Key:
    """Return a key out of values and, after each, its storage class."""
    return tuple(
        value.decode("utf-8", "surrogateescape")
        if kind == b"text" and type(value) is bytes
        else value
        for value, kind in zip(found[::2], found[1::2], strict=True)
    )


def whole(
    session: SQLiteSession,
    columns: Sequence[str],
    part: Part,
    rows: Callable[[], int],
) -> Iterator[list[Row]]:
    """Yield the rows of one statement, for a table that has no order."""
    source, values = part
    sql = f"SELECT {', '.join(columns)} {source}"
    with closing(session.connection.execute(sql, values)) as cursor:
        while batch := cursor.fetchmany(rows()):
            yield batch


def windows(
    session: SQLiteSession, rows: str, number: str, within: Part
) -> Iterator[Part]:
    """Yield conditions that divide the rows of a table into some at a time.

    ``number`` is an integer that no two rows share, ``within`` the condition that
    all of them are to fulfil besides.
    """
    condition, values = within
    yield f"{condition} AND {number} IS NULL", values
    while True:
        found = session.query(
            f"SELECT {number} FROM {rows} WHERE {condition} "  # noqa: S608
            f"ORDER BY {number} LIMIT 1 OFFSET {WINDOW_ROWS - 1}",
            values,
        )
        # A column that is declared as an integer may hold something else.
        if not found or not isinstance(found[0][0], int):
            break
        yield f"{condition} AND {number} <= ?", [*values, found[0][0]]
        condition = f"{within[0]} AND {number} > ?"
        values = [*within[1], found[0][0]]
    yield f"{condition} AND {number} IS NOT NULL", values


@contextmanager
def sorting(session: SQLiteSession, columns: int) -> Iterator[str]:
    """Make a temporary table, which keeps every value as it is, and drop it.

    A session that may not write may do so meanwhile: its file is opened for
    reading only.
    """
    table = f"temp.mc_sorted_{next(_numbers)}"
    names = ", ".join(f"c{number}" for number in range(columns))
    was_read_only = session.query("PRAGMA query_only")[0][0]
    session.execute("PRAGMA query_only = OFF")
    try:
        session.execute(f"CREATE TABLE {table} ({names})")
        try:
            yield table
        finally:
            session.execute(f"DROP TABLE {table}")
    finally:
        session.execute(f"PRAGMA query_only = {was_read_only}")
