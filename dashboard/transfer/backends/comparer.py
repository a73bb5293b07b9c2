"""The contract of the part of a session that counts and adds up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Protocol

from ..checksums import Checksum, ComparedRow, Layout, Selection
from ..columns import ColumnType
from ..keys import KeyRange
from ..plan import PlanColumn, TablePlan


class Comparer(ABC):
    """Counts and checksums in a canonical text of its own (canonical.py)."""

    # Why rows that were read prove nothing, should they be equal.
    unproved = ""

    @abstractmethod
    def canonical_forms(
        self, column: PlanColumn, column_type: ColumnType, zone: str
    ) -> list[str]:
        """Name the canonical forms that this engine can make of a column.

        Two sides compare a column inside themselves by the first name that
        both know; otherwise it is hashed in Python.
        """

    @abstractmethod
    def checksums(
        self, layout: Layout, key_range: KeyRange, digits: int = 0
    ) -> dict[str, Checksum]:
        """Return a checksum by the first hexadecimal digits of the key's hash.

        Without digits there is one, under "".
        """

    @abstractmethod
    def count(self, plan: TablePlan, side: int) -> int:
        """Count the rows that a plan reads of the source, 0, or the destination's."""

    @abstractmethod
    def count_changed(self, plan: TablePlan, key_range: KeyRange) -> dict[str, int]:
        """Count what a plan changes of the source's rows of a range, by column.

        Of a column whose orphans are left out, the rows that are. See
        ``changed_rows``.
        """

    @abstractmethod
    def rows(self, layout: Layout, selection: Selection) -> Iterator[list[ComparedRow]]:
        """Yield batches of the selected rows in the order of ``key_hash``."""


class ComparedSide(Protocol):
    """What a comparison needs of a side: a session has it, and so may other rows."""

    @property
    def vendor(self) -> str:
        """The engine, for people."""

    @property
    def comparer(self) -> Comparer:
        """What counts and adds up."""

    def end_statement(self) -> None:
        """End what another thread compares."""
