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
    found = []
    for shared in groups.values():
        furthest: int | None = None
        for one in shared:
            for number in (
                used.get((*one.place, one.descends)),
                furthest_in_use(session, one, (names or {}).get(one.table)),
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
    session: Session, sequence: NumberSequence, name: str | None = None
) -> int | None:
    """Return the number in use that a sequence comes to last, if there is any.

    ``name`` is what the session calls the table, if not as the sequence does.
    """
    column = session.quote(sequence.column)
    # Rows of tables that inherit from it draw on the same sequence.
    table = session.quote_table(name or sequence.table)
    function = "min" if sequence.descends else "max"
    sql = f"SELECT {function}({column}) FROM {table}"  # noqa: S608
    found = session.query(sql)[0][0]
    # A column of SQLite may hold something else.
    return int(found) if isinstance(found, int | Decimal) else None


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
