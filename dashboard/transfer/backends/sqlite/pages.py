"""Reads a table piece by piece, with no statement open in between.

A statement keeps the file's SHARED lock until its last row is read, and with a
rollback journal nobody commits meanwhile (SQLite manual, "File Locking And
Concurrency", section 5). The file may be the one that the project's pages and
the console's own tables lie in, so whoever reads gives way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from ...batches import gathered
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
PAGE_ROWS = 2_000

_numbers = count()


def row_number(session: SQLiteSession, table: str, *, stored: bool = True) -> str:
    """Return what the row number of a table is called, or "".

    A view and a table WITHOUT ROWID have none, and a column may have its name. Of rows
    that are not read from the table itself (``stored``) nobody sees it.
    """
    if not stored:
        return ""
    schema, name = session.schema_and_name(table)
    of = f"{session.quote(schema)}." if schema else ""
    info = session.query(f"PRAGMA {of}table_xinfo({session.quote(name)})")
    names = {str(row[1]).lower() for row in info}
    for found in ROW_NUMBERS:
        if found in names:
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
    long: Sequence[int],
) -> Iterator[list[Row]]:
    """Yield the rows of a range in the order of unique columns, by pages.

    ``part`` is asked for FROM, WHERE and ORDER BY of a range of these columns,
    ``long`` are the positions of values of any length.
    """
    if long:
        yield from _gathered_pages(session, columns, order, part, key_range, long)
        return
    # Found by itself: to read the place along with every row costs half as much
    # again.
    places = _places(order)
    select, execute = f"SELECT {', '.join(columns)}", session.connection.execute
    while True:
        source, values = part(key_range)
        bound = f"SELECT {places} {source} LIMIT 1 OFFSET {PAGE_ROWS - 1}"
        found = execute(bound, values).fetchall()
        if not found:
            break
        if None in found[0]:
            # Nothing can go on from a NULL.
            yield from whole(session, columns, (source, values), long)
            return
        upper = place(found[0])
        source, values = part(KeyRange(key_range.lower, upper))
        yield execute(f"{select} {source}", values).fetchall()
        key_range = KeyRange(upper, key_range.upper)
    if rest := execute(f"{select} {source}", values).fetchall():
        yield rest


def _gathered_pages(
    session: SQLiteSession,
    columns: Sequence[str],
    order: Sequence[str],
    part: Callable[[KeyRange], Part],
    key_range: KeyRange,
    long: Sequence[int],
) -> Iterator[list[Row]]:
    """Yield pages that end where enough octets have come; see ``batches.gathered``.

    Each is a statement of its own, in which the place comes along with every row.
    Nothing of a page is kept while the next one is read.
    """
    select = f"SELECT {', '.join(columns)}, {_places(order)}"
    width = 2 * len(order)
    upper = key_range.lower
    while True:
        source, values = part(KeyRange(upper, key_range.upper))
        with closing(session.connection.execute(f"{select} {source}", values)) as rows:
            found = gathered(partial(rows.fetchmany, 1), long)
            page = next(found, [])
            while page and None in page[-1][-width:]:
                # Nothing can go on from a NULL.
                yield _without(page, width)
                page = next(found, [])
        if not page:
            return
        upper = place(page[-1][-width:])
        del found
        yield _without(page, width)


def _without(page: list[Row], width: int) -> list[Row]:
    """Empty a page into one without its rows' last values."""
    rows = [row[:-width] for row in page]
    page.clear()
    return rows


def _places(order: Sequence[str]) -> str:
    # Octets and text arrive alike, and sort apart.
    return ", ".join(f"{name}, typeof({name})" for name in order)


def place(found: Sequence[Any]) -> Key:
    """Return a key out of values and, after each, its storage class."""
    return tuple(
        value.decode("utf-8", "surrogateescape")
        if kind == b"text" and type(value) is bytes
        else value
        for value, kind in zip(found[::2], found[1::2], strict=True)
    )


def whole(
    session: SQLiteSession, columns: Sequence[str], part: Part, long: Sequence[int]
) -> Iterator[list[Row]]:
    """Yield the rows of one statement, for a table that has no order."""
    source, values = part
    sql = f"SELECT {', '.join(columns)} {source}"
    with closing(session.connection.execute(sql, values)) as cursor:
        if long:
            yield from gathered(partial(cursor.fetchmany, 1), long)
        while batch := cursor.fetchmany(PAGE_ROWS):
            yield batch


def windows(
    session: SQLiteSession,
    rows: str,
    number: str,
    condition: Callable[[KeyRange], Part],
    key_range: KeyRange,
) -> Iterator[Part]:
    """Yield conditions that divide the rows of a range into some at a time.

    ``number`` is an integer that no two rows share and none lacks, ``condition``
    makes the condition of a range of it.
    """
    while True:
        # One lower bound, not a second one beside the range's own: SQLite seeks by
        # one of two and would read all rows before the window again each time.
        where, values = condition(key_range)
        found = session.query(
            f"SELECT {number} FROM {rows} WHERE {where} "  # noqa: S608
            f"ORDER BY {number} LIMIT 1 OFFSET {WINDOW_ROWS - 1}",
            values,
        )
        # A column that is declared as an integer may hold something else.
        if not found or not isinstance(found[0][0], int):
            break
        upper = (found[0][0],)
        yield condition(KeyRange(key_range.lower, upper))
        key_range = KeyRange(upper, key_range.upper)
    yield condition(key_range)


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
