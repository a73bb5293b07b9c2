"""What generic relations of one database lead to, that another one does not hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .backends.base import Session
from .references import BATCH, Missing, held


@dataclass(frozen=True)
class Generic:
    """A generic relation, as far as it leads to one table with an integer key."""

    type_column: str
    object_column: str
    content_type: int
    # What stands in FROM for the rows of the table.
    rows: str
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
        here = held(source, here_name, column, numbers.values())
        there = held(destination, there_name, column, here) if there_name else set()
        for text, number in numbers.items():
            if number in here - there:
                found.add(text, batch[text], most)
    return found


def _objects(source: Session, generic: Generic) -> Iterator[dict[str, int]]:
    """Yield the objects that are referred to, as texts, with their rows."""
    column = source.quote(generic.object_column)
    kind = source.quote(generic.type_column)
    table = generic.rows
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
