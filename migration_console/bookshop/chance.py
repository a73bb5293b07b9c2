"""Values by chance, the same ones for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from migration_console.bookshop.samples import (
    DATES,
    DECIMALS,
    FLOATS,
    INSTANTS,
    INTEGERS,
    LONG_TEXTS,
    TEXTS,
)
from migration_console.bookshop.writer import Row


class Chance:
    """Makes values of a kind, one in some of which is awkward on purpose."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def any(self, values: Any) -> Any:
        return values[int(self.rng.random() * len(values))]

    def maybe(self, value: Any, chance: float = 0.8) -> Any:
        return value if self.rng.random() < chance else None

    def text(self) -> str:
        return f"{self.any(TEXTS)}{self.any(TEXTS)}"

    def long_text(self) -> str:
        if self.rng.random() < 0.02:
            return str(self.any(LONG_TEXTS))
        return " ".join([self.text(), self.text()])

    def line(self, length: int) -> str:
        return self.text()[:length]

    def day(self) -> date:
        if self.rng.random() < 0.1:
            return self.any(DATES)  # type: ignore[no-any-return]
        return date(1950, 1, 1) + timedelta(days=int(self.rng.random() * 28000))

    def instant(self) -> datetime:
        if self.rng.random() < 0.1:
            return self.any(INSTANTS)  # type: ignore[no-any-return]
        return datetime(2001, 1, 1, tzinfo=UTC) + timedelta(
            microseconds=int(self.rng.random() * 8e14)
        )

    def price(self) -> Decimal:
        if self.rng.random() < 0.1:
            return self.any(DECIMALS)  # type: ignore[no-any-return]
        return Decimal(int(self.rng.random() * 10**7)).scaleb(-4)

    def money(self) -> Decimal:
        return Decimal(int((self.rng.random() - 0.2) * 10**11)).scaleb(-2)

    def floating(self) -> float:
        if self.rng.random() < 0.3:
            return float(self.any(FLOATS))
        return self.rng.uniform(-1e6, 1e6)

    def integer(self) -> int:
        if self.rng.random() < 0.2:
            return int(self.any(INTEGERS))
        return int((self.rng.random() - 0.5) * 10**6)

    def pairs(self, left: Any, right: Any, most: int) -> Iterator[Row]:
        """Between one and `most` pairs for each on the left, none twice."""
        for one in left:
            others = {self.any(right) for _ in range(int(self.rng.random() * most) + 1)}
            for other in sorted(others):
                yield (one, other)

    def share(self) -> Decimal:
        return Decimal(int(self.rng.random() * 10000)).scaleb(-2)
