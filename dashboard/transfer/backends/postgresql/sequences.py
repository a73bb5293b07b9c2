"""Sequences of PostgreSQL: identities, defaults, and functions that defaults call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...sequences import NumberSequence, UnknownSource

if TYPE_CHECKING:
    from .session import PostgreSQLSession

# An identity, a sequence that the default itself names, and one that belongs to
# the column without feeding it (deptype a).
BY_DEPENDENCY = """
    WITH tables AS MATERIALIZED (
        SELECT t.name, to_regclass(t.class)::oid AS number
        FROM unnest(%s::text[], %s::text[]) t(name, class)
    ), fed AS (
        SELECT t.name, p.refobjsubid AS place, s.oid, p.deptype = 'i' AS feeds
        FROM tables t
        JOIN pg_depend p ON p.refclassid = 'pg_class'::regclass
            AND p.refobjid = t.number AND p.refobjsubid > 0
            AND p.classid = 'pg_class'::regclass AND p.deptype IN ('a', 'i')
        JOIN pg_class s ON s.oid = p.objid AND s.relkind = 'S'
        UNION ALL
        SELECT t.name, d.adnum, s.oid, true
        FROM tables t
        JOIN pg_attrdef d ON d.adrelid = t.number
        JOIN pg_depend p ON p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid
            AND p.refclassid = 'pg_class'::regclass
        JOIN pg_class s ON s.oid = p.refobjid AND s.relkind = 'S'
    )
    SELECT f.name, a.attname::text, f.oid, bool_or(f.feeds)
    FROM fed f
    JOIN tables t ON t.name = f.name
    JOIN pg_attribute a ON a.attrelid = t.number AND a.attnum = f.place
    GROUP BY f.name, a.attname, f.oid
    ORDER BY f.name, a.attname, f.oid
"""

# Columns that hold fewer numbers than a sequence may have.
NARROW = """
    SELECT t.name, a.attname::text,
           CASE a.atttypid WHEN 'int2'::regtype THEN 16 ELSE 32 END
    FROM unnest(%s::text[], %s::text[]) t(name, class)
    JOIN pg_attribute a ON a.attrelid = to_regclass(t.class)
        AND a.attnum > 0 AND a.atttypid IN ('int2'::regtype, 'int4'::regtype)
"""

# What no dependency tells: a name given as text, and functions.
DEFAULTS = """
    SELECT t.name, a.attname::text, pg_get_expr(d.adbin, d.adrelid),
           a.attnum = ANY(coalesce(i.indkey::int2[], '{}'))
    FROM unnest(%s::text[], %s::text[]) t(name, class)
    JOIN pg_attribute a ON a.attrelid = to_regclass(t.class)
        AND a.attnum > 0 AND a.attgenerated = ''
    JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
    WHERE a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype,
                         'numeric'::regtype)
      AND pg_get_expr(d.adbin, d.adrelid) LIKE '%%(%%'
"""

# A trigger before the insertion of each row (tgtype: row 1, before 2, insert 4).
TRIGGERS = """
    SELECT t.name, pg_get_functiondef(g.tgfoid)
    FROM unnest(%s::text[], %s::text[]) t(name, class)
    JOIN pg_trigger g ON g.tgrelid = to_regclass(t.class)
    JOIN pg_proc f ON f.oid = g.tgfoid AND f.prokind = 'f'
    WHERE NOT g.tgisinternal AND g.tgtype & 7 = 7 AND g.tgenabled <> 'D'
"""

FUNCTIONS = """
    SELECT f.oid, f.proname::text, l.lanname::text, pg_get_functiondef(f.oid)
    FROM pg_proc f
    JOIN pg_namespace n ON n.oid = f.pronamespace
    JOIN pg_language l ON l.oid = f.prolang
    WHERE f.proname = ANY(%s) AND f.prokind = 'f'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema')
"""

NUMBER = """
    SELECT s.oid FROM pg_class s WHERE s.oid = to_regclass(%s) AND s.relkind = 'S'
"""

FACTS = """
    SELECT s.oid, s.oid::regclass::text, q.seqtypid::regtype::text, q.seqincrement,
           q.seqstart, q.seqmin, q.seqmax,
           has_sequence_privilege(s.oid, 'SELECT'),
           has_sequence_privilege(s.oid, 'UPDATE'), quote_ident(current_user)
    FROM pg_class s JOIN pg_sequence q ON q.seqrelid = s.oid
    WHERE s.oid = ANY(%s)
"""

# The literal may stand inside another one, its quotes doubled, or be cast.
DRAWS = re.compile(r"\bnextval\s*\([\s(]*'+((?:[^'\"]|\"[^\"]*\")+)'+", re.IGNORECASE)
CALLS = re.compile(r"(?:[\w$]+|\"[^\"]+\")(?=\s*\()")
COLUMN = r"NEW\s*\.\s*([\w$]+|\"[^\"]+\")"
ASSIGNS = re.compile(rf"{COLUMN}\s*:?=\s*([^;]+);", re.IGNORECASE)
SELECTS = re.compile(
    rf"SELECT\s+([^;]+?)\s+INTO\s+(?:STRICT\s+)?{COLUMN}", re.IGNORECASE
)

READABLE = {"sql", "plpgsql"}
# A function calls a function, which calls another one.
DEPTH = 5
# Sequences whose last numbers are asked for in one statement.
AT_ONCE = 200

Fed = tuple[str, str, int, bool]
"""Table, column, number of the sequence, and whether it feeds the column."""


def sequences(
    session: PostgreSQLSession, tables: Sequence[str]
) -> list[NumberSequence]:
    """Return every sequence that feeds a column of these tables."""
    fed: list[Fed] = list(session.query(BY_DEPENDENCY, _named(session, tables)))
    known = {(table, column) for table, column, _, feeds in fed if feeds}
    for table, column, text, _ in _expressions(session, tables):
        if (table, column) not in known:
            numbers = _Search(session).sequences(text)
            fed += [(table, column, number, True) for number in numbers]
    described = _described(session, {number for _, _, number, _ in fed})
    narrow = {
        (table, column): bits
        for table, column, bits in session.query(NARROW, _named(session, tables))
    }
    return [
        _feeding(described[number], table, column, narrow.get((table, column)), feeds)
        for table, column, number, feeds in fed
    ]


def _feeding(
    found: NumberSequence, table: str, column: str, bits: int | None, feeds: bool
) -> NumberSequence:
    """Return the sequence with what the column can hold as its bounds, too."""
    one = replace(found, table=table, column=column, is_required=feeds)
    if bits is None:
        return one
    most, least = 2 ** (bits - 1) - 1, -(2 ** (bits - 1))
    is_narrower = one.least <= least if one.descends else one.most >= most
    if not is_narrower:
        return one
    change = f"ALTER TABLE {table} ALTER {column} TYPE bigint"
    sql = f"{change}; {one.to_enlarge}"
    bounds = {"least": least} if one.descends else {"most": most}
    return replace(one, to_enlarge=sql, **bounds)


def _named(
    session: PostgreSQLSession, tables: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Return the tables as the statements above take them."""
    return list(tables), [session.regclass(table) for table in tables]


def unknown_sources(
    session: PostgreSQLSession, tables: Sequence[str]
) -> list[UnknownSource]:
    """Return the columns of keys whose default hides where its numbers are from."""
    fed = session.query(BY_DEPENDENCY, _named(session, tables))
    known = {(table, column) for table, column, _, feeds in fed if feeds}
    found = []
    for table, column, text, in_key in _expressions(session, tables):
        if not in_key or (table, column) in known:
            continue
        search = _Search(session)
        if search.sequences(text):
            continue
        hidden_in = search.hidden_in or ("nextval" if "nextval" in text else "")
        if hidden_in:
            found.append(UnknownSource(table, column, hidden_in))
    return found


def _expressions(
    session: PostgreSQLSession, tables: Sequence[str]
) -> Iterator[tuple[str, str, str, bool]]:
    """Yield table, column, what gives it its value, and whether it is in the key."""
    yield from session.query(DEFAULTS, _named(session, tables))
    for table, definition in session.query(TRIGGERS, _named(session, tables)):
        for match in ASSIGNS.finditer(definition):
            yield table, _plain(match[1]), match[2], False
        for match in SELECTS.finditer(definition):
            yield table, _plain(match[2]), match[1], False


def _plain(name: str) -> str:
    return name.strip('"') if name.startswith('"') else name.lower()


class _Search:
    """Looks through an expression and the functions that it calls."""

    def __init__(self, session: PostgreSQLSession) -> None:
        self._session = session
        self._seen: set[int] = set()
        # A function that draws numbers, or may do so, where nobody can see it.
        self.hidden_in = ""

    def sequences(self, text: str, depth: int = DEPTH) -> set[int]:
        """Return the numbers of the sequences that are named in it."""
        found = set()
        for match in DRAWS.finditer(text):
            for (number,) in self._session.query(NUMBER, (match[1],)):
                found.add(number)
        if not depth:
            return found
        names = {_plain(name) for name in CALLS.findall(text)}
        for number, name, language, body in self._functions(names):
            inner = self.sequences(body, depth - 1)
            is_open = language in READABLE and "nextval" not in body.lower()
            if not inner and not is_open:
                self.hidden_in = self.hidden_in or name
            found |= inner
            self._seen.add(number)
        return found

    def _functions(self, names: Iterable[str]) -> list[tuple[Any, ...]]:
        wanted = sorted(set(names) - {"nextval"})
        if not wanted:
            return []
        found = self._session.query(FUNCTIONS, (wanted,))
        new = [row for row in found if row[0] not in self._seen]
        self._seen |= {row[0] for row in new}
        return new


def _described(
    session: PostgreSQLSession, numbers: set[int]
) -> dict[int, NumberSequence]:
    found: dict[int, NumberSequence] = {}
    rows = session.query(FACTS, (sorted(numbers),)) if numbers else []
    for number, name, kind, step, start, least, most, reads, sets, account in rows:
        found[number] = NumberSequence(
            table="",
            column="",
            name=name,
            step=step,
            start=start,
            least=least,
            most=most,
            last=0 if reads else None,
            settable=sets,
            to_enlarge=(
                f"ALTER SEQUENCE {name} NO MAXVALUE NO MINVALUE"
                if kind == "bigint"
                else f"ALTER SEQUENCE {name} AS bigint"
            ),
            to_grant=f"GRANT SELECT, UPDATE ON SEQUENCE {name} TO {account}",
        )
    readable = [number for number, one in found.items() if one.last is not None]
    for start in range(0, len(readable), AT_ONCE):
        group = readable[start : start + AT_ONCE]
        for number, last in _last(session, [(n, found[n]) for n in group]):
            found[number] = replace(found[number], last=last)
    return found


def _last(
    session: PostgreSQLSession, group: list[tuple[int, NumberSequence]]
) -> list[tuple[int, int]]:
    parts = [
        f"SELECT {number}, last_value, is_called FROM {one.name.replace('%', '%%')}"  # noqa: S608
        for number, one in group
    ]
    steps = {number: one.step for number, one in group}
    return [
        (number, last if called else last - steps[number])
        for number, last, called in session.query(" UNION ALL ".join(parts))
    ]


def advance(session: PostgreSQLSession, sequence: NumberSequence, beyond: int) -> None:
    """Let the next number lie beyond another one, if the sequence is not there yet."""
    if not sequence.is_required and not sequence.reaches(beyond):
        return
    name = sequence.name.replace("%", "%%")
    sign = "<" if sequence.descends else ">"
    # One statement: whoever draws a number meanwhile is not undone by more than
    # this statement's own width.
    sql = f"""
        SELECT setval(%s::regclass, %s::bigint, true)
        FROM (SELECT CASE WHEN is_called THEN last_value::numeric
                          ELSE last_value::numeric - {sequence.step} END AS last
              FROM {name}) s
        WHERE %s::numeric {sign} s.last
    """  # noqa: S608
    number = sequence.at_or_beyond(beyond)
    session.query(sql, (sequence.name, number, beyond))


def advancing_sql(sequence: NumberSequence, beyond: int) -> str:
    """Return the statement for people; see ``Numbered.advancing_sql``."""
    if not sequence.is_required and not sequence.reaches(beyond):
        return ""
    if sequence.is_beyond(beyond):
        return ""
    name = sequence.name.replace("'", "''")
    return f"SELECT setval('{name}', {sequence.at_or_beyond(beyond)}, true);"
