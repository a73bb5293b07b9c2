"""Which rows of two sides differ, and in which columns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from .checksums import ComparedRow
from .plan import TablePlan

MISSING = "missing"
EXTRA = "extra"
DIFFERS = "differs"

MOST_COUNTED = 10_000
"""A count of differences above this means "more than": counting has ended."""


@dataclass(frozen=True)
class RowDifference:
    """A row that only one side has, or that holds something else."""

    problem: str
    key: tuple[str, ...]
    columns: tuple[str, ...] = ()


class Differences:
    """Differences so far: how many, and the first of them in ``kept``."""

    def __init__(self, plan: TablePlan, differences_kept: int) -> None:
        self.kept: list[RowDifference] = []
        self.count = 0
        self._limit = differences_kept
        self._order = {column.name: i for i, column in enumerate(plan.columns)}

    @property
    def is_full(self) -> bool:
        """Whether there are so many that counting ends."""
        return self.count > MOST_COUNTED

    def add(
        self,
        source: list[ComparedRow],
        destination: list[ComparedRow],
        names: list[str],
    ) -> None:
        """Compare the rows of one key, more than one where it is not unique."""
        if len(source) == len(destination) == 1:
            if source[0].values != destination[0].values:
                self._differ(source[0], destination[0], names)
            return
        source, destination = _without_equals(source, destination)
        for old, new in zip(source, destination, strict=False):
            self._differ(old, new, names)
        for row in source[len(destination) :]:
            self._keep(RowDifference(MISSING, row.key))
        for row in destination[len(source) :]:
            self._keep(RowDifference(EXTRA, row.key))

    def _differ(self, old: ComparedRow, new: ComparedRow, names: list[str]) -> None:
        columns = [
            name
            for name, one, other in zip(names, old.values, new.values, strict=True)
            if one != other
        ]
        columns.sort(key=self._order.__getitem__)
        self._keep(RowDifference(DIFFERS, old.key, tuple(columns)))

    def _keep(self, difference: RowDifference) -> None:
        self.count += 1
        if len(self.kept) < self._limit:
            self.kept.append(difference)


def _without_equals(
    source: list[ComparedRow], destination: list[ComparedRow]
) -> tuple[list[ComparedRow], list[ComparedRow]]:
    old = Counter(row.values for row in source)
    new = Counter(row.values for row in destination)
    return _beyond(source, new), _beyond(destination, old)


def _beyond(
    rows: list[ComparedRow], others: Counter[tuple[bytes | None, ...]]
) -> list[ComparedRow]:
    left = others.copy()
    beyond = []
    for row in rows:
        if left[row.values]:
            left[row.values] -= 1
        else:
            beyond.append(row)
    return beyond
