"""What a table of the destination demands of its rows together, or of a whole row.

Its unique keys, its CHECKs, what an entry of an index may hold, and which rows exclude
each other: in the server's own SQL, which no other engine reads. Expressions are made
of the table's own columns, and are written as a session's statements take them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from .columns import ColumnKind, Table
from .plan import PlanColumn, TablePlan


@dataclass(frozen=True)
class Unique:
    """A key that no two rows share.

    ``parts`` are its expressions, each with its collation; ``is_plain`` where they are
    whole columns, in the order of ``columns``, and hold for every row. ``is_exact``
    where two texts are equal only octet by octet.
    """

    name: str
    columns: tuple[str, ...]
    parts: tuple[str, ...]
    where: str = ""
    nulls_are_equal: bool = False
    is_plain: bool = False
    is_exact: bool = False
    # Whether all rows that are there keep to it.
    is_proved: bool = True


@dataclass(frozen=True)
class Check:
    """A condition that no row may break; what is unknown breaks none.

    Of a divided table ``is_partition``: what breaks it has no partition.
    """

    name: str
    columns: tuple[str, ...]
    condition: str
    # Whether all rows that are there keep to it.
    is_proved: bool = True
    is_partition: bool = False


@dataclass(frozen=True)
class Entry:
    """An index whose entries, ``parts`` together, have so many octets at most."""

    name: str
    columns: tuple[str, ...]
    parts: tuple[str, ...]
    most_octets: int
    where: str = ""


@dataclass(frozen=True)
class Exclusion:
    """Of no two rows all ``parts`` stand to each other as the ``operators`` say.

    ``made`` is how the index that finds them is made: what follows the table's name.
    """

    name: str
    columns: tuple[str, ...]
    parts: tuple[str, ...]
    operators: tuple[str, ...]
    where: str
    made: str


Demand = Unique | Check | Entry | Exclusion


@dataclass(frozen=True)
class Demands:
    """All of a table's."""

    uniques: tuple[Unique, ...] = ()
    checks: tuple[Check, ...] = ()
    entries: tuple[Entry, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.all)

    @property
    def all(self) -> list[Demand]:
        """All of them, one by one."""
        return [*self.uniques, *self.checks, *self.entries, *self.exclusions]

    def columns(self) -> set[str]:
        """Return the names of all columns that any of them is about."""
        return {name for one in self.all for name in one.columns}


def spelled_as(demands: Demands, plan: TablePlan) -> Demands:
    """Return the demands with the plan's spelling of columns' names, whatever the case.

    For engines that find a column by its name in letters of another case.
    """
    names = {column.name.lower(): column.name for column in plan.columns}

    def spelled(one: Any) -> Any:
        columns = tuple(names.get(name.lower(), name) for name in one.columns)
        return replace(one, columns=columns)

    return Demands(
        tuple(map(spelled, demands.uniques)),
        tuple(map(spelled, demands.checks)),
        tuple(map(spelled, demands.entries)),
        tuple(map(spelled, demands.exclusions)),
    )


# Of these, values that the source tells apart stay apart: what a column would round or
# pad is refused by itself.
ONE_TO_ONE = {
    *(ColumnKind.INTEGER, ColumnKind.BOOLEAN, ColumnKind.DECIMAL, ColumnKind.DATE),
}


# Types of PostgreSQL's that compare without case, or without spaces at the end.
FOLDED = {"citext", "bpchar"}
FLOATS = {"float", "double", "real", "float4", "float8"}


def keeps_apart(plan: TablePlan, unique: Unique, here: Table) -> bool:
    """Whether the source keeps rows apart by what the destination does, or by less.

    ``here`` is the source's table. Then no two rows can collide.
    """
    if not unique.is_plain:
        return False
    by_name = {column.name: column for column in plan.columns}
    known = {
        plan.in_source(column.name): column
        for column in (by_name.get(name) for name in unique.columns)
        if column is not None and _stays_apart(plan, column, unique)
    }
    return any(
        names
        and known.keys() >= set(names)
        and not (unique.nulls_are_equal and _may_be_null(here, names))
        for names in here.uniques
    )


def _may_be_null(here: Table, names: tuple[str, ...]) -> bool:
    return any(column is None or column.nullable for column in map(here.column, names))


def _stays_apart(plan: TablePlan, column: PlanColumn, unique: Unique) -> bool:
    """Whether two values that the source tells apart are two in the destination."""
    if column.change is not None or column.generated:
        return False
    old, new = column.source, column.destination
    match column.kind:
        case ColumnKind.TEXT:
            return unique.is_exact and new.name not in FOLDED
        case ColumnKind.BINARY:
            return new.holds_octets
        case ColumnKind.UUID:
            # A text may spell one in several ways, unless case counts for nothing.
            is_native = old.holds_octets or old.name == "uuid"
            return is_native or old.collation.endswith("_ci")
        case ColumnKind.TIMESTAMP:
            # Two instants may be the same digits of a clock; a text of SQLite's, which
            # has no digits of its own, may spell one moment in two ways.
            same_clock = plan.zone == "UTC" or old.instant == new.instant
            return same_clock and (old.name != "datetime" or old.scale is not None)
    return column.kind in ONE_TO_ONE and new.name not in FLOATS
