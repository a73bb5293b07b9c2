"""What is neither equal nor found before the start yet, and why."""

from __future__ import annotations

from dataclasses import dataclass

from tests.values.samples import BOTH, EVERY, POSTGRESQL


@dataclass(frozen=True)
class Gap:
    case: str
    why: str
    destinations: frozenset[str] = EVERY
    sources: frozenset[str] = EVERY


UNIQUE = "values that collide under a unique key of the destination (E230 and on)"
CHECK = "CHECK constraints of the destination (E230 and on)"
INDEX = "how long an index of the destination lets a value be (E230 and on)"

GAPS = (
    *(
        Gap(name, UNIQUE, BOTH)
        for name in ("d06a", "d08a", "d08b", "d08c", "d08d", "d67a", "d68b")
    ),
    Gap("d07a", UNIQUE, EVERY - POSTGRESQL),
    Gap("d07b", UNIQUE),
    Gap("d13a", INDEX, POSTGRESQL),
    Gap("d20b", CHECK, EVERY - BOTH),
    Gap("d64b", UNIQUE),
    Gap("d66a", CHECK),
    Gap("d66b", UNIQUE),
)


def is_gap(name: str, source: str, destination: str) -> bool:
    return why(name, source, destination) is not None


def why(name: str, source: str, destination: str) -> str | None:
    """Why a case is neither in a direction, None where it is one of both."""
    for gap in GAPS:
        if (
            gap.case == name
            and source in gap.sources
            and destination in gap.destinations
        ):
            return gap.why
    return None
