"""Which keys the rows of one database refer to, that another one does not hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

from .backends.base import Session
from .canonical import SPELLING
from .checksums import ComparedRow, HashedColumn, Layout, Selection
from .columns import ColumnKind, ForeignKey, Table
from .keys import EVERYTHING
from .plan import PlanColumn
from .renumbering import Numbers

# Different keys that are looked for at a time.
BATCH = 2_000

# Of other kinds a key may be anybody's name.
SHOWN = {ColumnKind.INTEGER, ColumnKind.UUID}

NULL_FIELD = sha256(b"!").hexdigest().encode()


@dataclass
class Missing:
    """What refers to nothing: rows, different keys, and the first of these."""

    rows: int = 0
    keys: int = 0
    examples: tuple[str, ...] = ()

    def add(self, key: str, rows: int, most: int) -> None:
        """Add a key that is missing, and the rows that refer to it."""
        self.rows += rows
        self.keys += 1
        if len(self.examples) < most:
            self.examples = (*self.examples, key)


def missing(
    source: Session,
    destination: Session,
    reference: ForeignKey,
    kinds: Iterable[ColumnKind],
    *,
    numbers: Numbers | None = None,
    most: int = 3,
) -> Missing:
    """Return what rows of the source refer to and the destination does not have.

    ``kinds`` are those of the referring columns; ``numbers`` is what the numbers
    of the one column become. At most ``most`` examples, and none but numbers and
    UUIDs; memory stays flat.
    """
    here = list(kinds)
    if not SHOWN.issuperset(here):
        most = 0
    children = source.catalog.table(reference.table)
    parents = destination.catalog.table(reference.to_table)
    found = Missing()
    if children is None or not _has(children, reference.columns):
        # Of another schema, and not copied.
        return found
    if parents is None or destination.is_empty(reference.to_table):
        return _all(source, reference, most)
    if here == [ColumnKind.INTEGER] and _is_integer(destination, parents, reference):
        lost = _by_number(source, destination, reference, numbers)
    else:
        lost = _by_hash((source, destination), (children, parents), reference, here)
    for key, rows in lost:
        found.add(key, rows, most)
    return found


def _has(table: Table, columns: Iterable[str]) -> bool:
    real = {column.name.casefold() for column in table.columns}
    return real >= {name.casefold() for name in columns}


def _is_integer(session: Session, table: Table, reference: ForeignKey) -> bool:
    column = table.column(reference.to_columns[0])
    return column is not None and (
        session.catalog.kind(column.type) is ColumnKind.INTEGER
    )


def _given(session: Session, reference: ForeignKey) -> str:
    """Return the condition that a row refers to something (MATCH SIMPLE)."""
    names = map(session.quote, reference.columns)
    return " AND ".join(f"{name} IS NOT NULL" for name in names)


def _all(source: Session, reference: ForeignKey, most: int) -> Missing:
    table = source.rows_of(reference.table)
    columns = ", ".join(map(source.quote, reference.columns))
    given = _given(source, reference)
    distinct = f"SELECT DISTINCT {columns} FROM {table} WHERE {given}"  # noqa: S608
    rows = source.query(f"SELECT count(*) FROM {table} WHERE {given}")  # noqa: S608
    keys = source.query(f"SELECT count(*) FROM ({distinct}) k")  # noqa: S608
    first = source.query(f"{distinct} LIMIT {most}")
    examples = tuple(", ".join(map(str, key)) for key in first)
    return Missing(int(rows[0][0]), int(keys[0][0]), examples)


def _by_number(
    source: Session,
    destination: Session,
    reference: ForeignKey,
    numbers: Numbers | None,
) -> Iterator[tuple[str, int]]:
    """Yield missing keys and their rows, by way of the index of the reference."""
    there = None if numbers is None else dict(numbers)
    to = reference.to_table, reference.to_columns[0]
    for batch in _numbers(source, reference):
        wanted = {
            number: number if there is None else there.get(number) for number in batch
        }
        numbers_only = [n for n in wanted.values() if isinstance(n, int)]
        known = _held(destination, *to, numbers_only)
        for number, rows in batch.items():
            if wanted[number] not in known:
                yield str(number), rows


def _numbers(source: Session, reference: ForeignKey) -> Iterator[dict[Any, int]]:
    """Yield the numbers that are referred to, in order, with their rows."""
    column, table = source.quote(reference.columns[0]), source.rows_of(reference.table)
    after = f"{column} IS NOT NULL"
    while True:
        sql = (
            f"SELECT {column}, count(*) FROM {table} WHERE {after} "  # noqa: S608
            f"GROUP BY {column} ORDER BY {column} LIMIT {BATCH}"
        )
        batch = dict(source.query(sql))
        if batch:
            yield batch
        last = max((n for n in batch if isinstance(n, int)), default=None)
        # Behind the numbers a column of SQLite may hold texts.
        if len(batch) < BATCH or last is None:
            return
        after = f"{column} > {last}"


@dataclass(frozen=True)
class Generic:
    """A generic relation, as far as it leads to one table with an integer key."""

    table: str
    type_column: str
    object_column: str
    content_type: int
    # In the source and in the destination; None where there is no such table.
    to_tables: tuple[str | None, str | None]
    to_column: str


def missing_objects(
    source: Session, destination: Session, generic: Generic, most: int = 3
) -> Missing:
    """Return what a generic relation leads to that only the source has.

    The column of the object may be a text. What is nowhere is no matter: no engine
    keeps the objects of a generic relation.
    """
    found = Missing()
    here_name, there_name = generic.to_tables
    if here_name is None:
        return found
    column = generic.to_column
    for batch in _objects(source, generic):
        numbers = {text: int(text) for text in batch if text.lstrip("-").isdecimal()}
        here = _held(source, here_name, column, numbers.values())
        there = _held(destination, there_name, column, here) if there_name else set()
        for text, number in numbers.items():
            if number in here - there:
                found.add(text, batch[text], most)
    return found


def _held(session: Session, table: str, column: str, keys: Iterable[int]) -> set[int]:
    """Return those of the keys that a table holds."""
    name, listed = session.quote(column), ", ".join(map(str, keys))
    if not listed:
        return set()
    sql = f"SELECT {name} FROM {session.rows_of(table)} WHERE {name} IN ({listed})"  # noqa: S608
    return {number for (number,) in session.query(sql)}


def _objects(source: Session, generic: Generic) -> Iterator[dict[str, int]]:
    """Yield the objects that are referred to, as texts, with their rows."""
    column = source.quote(generic.object_column)
    kind = source.quote(generic.type_column)
    table = source.rows_of(generic.table)
    given = f"{kind} = {generic.content_type} AND {column} IS NOT NULL"
    after = given
    values: tuple[Any, ...] = ()
    while True:
        sql = (
            f"SELECT {column}, count(*) FROM {table} WHERE {after} "  # noqa: S608
            f"GROUP BY {column} ORDER BY {column} LIMIT {BATCH}"
        )
        rows = source.query(sql, values)
        if rows:
            yield {str(found): int(count) for found, count in rows}
        if len(rows) < BATCH:
            return
        after, values = f"{given} AND {column} > {source.placeholder}", (rows[-1][0],)


# --- keys that are no numbers ------------------------------------------------


def _by_hash(
    sessions: tuple[Session, Session],
    tables: tuple[Table, Table],
    reference: ForeignKey,
    kinds: list[ColumnKind],
) -> Iterator[tuple[str, int]]:
    """Yield missing keys and their rows: both sides in the order of a common hash."""
    layouts = _layouts(sessions, tables, reference, kinds)
    if layouts is None:
        return
    streams = [_rows(sessions[side], layouts[side], side) for side in (0, 1)]
    for _, same in groupby(merge(*streams, key=itemgetter(0, 1)), key=itemgetter(0)):
        rows = list(same)
        children = [row for _, side, row in rows if not side]
        is_known = any(side for _, side, _ in rows)
        if children and not is_known and not _is_null(children[0]):
            yield ", ".join(children[0].key), len(children)


def _rows(
    session: Session, layout: Layout, side: int
) -> Iterator[tuple[bytes, int, ComparedRow]]:
    """Yield the rows of a side, in the order of their hashes."""
    for batch in session.comparer.rows(layout, Selection(EVERYTHING)):
        for row in batch:
            yield row.key_hash, side, row


def _is_null(row: ComparedRow) -> bool:
    """Whether a column of the reference is NULL: then the row refers to nothing."""
    return any(value is None or value == NULL_FIELD for value in row.values)


def _layouts(
    sessions: tuple[Session, Session],
    tables: tuple[Table, Table],
    reference: ForeignKey,
    kinds: list[ColumnKind],
) -> tuple[Layout, Layout] | None:
    """Return layouts of both keys; None where the two have no text in common."""
    names = reference.columns, reference.to_columns
    columns: tuple[list[HashedColumn], list[HashedColumn]] = ([], [])
    for place, kind in enumerate(kinds):
        pair = [tables[side].column(names[side][place]) for side in (0, 1)]
        if None in pair:
            return None
        types = [column.type for column in pair if column]
        planned = PlanColumn(names[0][place], kind, True, types[0], types[1])
        zone = sessions[0].database.zone
        forms = [
            session.comparer.canonical_forms(planned, types[side], zone)
            for side, session in enumerate(sessions)
        ]
        form = next((one for one in forms[0] if one in forms[1]), None)
        if form is None or form in SPELLING:
            return None
        for side in (0, 1):
            columns[side].append(
                HashedColumn(names[side][place], kind, types[side], form)
            )
    first, second = (
        Layout(
            table=tables[side].name,
            key=tuple(columns[side]),
            server_hashed=tuple(columns[side]),
            python_hashed=(),
            zone=sessions[0].database.zone,
        )
        for side in (0, 1)
    )
    return first, second
