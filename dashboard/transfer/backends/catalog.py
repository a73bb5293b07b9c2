"""The contract of what says what is there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ..columns import ColumnKind, ColumnType, ForeignKey, Table
from ..relations import Relation


@dataclass(frozen=True)
class Size:
    """How large a table is: rows, exact or estimated, and bytes if known."""

    rows: int
    exact: bool
    bytes: int | None = None


class Catalog(ABC):
    """What is there."""

    # Whether a column is found by its name in letters of another case.
    folds_columns = False
    # Types of no common text whose values come as octets and are given back as such.
    octet_types: Collection[str] = ()

    @abstractmethod
    def tables(self, names: Iterable[str]) -> dict[str, Table]:
        """Return what the engine finds under each of these names.

        By the name that was asked for, without those under which there is nothing; a
        table's own name may be another one: cut, or in other letters' case. However
        many names there are, the engine is asked a fixed number of times for some
        hundreds of them.
        """

    def table(self, name: str) -> Table | None:
        """Return what the engine finds under one name, or None; see ``tables``."""
        return self.tables([name]).get(name)

    @abstractmethod
    def relations(self) -> list[Relation]:
        """Return every table and view that is found without naming a schema."""

    def elsewhere(self) -> dict[str, int]:
        """Return how many tables the other schemas of the database have, by schema."""
        return {}

    @abstractmethod
    def sizes(self, relations: Sequence[Relation]) -> dict[str, Size]:
        """Return sizes by name, counted where the estimate is small.

        What keeps no rows of its own is left out.
        """

    @abstractmethod
    def kind(self, column_type: ColumnType) -> ColumnKind:
        """Return what a column of this type holds if nobody says otherwise."""

    @abstractmethod
    def holds(self, kind: ColumnKind, column_type: ColumnType) -> bool:
        """Whether a column of this type can hold this kind as text."""

    @abstractmethod
    def triggers(self, tables: Sequence[str]) -> dict[str, list[str]]:
        """Name the triggers that fire for a row that is loaded, by table.

        Tables without any are left out.
        """

    @abstractmethod
    def divides(self, column_type: ColumnType) -> bool:
        """Whether a bound of a key of this type is read and given back exactly."""

    @abstractmethod
    def foreign_keys(self) -> list[ForeignKey]:
        """Return every enforced foreign key of the database."""

    @abstractmethod
    def size(self, name: str, exact_below: int = 100_000) -> Size:
        """Return the size, counted where the estimate is below the limit."""

    @abstractmethod
    def count(self, name: str) -> int:
        """Return the number of rows, counted."""
