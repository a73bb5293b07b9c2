"""What rows cost an engine, measured with `make bench` on two cores.

Copying and a full comparison together, rounded up (docs/performance.md). What a
direction costs is the sum of its two sides: nothing is measured per pair.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Seconds for a million rows, and for a gigabyte of their text."""

    million_rows: float
    gigabyte: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.million_rows + other.million_rows, self.gigabyte + other.gigabyte
        )

    def seconds(self, rows: int, size: int) -> float:
        """Narrow rows cost by their number, fat ones by their bytes."""
        return max(rows * self.million_rows / 1e6, size * self.gigabyte / 1e9)


@dataclass(frozen=True)
class Costs:
    """What an engine costs as a source and as a destination."""

    reading: Cost
    loading: Cost
