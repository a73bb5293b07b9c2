"""What numbers the rows of a table: a sequence, an identity, an auto-increment.

After a load it has to go on beyond every number that is in use, and beyond those
that the source has given out: a number of a deleted row is not given again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .backends.base import Session
from .backends.many import values
from .plan import TablePlan
from .sequences import NumberSequence

Place = tuple[str, str]
"""A table and a column of it."""

Places = Mapping[Place, Sequence[Place]]
"""The columns of the other side by the one that they are read from."""


@dataclass(frozen=True)
class Reach:
    """A sequence, the columns that it numbers, and what it has to lie beyond."""

    sequence: NumberSequence
    places: tuple[Place, ...]
    beyond: int


def given_out(
    sequences: Iterable[NumberSequence], places: Places
) -> dict[tuple[str, str, bool], int]:
    """Return the last number of each column, apart by whether they descend.

    ``places`` are the columns that are read from each, on the other side.
    """
    found: dict[tuple[str, str, bool], int] = {}
    for one in sequences:
        if one.last is None:
            continue
        for table, column in places.get(one.place, ()):
            place = (table, column, one.descends)
            found[place] = one.further(found.get(place), one.last)
    return found


def places_of(plans: Iterable[TablePlan]) -> Places:
    """Return the columns of the destination by those that they are read from."""
    found: dict[Place, list[Place]] = defaultdict(list)
    for plan in plans:
        for column in plan.columns:
            if column.key_maps:
                # Its numbers are not the source's.
                continue
            old = plan.source_table, plan.in_source(column.name)
            found[old].append((plan.table, column.name))
    return found


def read_from(places: Places) -> dict[Place, Place]:
    """Return the columns that those of the destination are read from."""
    return {new: old for old, read in places.items() for new in read if old[1]}


def reaches(
    session: Session,
    sequences: Iterable[NumberSequence],
    used: Mapping[tuple[str, str, bool], int],
    back: Mapping[Place, Place] | None = None,
) -> list[Reach]:
    """Return how far each sequence has to reach, a shared one once.

    ``session`` is asked for the furthest numbers in use, and has the columns where
    ``back`` says; ``used`` is what ``given_out`` says of the other side.
    """
    groups: dict[tuple[str, ...], list[NumberSequence]] = defaultdict(list)
    for one in sequences:
        groups[(one.name,) if one.name else one.place].append(one)
    every = [one for shared in groups.values() for one in shared]
    in_use = furthest_in_use(session, every, back)
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
    back: Mapping[Place, Place] | None = None,
) -> dict[tuple[Place, bool], int | None]:
    """Return the number in use that each sequence comes to last, if there is any.

    By the column and by whether the sequence descends. ``back`` says where the
    session has the columns, where it is not the side of the sequences; a column that
    it does not have has no number.
    """
    asked = {}
    found: dict[tuple[Place, bool], Any] = {}
    for one in sequences:
        place = one.place if back is None else back.get(one.place)
        if place is None:
            found[one.place, one.descends] = None
            continue
        # Rows of tables that inherit from it draw on the same sequence.
        table, column = session.quote_table(place[0]), session.quote(place[1])
        function = "min" if one.descends else "max"
        asked[one.place, one.descends] = f"(SELECT {function}({column}) FROM {table})"  # noqa: S608
    found |= values(session, asked)
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
