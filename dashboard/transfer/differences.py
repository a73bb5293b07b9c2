"""Which rows of two sides differ, and in which columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .canonical import IN_PYTHON, field
from .checksums import ComparedRow
from .columns import ColumnKind
from .plan import TablePlan

Values = tuple[bytes | None, ...]

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


class Rows:
    """The rows of one key on one side; as many as are equal take no more room."""

    def __init__(self) -> None:
        self.key: tuple[str, ...] = ()
        self.values: Counter[Values] = Counter()

    def add(self, row: ComparedRow) -> None:
        """Count a row."""
        self.key = row.key
        self.values[row.values] += 1


class Differences:
    """Differences so far: how many, and the first of them in ``kept``."""

    def __init__(
        self, plan: TablePlan, differences_kept: int, *, ignores_extra: bool = False
    ) -> None:
        self.kept: list[RowDifference] = []
        self.count = 0
        # Those that the destination has not.
        self.missing = 0
        self._ignores_extra = ignores_extra
        self._limit = differences_kept
        self._order = {column.name: i for i, column in enumerate(plan.columns)}

    @property
    def is_full(self) -> bool:
        """Whether there are so many that counting ends."""
        return self.count > MOST_COUNTED

    def add(self, source: Rows, destination: Rows, names: list[str]) -> None:
        """Compare the rows of one key, more than one where it is not unique."""
        if source.values == destination.values:
            return
        old = list((source.values - destination.values).elements())
        new = list((destination.values - source.values).elements())
        for one, other in zip(old, new, strict=False):
            self._differ(source.key, one, other, names)
        for _ in old[len(new) :]:
            self.missing += 1
            self._keep(RowDifference(MISSING, source.key))
        if self._ignores_extra:
            return
        for _ in new[len(old) :]:
            self._keep(RowDifference(EXTRA, destination.key))

    def are_apart(self, kinds: Sequence[ColumnKind]) -> bool:
        """Whether no missing row is an extra one whose key is spelled differently."""
        apart = [one for one in self.kept if one.problem != DIFFERS]
        if apart and self.count > len(self.kept):
            return False
        found: dict[str, set[tuple[bytes, ...]]] = {MISSING: set(), EXTRA: set()}
        for one in apart:
            found[one.problem].add(_respelled(one.key, kinds))
        return not found[MISSING] & found[EXTRA]

    def _differ(
        self, key: tuple[str, ...], old: Values, new: Values, names: list[str]
    ) -> None:
        columns = [
            name
            for name, one, other in zip(names, old, new, strict=True)
            if one != other
        ]
        columns.sort(key=self._order.__getitem__)
        self._keep(RowDifference(DIFFERS, key, tuple(columns)))

    def _keep(self, difference: RowDifference) -> None:
        self.count += 1
        if len(self.kept) < self._limit:
            self.kept.append(difference)


def _respelled(key: tuple[str, ...], kinds: Sequence[ColumnKind]) -> tuple[bytes, ...]:
    return tuple(
        field(kind)(text.encode()) if kind in IN_PYTHON else text.encode()
        for text, kind in zip(key, kinds, strict=True)
    )
