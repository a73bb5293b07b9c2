"""A sequence as a backend describes it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NumberSequence:
    """What a column takes its next number from.

    ``last`` is such that the next number is ``last + step``; None where the
    account may not look. ``least`` and ``most`` are the bounds, both included.
    """

    table: str
    column: str
    # As SQL names it; "" for an auto-increment, which is the table's own.
    name: str = ""
    step: int = 1
    start: int = 1
    least: int = 1
    most: int = 2**63 - 1
    last: int | None = 0
    # Whether the account may move it.
    settable: bool = True
    # False where it belongs to the column, which takes its numbers elsewhere.
    is_required: bool = True
    # The statements that make it larger, and that let the account use it.
    to_enlarge: str = ""
    to_grant: str = ""

    @property
    def place(self) -> tuple[str, str]:
        """The table and the column."""
        return self.table, self.column

    @property
    def descends(self) -> bool:
        """Whether every number is less than the one before it."""
        return self.step < 0

    def further(self, one: int | None, other: int) -> int:
        """Return the number that the sequence comes to later."""
        if one is None:
            return other
        return min(one, other) if self.descends else max(one, other)

    def is_beyond(self, number: int) -> bool:
        """Whether the sequence is known to lie at a number, or beyond it."""
        return self.last is not None and self.further(self.last, number) == self.last

    def reaches(self, number: int) -> bool:
        """Whether the sequence can lie beyond a number."""
        return number >= self.least if self.descends else number <= self.most

    def at_or_beyond(self, number: int) -> int:
        """Return the first of the sequence's own numbers that is not before one.

        Two sequences that share the numbers by odd and even go on doing so. At
        most the last number there is.
        """
        steps = -((self.start - number) // self.step)
        own = self.start + steps * self.step
        return max(own, self.least) if self.descends else min(own, self.most)


@dataclass(frozen=True)
class UnknownSource:
    """A column whose default calls a function in which no sequence is found."""

    table: str
    column: str
    function: str
