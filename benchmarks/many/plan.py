"""What the many small tables look like and hold: the same ones on every run.

A table refers to tables with smaller numbers only, so that the first hundred of
the thousand are complete without the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from benchmarks.rows import DAYS, NOUNS, NULL, VERBS, moment, uuid

APP = "many"
TABLES_VARIABLE = "MIGRATION_CONSOLE_BENCHMARK_TABLES"
"""Names how many of the tables a Django process has; without it, none."""
ALL_TABLES = 1_000
MOST_ROWS = 200
MOST_PARENTS = 3
EMPTY_EVERY = 10
"""Every so many tables, one is empty."""
KINDS = ("text", "decimal", "day", "moment", "flag", "uuid", "json", "number", "name")


@dataclass(frozen=True)
class Spec:
    """One of the tables."""

    number: int
    rows: int
    kinds: tuple[str, ...]
    """The kind of each column that is neither the key nor a reference."""
    parents: tuple[int, ...]
    """The numbers of the tables referred to; at most once each."""

    @property
    def model(self) -> str:
        return f"Part{self.number:04d}"

    @property
    def table(self) -> str:
        return f"{APP}_{self.model.lower()}"

    @property
    def columns(self) -> tuple[str, ...]:
        references = (f"parent_{n}_id" for n in range(len(self.parents)))
        return ("id", "code", *references, *self.named)

    @property
    def named(self) -> dict[str, str]:
        """The kind of each column that is neither key nor reference, by name."""
        return {f"{kind}_{n}": kind for n, kind in enumerate(self.kinds)}

    def of_kind(self, kind: str) -> frozenset[str]:
        return frozenset(name for name, one in self.named.items() if one == kind)

    def sample(self) -> int:
        """A tenth of the rows, and some where there are some."""
        return -(-self.rows // 10)


def _number(*parts: object) -> int:
    text = " ".join(map(str, parts))
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:6])


@cache
def specs(count: int = ALL_TABLES) -> tuple[Spec, ...]:
    """The first tables, parents before children."""
    return tuple(map(_spec, range(count)))


def _rows(number: int) -> int:
    """0 to 200, about 40 in the mean: most tables have few."""
    if number % EMPTY_EVERY == EMPTY_EVERY - 1:
        return 0
    share = (_number("rows", number) % 1_000) / 999
    return 1 + int((MOST_ROWS - 1) * share**3.5)


def _spec(number: int) -> Spec:
    wanted = min(number, _number("parents", number) % (MOST_PARENTS + 1))
    parents = {_number("parent", number, n) % number for n in range(wanted)}
    kinds = [
        KINDS[_number("kind", number, n) % len(KINDS)]
        for n in range(2 + _number("width", number) % 7)
    ]
    return Spec(number, _rows(number), tuple(kinds), tuple(sorted(parents)))


def lines(spec: Spec, counts: dict[str, int]) -> Iterator[str]:
    """The data file's lines; see `benchmarks.rows` for their form.

    Every third reference is NULL, and so is one to an empty table.
    """
    parents = [counts[f"{APP}_part{number:04d}"] for number in spec.parents]
    for i in range(1, counts[spec.table] + 1):
        references = (
            NULL if not rows or (i + n) % 3 == 0 else 1 + _number(i, n) % rows
            for n, rows in enumerate(parents)
        )
        values = (
            _value(kind, _number(spec.number, i, n))
            for n, kind in enumerate(spec.kinds)
        )
        code = f"{spec.number}-{i}-{_number('code', spec.number, i):x}"
        yield "\t".join(map(str, (i, code, *references, *values))) + "\n"


def _value(kind: str, number: int) -> object:
    match kind:
        case "text":
            return f"«{VERBS[number % 7]}» the {NOUNS[number // 7 % 7]}; " * (
                number % 5
            )
        case "decimal":
            return (
                NULL if number % 9 == 0 else f"{number % 10_000_000}.{number % 97:02d}"
            )
        case "day":
            return NULL if number % 11 == 0 else DAYS[number % len(DAYS)]
        case "moment":
            return moment(number)
        case "flag":
            return number % 2
        case "uuid":
            return uuid(f"{number:032x}")
        case "json":
            # Spelled as PostgreSQL spells it, so that every engine keeps the text.
            return f'{{"id": {number % 1_000}, "tags": ["{NOUNS[number % 7]}", null]}}'
        case "number":
            return NULL if number % 13 == 0 else number % 2_000_000_000 - 1_000_000_000
        case _:
            return f"{NOUNS[number % 7]} {number % 100_000}"
