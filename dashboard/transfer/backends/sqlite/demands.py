"""What SQLite's tables demand of their rows together, and a table to try them in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ...demands import Check, Demands, Unique
from ..clauses import OF_SQLITE, Definition, definitions, divided, enclosed, mentioned

if TYPE_CHECKING:
    from .session import SQLiteSession

# Of an expression there is no name.
UNIQUES = """
    SELECT m.name, i.name, i.origin, i.partial, x.name, x.coll, coalesce(s.sql, '')
    FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_xinfo(i.name) x
         LEFT JOIN sqlite_master s ON s.type = 'index' AND s.name = i.name
    WHERE m.type = 'table' AND i."unique" AND x.key
    ORDER BY m.name, i.seq, x.seqno
"""
STATEMENTS = "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
STATEMENT = f"{STATEMENTS} AND name = ?"
COLUMNS = "SELECT name, type, hidden FROM pragma_table_xinfo(?) ORDER BY cid"

EXACT = "BINARY"
PRIMARY = "PRIMARY KEY"
GENERATED = ("2", "3", 2, 3)

Rows = list[tuple[Any, ...]]


def demands(session: SQLiteSession, tables: Sequence[str]) -> dict[str, Demands]:
    """Return what these tables demand, by their names; see the contract."""
    rows: dict[str, Rows] = defaultdict(list)
    for name, *row in session.query(UNIQUES):
        rows[name].append(tuple(row))
    statements = dict(session.query(STATEMENTS))
    known = session.catalog.tables(tables)
    found = {}
    for name in tables:
        lines = definitions(str(statements.get(name, "")), OF_SQLITE)
        key = known[name].key if name in known else ()
        uniques = (
            *_uniques(session, rows[name], lines),
            *_rowid(session, rows[name], key),
        )
        found[name] = Demands(uniques, tuple(_checks(lines)))
    return found


def _uniques(
    session: SQLiteSession, rows: Rows, lines: list[Definition]
) -> Iterator[Unique]:
    by_index: dict[str, Rows] = defaultdict(list)
    for index, _, *row in rows:
        by_index[index].append(tuple(row))
    columns = [line.column for line in lines if line.column]
    for index, parts in by_index.items():
        is_partial, *_, sql = parts[0]
        texts, where = _of_statement(sql)
        made = tuple(
            f"{session.quote(name)} COLLATE {collation}" if name else texts[place]
            for place, (_, name, collation, _) in enumerate(parts)
        )
        names = [name for _, name, _, _ in parts]
        is_plain = all(names) and not int(is_partial)
        others = mentioned(" ".join([*made, where]), OF_SQLITE, columns)
        yield Unique(
            index,
            tuple(names) if is_plain else others,
            made,
            where,
            is_plain=is_plain,
            is_exact=all(collation == EXACT for _, _, collation, _ in parts),
        )


def _of_statement(sql: str) -> tuple[list[str], str]:
    """Return the parts of a CREATE INDEX, and its condition or ""."""
    tokens = OF_SQLITE.findall(sql)
    inside, end = enclosed(tokens, 0)
    parts = ["".join(part).strip() for part in divided(inside)]
    words = [word for word in tokens[end:] if not word.startswith(("--", "/*"))]
    rest = "".join(words).strip()
    where = rest[len("WHERE") :].strip().rstrip(";") if rest else ""
    return [_unordered(part) for part in parts], where


def _unordered(part: str) -> str:
    head, _, last = part.rpartition(" ")
    return head if last.upper() in ("ASC", "DESC") else part


def _rowid(
    session: SQLiteSession, rows: Rows, key: tuple[str, ...]
) -> Iterator[Unique]:
    """Yield the key that is the rowid, which has no index."""
    if key and all(origin != "pk" for _, origin, *_ in rows):
        parts = tuple(map(session.quote, key))
        yield Unique(PRIMARY, key, parts, is_plain=True, is_exact=True)


def _checks(lines: list[Definition]) -> Iterator[Check]:
    columns = [line.column for line in lines if line.column]
    for line in lines:
        for name, condition in line.checks():
            names = mentioned(condition, OF_SQLITE, columns)
            # PRAGMA ignore_check_constraints lets rows in that break it.
            yield Check(name or condition, names, condition, is_proved=False)


def make_shadow(
    session: SQLiteSession,
    table: str,
    columns: Collection[str],
    called: str,
    *,
    alone: bool,
) -> str:
    """Make the table, see ``make_shadow`` of the contract, and return its name."""
    quote = session.quote
    found = session.query(STATEMENT, (table,))
    lines = definitions(str(found[0][1]) if found else "", OF_SQLITE)
    names = {name.lower() for name in columns}
    by_name = {line.column.lower(): line for line in lines if line.column}
    made = [
        _definition(session, name, kind, hidden, by_name.get(name.lower()))
        for name, kind, hidden in session.query(COLUMNS, (table,))
        if name.lower() in names
    ]
    session.execute(f"DROP TABLE IF EXISTS temp.{quote(called)}")
    session.execute(f"CREATE TEMPORARY TABLE {quote(called)} ({', '.join(made)})")
    if alone:
        # Nothing is written into the file: whoever writes there is not kept waiting.
        session.begin = "BEGIN"
    # As between the quotes of Django's db_table.
    return f'temp"."{called}'


def _definition(
    session: SQLiteSession, name: str, kind: str, hidden: Any, line: Definition | None
) -> str:
    quoted = session.quote(name)
    if hidden in GENERATED and line is not None:
        return f"{quoted} {kind} AS ({line.bracket_after('AS')})"
    collation = line.after("COLLATE") if line is not None else ""
    return f"{quoted} {kind}" + (f" COLLATE {collation}" if collation else "")
