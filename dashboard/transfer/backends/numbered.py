"""The part of a backend's contract that is about the numbers of new rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from ..sequences import NumberSequence, UnknownSource


class Numbered(ABC):
    """What numbers the rows of tables; a schema is one."""

    @abstractmethod
    def sequences(self, tables: Sequence[str]) -> list[NumberSequence]:
        """Return what numbers the rows of these tables, as it is now."""

    def unknown_sources(self, tables: Sequence[str]) -> list[UnknownSource]:
        """Return the columns that are numbered by nobody knows what."""
        return []

    @abstractmethod
    def advance(self, sequence: NumberSequence, beyond: int) -> None:
        """Let the next number lie beyond another one; it never goes back."""
