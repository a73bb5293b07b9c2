"""Rows of a source that a foreign key of the destination would refuse.

What such a key takes for the same is the destination's to say: PostgreSQL, SQLite and
MySQL take two texts for one by rules of their own, and each column by its collation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from .backends.base import Session
from .backends.changed_rows import ROWS, rows_as_read
from .backends.projection import of_source, rows_as
from .changes import ChangeName
from .columns import ColumnKind, ColumnType
from .errors import TooMuch
from .filters import FILTERED, Filter, Where
from .keys import Key, KeyValue, readable
from .plan import PlanColumn, TablePlan

# Of references that only the destination can judge: different ones, and rows that they
# may refer to.
MOST_JUDGED = 1_000
MOST_REFERRED = 200_000
AT_ONCE = 1_000

REFERRED = "mc_referred"


class Sameness(StrEnum):
    """When the destination takes a reference for a row's key."""

    OWN = "own"
    """Where the source does."""
    EXACT = "exact"
    """Where both are one text, to the octet."""
    JUDGED = "judged"
    """As only the destination itself knows."""


@dataclass(frozen=True)
class Reference:
    """A reference of a planned table to another one, by the plan's names of columns.

    ``to_table`` and ``to_columns`` are the source's names, ``to_types`` its types.
    """

    plan: TablePlan
    columns: tuple[PlanColumn, ...]
    to_table: str
    to_columns: tuple[str, ...]
    to_types: tuple[ColumnType, ...]
    sameness: tuple[Sameness, ...]
    # The plan of the other table, where not all of its rows take part: then the
    # columns are by the plan's names.
    to_plan: TablePlan | None = None

    @property
    def is_judged(self) -> bool:
        """Whether the source alone cannot tell."""
        return Sameness.JUDGED in self.sameness


def types_of(plan: TablePlan, name: str) -> tuple[ColumnType, ColumnType]:
    """Return the types of a column on both sides, without a name where unknown."""
    for column in plan.columns:
        if column.name == name:
            return column.source, column.destination
    return ColumnType(""), ColumnType("")


def sameness(
    sides: tuple[Session, Session],
    column: PlanColumn,
    to_types: tuple[ColumnType, ColumnType],
    there: tuple[str, str],
) -> Sameness:
    """Return when a reference is one, to a column of those types on both sides.

    ``there`` is the table and the column referred to in the destination.
    """
    source, destination = sides
    is_native = column.source.holds_octets or column.source.name == "uuid"
    is_uuid = column.kind is ColumnKind.UUID and not is_native
    if column.kind is not ColumnKind.TEXT and not is_uuid:
        return Sameness.OWN
    collations = {
        one.collation
        for one in (column.source, column.destination, *to_types)
        if not one.holds_octets
    }
    is_alike = source.vendor == destination.vendor and len(collations) == 1
    if is_alike and destination.schema.collates_by_name and "" not in collations:
        return Sameness.OWN
    is_exact = destination.schema.takes_only_the_same(*there)
    return Sameness.EXACT if is_exact else Sameness.JUDGED


# --- as the source sees them ---------------------------------------------------


def counted(source: Session, reference: Reference) -> str:
    """Return an SQL expression that counts rows whose reference is to nothing.

    As the source sees it, and with what was chosen to change: of one that is judged
    there may be rows among them that refer to something there.
    """
    return f"(SELECT count(*) {_orphans(source, reference)})"


def examples(source: Session, reference: Reference, most: int) -> list[Key]:
    """Return the keys of the first such rows; none of a table without a key."""
    return _keys(source, reference, most)


def _keys(
    source: Session,
    reference: Reference,
    most: int,
    only: Sequence[str] | None = None,
) -> list[Key]:
    key = reference.plan.key
    if not key:
        return []
    names = ", ".join(f"{ROWS}.{source.quote(name)}" for name in key)
    sql = f"SELECT {names} {_orphans(source, reference)}"
    values: Sequence[str] = ()
    if only is not None:
        sql, values = f"{sql} AND {_is_one_of(source, reference, only)}", only
    rows = source.query(f"{sql} ORDER BY {names} LIMIT {int(most)}", values)
    return [tuple(_plain(value) for value in row) for row in rows]


def _is_one_of(source: Session, reference: Reference, texts: Sequence[str]) -> str:
    (column,) = reference.columns
    text = source.schema.exact_text(f"{ROWS}.{source.quote(column.name)}")
    places = ", ".join(source.schema.exact_text(source.placeholder) for _ in texts)
    return f"{text} IN ({places})"


def leading_nowhere(source: Session, reference: Reference) -> TablePlan:
    """Return the plan of the referring table, of the rows alone that are orphans."""
    plan = reference.plan
    condition = _nowhere(source, reference, FILTERED)
    if source.placeholder != "%s":
        condition = condition.replace("%", "%%")
    known = plan.filter.source if plan.filter else Where("1 = 1")
    columns = tuple(column.name for column in plan.columns)
    where = Where(f"({known.sql}) AND {condition}", known.values, columns)
    return replace(plan, filter=Filter((), columns, where, where))


def _orphans(source: Session, reference: Reference) -> str:
    """Return the FROM and WHERE of the rows, called ROWS."""
    rows, condition = _rows(source, reference), _nowhere(source, reference, ROWS)
    return f"FROM {rows} WHERE {condition}"


def _nowhere(source: Session, reference: Reference, rows: str) -> str:
    """Return the condition that ``rows`` refer to a row that does not take part."""
    quote, joined, given = source.quote, [], []
    of_column = zip(
        reference.columns,
        reference.to_columns,
        reference.to_types,
        reference.sameness,
        strict=True,
    )
    for column, to_column, to_type, same in of_column:
        here = f"{rows}.{quote(column.name)}"
        other = f"{REFERRED}.{quote(to_column)}"
        if same is Sameness.OWN:
            joined.append(f"{here} = {other}")
        else:
            joined.append(
                source.schema.same_text((here, column.source), (other, to_type))
            )
        # MATCH SIMPLE: a row with any NULL among the columns refers to nothing.
        given.append(f"{here} IS NOT NULL")
    others = _referred_rows(source, reference)
    there = f"SELECT 1 FROM {others} WHERE {' AND '.join(joined)}"  # noqa: S608
    return f"{' AND '.join(given)} AND NOT EXISTS ({there})"


def _referred_rows(source: Session, reference: Reference) -> str:
    """Return what stands in FROM for the rows referred to, called REFERRED."""
    table = reference.to_table
    place = source.quote_table(table), source.rows_of(table)
    plan = reference.to_plan
    if plan is None:
        return f"{place[1]} {REFERRED}"
    return rows_as(source, *place, plan.source_columns, REFERRED, of_source(plan))[1]


def _rows(source: Session, reference: Reference) -> str:
    """Return what stands in FROM for the rows as they are read, called ROWS."""
    plan = reference.plan
    names = [*(column.name for column in reference.columns), *plan.key]
    changes = [
        one
        for one in plan.changed
        if one.name in names or one.change.name is ChangeName.SKIP_ORPHANS
    ]
    if not changes and plan.is_as_stored:
        return f"{source.rows_of(plan.source_table)} {ROWS}"
    table, renamed = plan.source_table, plan.source_columns
    return rows_as_read(source, table, names, changes, (), renamed, of_source(plan))


def _plain(value: Any) -> KeyValue:
    if isinstance(value, int):
        return value
    return readable(bytes(value) if isinstance(value, memoryview) else value)


# --- as the destination sees them ----------------------------------------------


def judged(
    sides: tuple[Session, Session],
    reference: Reference,
    there: tuple[str, str],
    most: int,
) -> tuple[int, list[Key]]:
    """Count rows whose reference is to nothing for the destination, with example keys.

    ``there`` is the table and the column referred to in the destination; its rows are
    not read. Raises TooMuch where there are too many to ask for.
    """
    source, destination = sides
    found = _different(source, reference)
    known: set[str] = set()
    for part in _parts(_referred(source, reference)):
        known |= _taken(destination, there, list(found), part)
    left = [text for text in found if text not in known]
    count = sum(found[text] for text in left)
    return count, _keys(source, reference, most, left) if left else []


def _different(source: Session, reference: Reference) -> dict[str, int]:
    """Return the different texts that refer to nothing exactly, and their rows."""
    if len(reference.columns) != 1:
        raise TooMuch(_("Only the destination can judge texts of several columns."))
    text = source.schema.exact_text(f"{ROWS}.{source.quote(reference.columns[0].name)}")
    rows = source.query(
        f"SELECT {text}, count(*) {_orphans(source, reference)} "
        f"GROUP BY 1 LIMIT {MOST_JUDGED + 1}"
    )
    if len(rows) > MOST_JUDGED:
        raise _too_much()
    return {_decoded(found): int(count) for found, count in rows}


def _referred(source: Session, reference: Reference) -> list[str]:
    text = source.schema.exact_text(source.quote(reference.to_columns[0]))
    rows = source.query(
        f"SELECT {text} FROM {_referred_rows(source, reference)} "  # noqa: S608
        f"LIMIT {MOST_REFERRED + 1}"
    )
    if len(rows) > MOST_REFERRED:
        raise _too_much()
    return [_decoded(found) for (found,) in rows if found is not None]


def _taken(
    destination: Session, there: tuple[str, str], texts: list[str], keys: list[str]
) -> set[str]:
    """Return those of the texts that the destination takes for one of the keys."""
    place, column = destination.placeholder, destination.quote(there[1])
    table = destination.quote_table(there[0])
    # No row of the column's, but its type and its collation.
    rows = f"SELECT {column} AS mc_text, -1 AS mc_place FROM {table} WHERE 1 = 0"  # noqa: S608
    more = " ".join(f"UNION ALL SELECT {place}, {n}" for n in range(len(texts)))
    places = ", ".join([place] * len(keys))
    found = destination.query(
        f"SELECT mc_place FROM ({rows} {more}) mc_texts "  # noqa: S608
        f"WHERE mc_text IN ({places})",
        [*texts, *keys],
    )
    # Not as it gives them back: some types spell a text anew.
    return {texts[int(number)] for (number,) in found}


def _parts(texts: list[str]) -> Iterator[list[str]]:
    left = iter(texts)
    while part := list(islice(left, AT_ONCE)):
        yield part


def _decoded(text: object) -> str:
    return text.decode() if isinstance(text, bytes) else str(text)


def _too_much() -> TooMuch:
    return TooMuch(
        _("There are too many references that only the destination can judge.")
    )
