"""Auto-increments of MySQL, and MariaDB's sequences where a default draws on one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ...errors import TransferError
from ...sequences import NumberSequence

if TYPE_CHECKING:
    from .session import MySQLSession

# Two statements: MariaDB opens every table of a database that a join restricts.
AUTOMATIC = """
    SELECT table_name, column_name, column_type FROM information_schema.columns
    WHERE table_schema = %s AND table_name IN ({names})
      AND extra LIKE '%%auto_increment%%'
"""
FOLLOWING = """
    SELECT table_name, auto_increment FROM information_schema.tables
    WHERE table_schema = %s AND table_name IN ({names})
"""

# MariaDB writes nextval(`database`.`sequence`), however it was given.
DEFAULTS = """
    SELECT table_name, column_name, column_default FROM information_schema.columns
    WHERE table_schema = %s AND table_name IN ({names})
      AND column_default LIKE '%%nextval(%%'
"""
TRIGGERS = """
    SELECT event_object_table, action_statement FROM information_schema.triggers
    WHERE event_object_schema = %s AND event_object_table IN ({names})
      AND event_manipulation = 'INSERT' AND action_timing = 'BEFORE'
"""

NAME = r"((?:`(?:[^`]|``)+`|[\w$]+)(?:\.(?:`(?:[^`]|``)+`|[\w$]+))?)"
DRAWS = re.compile(
    rf"(?:nextval\s*\(\s*{NAME}\s*\)|next\s+value\s+for\s+{NAME})", re.IGNORECASE
)
ASSIGNS = re.compile(
    rf"NEW\s*\.\s*(`(?:[^`]|``)+`|[\w$]+)\s*:?=[^;]*?{DRAWS.pattern}", re.IGNORECASE
)

FACTS = """
    SELECT next_not_cached_value, minimum_value, maximum_value, start_value, increment
    FROM {name}
"""

BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}

# Tables in one statement.
AT_ONCE = 500


def sequences(session: MySQLSession, tables: Sequence[str]) -> list[NumberSequence]:
    """Return auto-increments, and the sequences of defaults and of triggers."""
    schemas: dict[str, dict[str, str]] = defaultdict(dict)
    for table in tables:
        schema, name = session.place(table)
        schemas[schema][name] = table
    found: list[NumberSequence] = []
    for schema, names in schemas.items():
        every = list(names)
        for start in range(0, len(every), AT_ONCE):
            place = (schema, *every[start : start + AT_ONCE])
            found += [
                replace(one, table=names[one.table]) for one in _found(session, place)
            ]
    return found


Place = tuple[str, ...]
"""A database, and names of tables in it."""


def _found(session: MySQLSession, place: Place) -> Iterator[NumberSequence]:
    yield from _automatic(session, place)
    if session.is_mariadb:
        for table, column, name in _drawing(session, place):
            yield _sequence(session, table, column, name)


def _ask(session: MySQLSession, sql: str, place: Place) -> list[tuple[str, ...]]:
    names = ", ".join(["%s"] * (len(place) - 1))
    return session.query(sql.format(names=names), place)


def _automatic(session: MySQLSession, place: Place) -> Iterator[NumberSequence]:
    columns = _ask(session, AUTOMATIC, place)
    if not columns:
        return
    names = (place[0], *dict.fromkeys(table for table, *_ in columns))
    following = {row[0]: row[1] for row in _ask(session, FOLLOWING, names)}
    for table, column, column_type in columns:
        last = int(following.get(table) or 1) - 1
        most = _greatest(column_type)
        yield NumberSequence(table, column, most=most, last=last)


def _greatest(column_type: str) -> int:
    name = re.split(r"[ (]", column_type, maxsplit=1)[0]
    # A float may be one, too, and holds whole numbers up to its digits.
    bits = BITS.get(name, 53)
    return int(2 ** (bits if "unsigned" in column_type else bits - 1)) - 1


def _drawing(session: MySQLSession, place: Place) -> Iterable[tuple[str, str, str]]:
    """Yield table, column, and sequence as SQL names it."""
    for table, column, default in _ask(session, DEFAULTS, place):
        if match := DRAWS.search(default):
            yield table, column, match[1] or match[2]
    for table, statement in _ask(session, TRIGGERS, place):
        for match in ASSIGNS.finditer(statement):
            column = match[1].strip("`").replace("``", "`")
            yield table, column, match[2] or match[3]


def _sequence(
    session: MySQLSession, table: str, column: str, name: str
) -> NumberSequence:
    sql_name = name.replace("%", "%%")
    to_grant = f"GRANT SELECT, INSERT ON {name} TO …"
    try:
        rows = session.query(FACTS.format(name=sql_name))
    except TransferError:
        return NumberSequence(
            table, column, name, last=None, settable=False, to_grant=to_grant
        )
    following, least, most, start, step = map(int, rows[0])
    return NumberSequence(
        table=table,
        column=column,
        name=name,
        # 0 follows the server's auto_increment_increment.
        step=step or 1,
        start=start,
        least=least,
        most=most,
        # Numbers that a session keeps for itself count as given out.
        last=following - (step or 1),
        to_enlarge=f"ALTER SEQUENCE {name} MAXVALUE {2**63 - 2}",
        to_grant=to_grant,
    )


def advance(session: MySQLSession, sequence: NumberSequence, beyond: int) -> None:
    """Let the next number lie beyond another one, if it does not yet."""
    if sequence.is_beyond(beyond):
        return
    if sequence.name:
        # It is NULL, and nothing happens, where the sequence is further by now.
        name = sequence.name.replace("%", "%%")
        session.query(f"SELECT SETVAL({name}, %s, 1)", (sequence.at_or_beyond(beyond),))
        return
    # InnoDB never lets it fall to a number that is in use.
    table = session.quote_table(sequence.table)
    session.execute(f"ALTER TABLE {table} AUTO_INCREMENT = {beyond + 1}")


def advancing_sql(session: MySQLSession, sequence: NumberSequence, beyond: int) -> str:
    """Return the statement for people; see ``Numbered.advancing_sql``."""
    if sequence.is_beyond(beyond):
        return ""
    if sequence.name:
        return f"SELECT SETVAL({sequence.name}, {sequence.at_or_beyond(beyond)}, 1);"
    # As a person writes it, not as a format string.
    table = session.quote_table(sequence.table).replace("%%", "%")
    return f"ALTER TABLE {table} AUTO_INCREMENT = {beyond + 1};"
