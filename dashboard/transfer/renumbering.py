"""Numbers of the source that stand for other numbers in the destination.

Content types, permissions and sites are known by their names; the number of each
is whatever the database came to when it made the row. Where they themselves are
not copied, every reference to one is rewritten on its way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Numbers = tuple[tuple[int, int], ...]
"""Pairs of a number of the source and the destination's, in ascending order."""

UNKNOWN = "?"
"""What a number without a counterpart begins with: no engine loads that as one,
and none spells a number so."""


@dataclass(frozen=True)
class Run:
    """Numbers that follow each other on both sides."""

    first: int
    last: int
    shift: int


def ordered(numbers: Mapping[int, int]) -> Numbers:
    """Return a map as it is written into a plan."""
    return tuple(sorted(numbers.items()))


def runs(numbers: Numbers) -> list[Run]:
    """Return the map in as few pieces as it has."""
    found: list[Run] = []
    for old, new in numbers:
        if found and (old, new - old) == (found[-1].last + 1, found[-1].shift):
            found[-1] = Run(found[-1].first, old, new - old)
        else:
            found.append(Run(old, old, new - old))
    return found


def renumbered(
    name: str, numbers: Numbers, text: Callable[[str], str], unknown: str
) -> str:
    """Return SQL for the text of a column's number in the destination.

    ``text`` spells a number as text; ``unknown`` is what stands for a number
    without a counterpart, and NULL where the column is. The pieces are found by
    halves: a project has thousands of permissions.
    """
    return _halved(name, runs(numbers), text, unknown)


def _halved(
    name: str, found: Sequence[Run], text: Callable[[str], str], unknown: str
) -> str:
    if not found:
        return unknown
    if len(found) == 1:
        one = found[0]
        moved = text(f"{name} {'-' if one.shift < 0 else '+'} {abs(one.shift)}")
        return (
            f"CASE WHEN {name} BETWEEN {one.first} AND {one.last} "
            f"THEN {moved} ELSE {unknown} END"
        )
    middle = len(found) // 2
    lower = _halved(name, found[:middle], text, unknown)
    upper = _halved(name, found[middle:], text, unknown)
    return f"CASE WHEN {name} < {found[middle].first} THEN {lower} ELSE {upper} END"
