"""What is neither equal nor found before the start yet, and why."""

from __future__ import annotations

from dataclasses import dataclass

from tests.values.samples import EVERY


@dataclass(frozen=True)
class Gap:
    case: str
    why: str
    destinations: frozenset[str] = EVERY
    sources: frozenset[str] = EVERY


GAPS: tuple[Gap, ...] = ()


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
