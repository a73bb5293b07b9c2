"""Numbers of an AUTOINCREMENT for rows that are to come, in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...sequences import NumberSequence
from ..reserving import one_by_one, require_room

if TYPE_CHECKING:
    from .session import SQLiteSession


def reserve(session: SQLiteSession, sequence: NumberSequence, rows: int) -> str:
    """Return the number of a row, see the contract: behind all that were given out.

    The transaction holds the file's lock from its beginning, so nobody else reads or
    moves the last number meanwhile.
    """
    table, column = session.quote_table(sequence.table), session.quote(sequence.column)
    with session.transaction():
        used = session.query(f"SELECT max({column}) FROM {table}")[0][0]  # noqa: S608
        found = session.query(
            "SELECT seq FROM sqlite_sequence WHERE name = ?", (sequence.table,)
        )
        last = max(int(used or 0), *(int(seq or 0) for (seq,) in found), 0)
        require_room(sequence, last + rows)
        if not found:
            session.execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES (?, 0)",
                (sequence.table,),
            )
        session.execute(
            "UPDATE sqlite_sequence SET seq = ? WHERE name = ?",
            (last + rows, sequence.table),
        )
    return one_by_one(last + 1)


def as_number(text: str) -> str:
    """Return SQL for the number that a text is, or NULL."""
    number = f"CAST({text} AS INTEGER)"
    return f"CASE WHEN CAST({number} AS TEXT) = {text} THEN {number} END"


def as_text(number: str) -> str:
    """Return SQL for the digits of a number."""
    return f"CAST({number} AS TEXT)"
