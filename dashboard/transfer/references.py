"""Which keys the rows of one database refer to, that another one does not hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

from .backends.base import Session
from .backends.projection import of_source, rows_read
from .canonical import SPELLING
from .checksums import ComparedRow, HashedColumn, Layout, Selection
from .columns import ColumnKind, ForeignKey, Table
from .keys import EVERYTHING
from .plan import PlanColumn, TablePlan
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
    plan: TablePlan | None = None,
) -> Missing:
    """Return what rows of the source refer to and the destination does not have.

    ``kinds`` are those of the referring columns; ``numbers`` is what the numbers
    of the one column become. Of a ``plan`` with a filter only its rows are asked, by
    the plan's names of columns. At most ``most`` examples, and none but numbers and
    UUIDs; memory stays flat.
    """
    here = list(kinds)
    if not SHOWN.issuperset(here):
        most = 0
    children = source.catalog.table(reference.table)
    rows = rows_read(source, plan)[1] if plan else source.rows_of(reference.table)
    parents = destination.catalog.table(reference.to_table)
    found = Missing()
    if children is None or not (plan or _has(children, reference.columns)):
        # Of another schema, and not copied.
        return found
    if parents is None or destination.is_empty(reference.to_table):
        return _all(source, rows, reference, most)
    both = source, destination
    if here == [ColumnKind.INTEGER] and _is_integer(destination, parents, reference):
        lost = _by_number(both, rows, reference, numbers)
    else:
        lost = _by_hash(both, (children, parents), reference, here, plan)
    for key, count in lost:
        found.add(key, count, most)
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


def _all(source: Session, table: str, reference: ForeignKey, most: int) -> Missing:
    columns = ", ".join(map(source.quote, reference.columns))
    given = _given(source, reference)
    distinct = f"SELECT DISTINCT {columns} FROM {table} WHERE {given}"  # noqa: S608
    rows = source.query(f"SELECT count(*) FROM {table} WHERE {given}")  # noqa: S608
    keys = source.query(f"SELECT count(*) FROM ({distinct}) k")  # noqa: S608
    first = source.query(f"{distinct} LIMIT {most}")
    examples = tuple(", ".join(map(str, key)) for key in first)
    return Missing(int(rows[0][0]), int(keys[0][0]), examples)


def _by_number(
    sessions: tuple[Session, Session],
    rows_from: str,
    reference: ForeignKey,
    numbers: Numbers | None,
) -> Iterator[tuple[str, int]]:
    """Yield missing keys and their rows, by way of the index of the reference."""
    source, destination = sessions
    there = None if numbers is None else dict(numbers)
    to = reference.to_table, reference.to_columns[0]
    for batch in _numbers(source, rows_from, reference):
        wanted = {
            number: number if there is None else there.get(number) for number in batch
        }
        numbers_only = [n for n in wanted.values() if isinstance(n, int)]
        known = held(destination, *to, numbers_only)
        for number, rows in batch.items():
            if wanted[number] not in known:
                yield str(number), rows


def _numbers(
    source: Session, table: str, reference: ForeignKey
) -> Iterator[dict[Any, int]]:
    """Yield the numbers that are referred to, in order, with their rows."""
    column = source.quote(reference.columns[0])
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


def held(session: Session, table: str, column: str, keys: Iterable[int]) -> set[int]:
    """Return those of the keys that a table holds."""
    name, listed = session.quote(column), ", ".join(map(str, keys))
    if not listed:
        return set()
    sql = f"SELECT {name} FROM {session.rows_of(table)} WHERE {name} IN ({listed})"  # noqa: S608
    return {number for (number,) in session.query(sql)}


# --- keys that are no numbers ------------------------------------------------


def _by_hash(
    sessions: tuple[Session, Session],
    tables: tuple[Table, Table],
    reference: ForeignKey,
    kinds: list[ColumnKind],
    plan: TablePlan | None,
) -> Iterator[tuple[str, int]]:
    """Yield missing keys and their rows: both sides in the order of a common hash."""
    layouts = _layouts(sessions, tables, reference, kinds, plan)
    if layouts is None:
        return
    if plan:
        renamed, where = plan.source_columns, of_source(plan)
        child = replace(layouts[0], source_columns=renamed, where=where)
        layouts = child, layouts[1]
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
    plan: TablePlan | None,
) -> tuple[Layout, Layout] | None:
    """Return layouts of both keys; None where the two have no text in common."""
    names = reference.columns, reference.to_columns
    columns: tuple[list[HashedColumn], list[HashedColumn]] = ([], [])
    for place, kind in enumerate(kinds):
        here, there = names[0][place], names[1][place]
        real = plan.in_source(here) if plan else here
        pair = [tables[0].column(real), tables[1].column(there)]
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
        Layout(one.name, tuple(found), tuple(found), (), sessions[0].database.zone)
        for one, found in zip(tables, columns, strict=True)
    )
    return first, second
