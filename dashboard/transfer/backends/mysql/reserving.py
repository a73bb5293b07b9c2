"""Numbers of an auto-increment for rows that are to come, in MySQL and MariaDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from ...errors import Busy
from ...sequences import NumberSequence
from ..reserving import one_by_one, require_room

if TYPE_CHECKING:
    from .session import MySQLSession

# Numbers that are left to others who insert in the same moment, from try to try.
MARGINS = (0, 100, 1_000, 10_000)
DIGITS = "^(0|[1-9][0-9]{0,17})$"


def reserve(session: MySQLSession, sequence: NumberSequence, rows: int) -> str:
    """Return the number of a row, see the contract: of a gap that is left for them.

    ALTER TABLE waits for every transaction that has inserted and keeps new ones off, so
    that afterwards all numbers that were given out before are seen. Where one of them
    lies in the gap another is made, further on. What is given out later lies behind it.
    """
    table, column = session.quote_table(sequence.table), session.quote(sequence.column)
    for margin in MARGINS:
        now = session.schema.sequences([sequence.table])
        used = session.query(f"SELECT max({column}) FROM {table}")[0][0]  # noqa: S608
        last = max(int(used or 0), *(one.last or 0 for one in now), 0)
        first, end = last + margin + 1, last + margin + rows
        require_room(sequence, end)
        session.execute(f"ALTER TABLE {table} AUTO_INCREMENT = {end + 1}")
        within = f"{column} BETWEEN {first} AND {end}"
        sql = f"SELECT count(*) FROM {table} WHERE {within}"  # noqa: S608
        if not int(session.query(sql)[0][0]):
            return one_by_one(first)
    raise Busy(
        _("Others insert into table '%(table)s' all the time.")
        % {"table": sequence.table},
        _("Retry when less is written there."),
    )


def marking_sql(name: str, rows: str, key: str) -> str:
    """Return the statement of the contract; the few rows are read first.

    By IN (SELECT …) MariaDB reads the whole map, and all of the rows for each of its.
    """
    return (
        f"UPDATE {rows} s STRAIGHT_JOIN {name} k ON k.new_key = s.{key} "  # noqa: S608
        "SET k.is_there = 1 WHERE k.is_there = 0"
    )


def as_number(text: str) -> str:
    """Return SQL for the number that a text is, or NULL."""
    return f"CASE WHEN {text} REGEXP '{DIGITS}' THEN CAST({text} AS SIGNED) END"


def as_text(number: str) -> str:
    """Return SQL for the digits of a number."""
    return f"CAST({number} AS CHAR)"
