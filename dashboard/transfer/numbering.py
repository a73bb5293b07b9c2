"""What numbers the rows of a table: a sequence, an identity, an auto-increment.

After a load it has to go on beyond every number that is in use, and beyond those
that the source has given out: a number of a deleted row is not given again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from .backends.base import Session
from .backends.many import values
from .sequences import NumberSequence

Place = tuple[str, str]
"""A table and a column of it."""


@dataclass(frozen=True)
class Reach:
    """A sequence, the columns that it numbers, and what it has to lie beyond."""

    sequence: NumberSequence
    places: tuple[Place, ...]
    beyond: int


def given_out(
    sequences: Iterable[NumberSequence], names: Mapping[str, str]
) -> dict[tuple[str, str, bool], int]:
    """Return the last number of each column, apart by whether they descend.

    ``names`` are what the tables are called on the other side.
    """
    found: dict[tuple[str, str, bool], int] = {}
    for one in sequences:
        if one.last is not None:
            place = (names[one.table], one.column, one.descends)
            found[place] = one.further(found.get(place), one.last)
    return found


def reaches(
    session: Session,
    sequences: Iterable[NumberSequence],
    used: Mapping[tuple[str, str, bool], int],
    names: Mapping[str, str] | None = None,
) -> list[Reach]:
    """Return how far each sequence has to reach, a shared one once.

    ``session`` is asked for the furthest numbers in use, and calls the tables as
    ``names`` says; ``used`` is what ``given_out`` says of the other side.
    """
    groups: dict[tuple[str, ...], list[NumberSequence]] = defaultdict(list)
    for one in sequences:
        groups[(one.name,) if one.name else one.place].append(one)
    every = [one for shared in groups.values() for one in shared]
    in_use = furthest_in_use(session, every, names or {})
    found = []
    for shared in groups.values():
        furthest: int | None = None
        for one in shared:
            for number in (
                used.get((*one.place, one.descends)),
                in_use[one.place, one.descends],
            ):
                if number is not None:
                    furthest = one.further(furthest, number)
        if furthest is not None:
            places = tuple(one.place for one in shared)
            found.append(Reach(_strictest(shared), places, furthest))
    return found


def _strictest(shared: list[NumberSequence]) -> NumberSequence:
    return next((one for one in shared if one.is_required), shared[0])


def furthest_in_use(
    session: Session,
    sequences: Iterable[NumberSequence],
    names: Mapping[str, str] | None = None,
) -> dict[tuple[Place, bool], int | None]:
    """Return the number in use that each sequence comes to last, if there is any.

    By the column and by whether the sequence descends. ``names`` are what the
    session calls the tables, where it does not as the sequences do.
    """
    asked = {}
    for one in sequences:
        # Rows of tables that inherit from it draw on the same sequence.
        table = session.quote_table((names or {}).get(one.table) or one.table)
        function = "min" if one.descends else "max"
        column = session.quote(one.column)
        asked[one.place, one.descends] = f"(SELECT {function}({column}) FROM {table})"  # noqa: S608
    found = values(session, asked)
    # A column of SQLite may hold something else.
    return {
        place: int(number) if isinstance(number, int | Decimal) else None
        for place, number in found.items()
    }


def short_of(found: Iterable[Reach], now: Iterable[NumberSequence]) -> list[Reach]:
    """Return the sequences whose next number is in use, as they are ``now``."""
    last = {(one.name, *one.place): one.last for one in now}
    short = []
    for reach in found:
        one = reach.sequence
        here = last.get((one.name, *one.place))
        if one.is_required and (
            here is None or one.further(here, reach.beyond) != here
        ):
            short.append(reach)
    return short
