"""What a merge has done, and the sums that prove it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

MODULUS = 1 << 64
"""Sums are those of 64 bits of every row's hash, modulo this."""


class Sums(NamedTuple):
    """Of the rows that were read; of those that were to be written as they had been,
    as they are, and as they were meant to be."""

    staged: int
    old: int
    new: int
    wanted: int


@dataclass(frozen=True)
class Merged:
    """How many ``rows`` were read, and how many of them were inserted and updated.

    Without ``sums`` nothing can be proved by them.
    """

    rows: int = 0
    inserted: int = 0
    updated: int = 0
    sums: Sums | None = Sums(0, 0, 0, 0)

    def __add__(self, other: Merged) -> Merged:
        sums = None
        if self.sums is not None and other.sums is not None:
            pairs = zip(self.sums, other.sums, strict=True)
            sums = Sums(*((one + another) % MODULUS for one, another in pairs))
        return Merged(
            self.rows + other.rows,
            self.inserted + other.inserted,
            self.updated + other.updated,
            sums,
        )

    def to_json(self) -> dict[str, Any]:
        """Return what from_json turns back into it."""
        # A sum is more than some databases' JSON has digits for.
        sums = None if self.sums is None else [str(one) for one in self.sums]
        return {
            "rows": self.rows,
            "inserted": self.inserted,
            "updated": self.updated,
            "sums": sums,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> Merged:
        """Return what to_json wrote; of nothing, what proves nothing."""
        if not value:
            return cls(sums=None)
        sums = value["sums"]
        return cls(
            value["rows"],
            value["inserted"],
            value["updated"],
            None if sums is None else Sums(*map(int, sums)),
        )

    def noted(self) -> str:
        """Return it as a receipt keeps it."""
        return json.dumps(self.to_json())
