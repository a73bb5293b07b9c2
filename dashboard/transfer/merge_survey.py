"""Counts what a merge would do, and which unique values are in its way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from django.utils.translation import gettext as _

from .backends.base import Session
from .backends.demanding import held
from .backends.sql import plain
from .demands import Unique
from .keys import Key
from .merging import Staging, staging
from .plan import TablePlan
from .values import ObjectRoute
from .whole_table import ranges

EXAMPLES = 5

Pair = tuple[Key, Key]
"""The key of a row that would be written, and of the row that is in its way."""


@dataclass(frozen=True)
class Collision:
    """Rows that would get what a row under another key has, in a unique key."""

    unique: Unique
    count: int
    keys: tuple[Pair, ...]


@dataclass(frozen=True)
class Survey:
    """How many rows would be inserted and updated, and how many stay.

    Of those that stay, the ``same`` are in the source too, and the ``others`` are not.
    """

    inserted: int
    updated: int
    same: int
    others: int
    collisions: tuple[Collision, ...] = ()


def survey(
    source: Session,
    destination: Session,
    plan: TablePlan,
    uniques: Sequence[Unique],
    objects: ObjectRoute | None,
    go_on: Callable[[], None],
    within: Callable[[], AbstractContextManager[None]],
) -> Survey:
    """Look at all rows of the source without writing any.

    ``go_on`` is called before each range, and may raise; what is asked of the
    destination is asked inside of what ``within`` returns.
    """
    rows = inserted = updated = 0
    found: dict[str, Collision] = {}
    # What is not written cannot collide: the destination gives it by itself.
    known = {column.name for column in plan.columns}
    others = [u for u in uniques if known >= set(u.columns) and not _is_key(plan, u)]
    others = [u for u in others if not (u.nulls_are_equal and _is_rekeyed(plan, u))]
    with staging(destination, plan, None, alone=True) as staged:
        for part in ranges(source, plan):
            go_on()
            with destination.transaction():
                copied = staged.stage(source, part, objects)
                with within():
                    seen = staged.find(part, copied.rows)
                    for one in _collisions(destination, plan, staged, others):
                        found[one.unique.name] = _added(found, one)
            rows += seen.rows
            inserted += seen.inserted
            updated += seen.updated
        there = destination.catalog.count(plan.table)
    return Survey(
        inserted,
        updated,
        rows - inserted - updated,
        max(there - (rows - inserted), 0),
        tuple(found.values()),
    )


def _is_key(plan: TablePlan, unique: Unique) -> bool:
    return unique.is_plain and set(unique.columns) <= set(plan.key)


def _is_rekeyed(plan: TablePlan, unique: Unique) -> bool:
    """Whether it has keys that are not known before the start, and are NULL then."""
    names = set(unique.columns)
    return any(c.key_maps for c in plan.columns if c.name in names)


def _added(found: Mapping[str, Collision], more: Collision) -> Collision:
    known = found.get(more.unique.name)
    if known is None:
        return more
    keys = (*known.keys, *more.keys)[:EXAMPLES]
    return Collision(known.unique, known.count + more.count, keys)


def _collisions(
    session: Session, plan: TablePlan, staged: Staging, uniques: Sequence[Unique]
) -> Iterator[Collision]:
    for unique in uniques:
        sql = _joined(session, plan, staged, unique)
        count = int(session.query(f"SELECT count(*) {sql}")[0][0])
        if count:
            yield Collision(unique, count, tuple(_examples(session, plan, sql)))


def _joined(session: Session, plan: TablePlan, staged: Staging, unique: Unique) -> str:
    """Return FROM and WHERE of written rows, s, and of those in their way, d."""
    new = _rows(session, plan, unique, session.quote_table(staged.written))
    old = _rows(session, plan, unique, session.rows_of(plan.table))
    parts = [f"mc_part{number}" for number in range(len(unique.parts))]
    same = [
        f"(s.{part} = d.{part} OR s.{part} IS NULL AND d.{part} IS NULL)"
        if unique.nulls_are_equal
        else f"s.{part} = d.{part}"
        for part in parts
    ]
    key = [f"s.mc_key{n} = d.mc_key{n}" for n in range(len(plan.key))]
    return (
        f"FROM ({new}) s JOIN ({old}) d ON {' AND '.join(same)} "
        f"WHERE NOT ({' AND '.join(key)}){_or_new(plan)}"
    )


def _or_new(plan: TablePlan) -> str:
    """Add the rows whose key the destination has still to give."""
    places = [n for n, column in enumerate(plan.key_columns) if column.key_maps]
    return "".join(f" OR s.mc_key{place} IS NULL" for place in places)


def _rows(session: Session, plan: TablePlan, unique: Unique, rows: str) -> str:
    names = [f"{session.quote(key)} AS mc_key{n}" for n, key in enumerate(plan.key)]
    names += [f"{part} AS mc_part{n}" for n, part in enumerate(unique.parts)]
    return f"SELECT {', '.join(names)} FROM {rows} WHERE {held(unique)}"  # noqa: S608


def _examples(session: Session, plan: TablePlan, sql: str) -> Iterator[Pair]:
    names = [f"{side}.mc_key{n}" for side in "sd" for n in range(len(plan.key))]
    order = ", ".join(names[: len(plan.key)])
    rows = session.query(
        f"SELECT {', '.join(names)} {sql} ORDER BY {order} LIMIT {EXAMPLES}"
    )
    for row in rows:
        # The destination has still to give it.
        values = tuple(_("new") if one is None else plain(one) for one in row)
        yield values[: len(plan.key)], values[len(plan.key) :]
