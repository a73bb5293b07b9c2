"""How many rows of a source are fetched at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from itertools import chain
from typing import Any

from .columns import ColumnKind
from .plan import PlanColumn, TablePlan

# A batch is in memory some six times: as fetched, in hexadecimal, as a block,
# and while a block is escaped.
BATCH_OCTETS = 1 << 20
# Rows that are looked at one by one, and their octets: what stays in the
# processor's caches costs a fifth of what does not.
GATHERED_ROWS = 256
GATHERED_OCTETS = 1 << 17
# A row of as many octets goes by itself and is spelled in slices.
LARGE_OCTETS = 1 << 20
FIRST_ROWS = 8
# Characters up to which a column cannot make a batch large.
SHORT_LENGTH = 2_000

UNLIMITED = {ColumnKind.JSON, ColumnKind.BINARY, ColumnKind.TEXT, ColumnKind.OTHER}

Row = tuple[Any, ...]


def is_long(column: PlanColumn) -> bool:
    """Whether a value of the column may be of any length."""
    if column.kind not in UNLIMITED:
        return False
    return (column.source.length or 1 << 30) > SHORT_LENGTH


def is_large(batch: Sequence[Row]) -> bool:
    """Whether a batch is one row that goes by itself."""
    return len(batch) == 1 and _octets(batch[0]) >= LARGE_OCTETS


def gathered(
    one: Callable[[], Sequence[Row]], long: Sequence[int]
) -> Iterator[list[Row]]:
    """Yield batches of GATHERED_OCTETS or one row more, and a large row by itself.

    ``one`` gives the next row, alone in a sequence, and nothing at the end;
    ``long`` are the positions of its long values. An average would be no bound:
    large rows may be neighbours, behind small ones. Nothing of a batch is kept
    while the next one is read.
    """
    return iter(_Gathering(one, long).take, [])


class _Gathering:
    def __init__(self, one: Callable[[], Sequence[Row]], long: Sequence[int]) -> None:
        self._one = one
        self._first, *self._others = long
        # A large row that came behind small ones.
        self._kept: list[Row] = []

    def take(self) -> list[Row]:
        """Return the next batch, nothing at the end."""
        if self._kept:
            kept, self._kept = self._kept, []
            return kept
        one, first, others = self._one, self._first, self._others
        batch: list[Row] = []
        left = GATHERED_OCTETS
        # By row, and there are millions of them: most have one long value.
        for _ in range(GATHERED_ROWS):
            found = one()
            if not found:
                break
            row = found[0]
            value = row[first]
            # Not None, nor a number of SQLite's.
            size = len(value) if type(value) is bytes else 0
            if others:
                size += _octets([row[index] for index in others])
            if size >= LARGE_OCTETS and batch:
                self._kept = [row]
                break
            batch.append(row)
            left -= size
            if left <= 0:
                break
        return batch


class BatchSize:
    """The number of rows of the next batch, in ``rows``.

    Always ``most`` where the columns keep a row short. Else it follows the
    octets of the last batch, and grows slowly; ``most_long`` bounds what a
    batch takes where long rows follow short ones.
    """

    def __init__(self, plan: TablePlan, most: int, most_long: int) -> None:
        self._is_fixed = not any(map(is_long, plan.written))
        self._most = most if self._is_fixed else most_long
        self.rows = most if self._is_fixed else min(FIRST_ROWS, most_long)

    def follow(self, batch: Iterable[Iterable[Any]]) -> None:
        """Take a batch of values as the driver sent them into account."""
        if self._is_fixed:
            return
        octets = _octets(chain.from_iterable(batch))
        fitting = self.rows * BATCH_OCTETS // max(octets, 1)
        self.rows = max(1, min(fitting, self.rows * 2, self._most))


def _octets(values: Iterable[Any]) -> int:
    found = list(values)
    try:
        return sum(map(len, filter(None, found)))
    except TypeError:
        # SQLite sends numbers, too.
        return sum(len(value) for value in found if isinstance(value, Sized))
