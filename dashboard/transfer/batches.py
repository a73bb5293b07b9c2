"""How many rows of a source are fetched at once."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from itertools import chain
from typing import Any

from .columns import ColumnKind
from .plan import TablePlan

# A batch is in memory some six times: as fetched, in hexadecimal, as a block,
# and while a block is escaped.
BATCH_OCTETS = 1 << 20
FIRST_ROWS = 8
# Characters up to which a column cannot make a batch large.
SHORT_LENGTH = 2_000

UNLIMITED = {ColumnKind.JSON, ColumnKind.BINARY, ColumnKind.TEXT, ColumnKind.OTHER}


class BatchSize:
    """The number of rows of the next batch, in ``rows``.

    Always ``most`` where the columns keep a row short. Else it follows the
    octets of the last batch, and grows slowly; ``most_long`` bounds what a
    batch takes where long rows follow short ones.
    """

    def __init__(self, plan: TablePlan, most: int, most_long: int) -> None:
        self._is_fixed = not _has_long_values(plan)
        self._most = most if self._is_fixed else most_long
        self.rows = most if self._is_fixed else min(FIRST_ROWS, most_long)

    def follow(self, batch: Iterable[Iterable[Any]]) -> None:
        """Take a batch of values as the driver sent them into account."""
        if self._is_fixed:
            return
        fitting = self.rows * BATCH_OCTETS // max(_octets(batch), 1)
        self.rows = max(1, min(fitting, self.rows * 2, self._most))


def _octets(batch: Iterable[Iterable[Any]]) -> int:
    try:
        return sum(map(len, filter(None, chain.from_iterable(batch))))
    except TypeError:
        # SQLite sends numbers, too.
        values = chain.from_iterable(batch)
        return sum(len(value) for value in values if isinstance(value, Sized))


def _has_long_values(plan: TablePlan) -> bool:
    """Whether a row may be of any length."""
    return any(
        column.kind in UNLIMITED and (column.source.length or 1 << 30) > SHORT_LENGTH
        for column in plan.written
    )
