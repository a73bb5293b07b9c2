"""The first rows of a table, copied into a temporary one like it and compared there."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial

from django.utils.translation import gettext as _

from .backends.base import Session
from .backends.schema import TEMPORARY
from .bad_rows import BadRow, Search
from .compare import Comparison, compare_part
from .copy import again, move
from .errors import Busy, DataRefused, TooMuch, TransferError
from .failpoints import reach
from .keys import EVERYTHING, KeyRange
from .locating import located
from .plan import TablePlan
from .routes import Route
from .transform_route import TransformRoute, compared_plan

MOST_BAD = 10
"""Rows of a table that are looked for one by one where some are refused."""


@dataclass(frozen=True)
class Trial:
    """What came of the first rows of a table.

    ``rows`` were copied; ``error`` kept them from it. ``untried`` is why nothing could
    be tried, which says nothing of the rows.
    """

    rows: int = 0
    comparison: Comparison | None = None
    bad: tuple[BadRow, ...] = ()
    error: TransferError | None = None
    untried: TransferError | None = None

    @property
    def is_refused(self) -> bool:
        """Whether rows were refused, or arrived as others."""
        differs = self.comparison is not None and self.comparison.differences_count
        return self.error is not None or bool(differs)


def first_part(source: Session, plan: TablePlan, rows: int) -> KeyRange:
    """Return the range of the first rows, or of all where there are no more."""
    if not plan.is_divisible:
        return EVERYTHING
    return KeyRange(None, source.reader.upper_bound(plan, None, rows))


def try_first_rows(
    source: Session,
    destination: Session,
    plan: TablePlan,
    part: KeyRange,
    objects: Route | None = None,
) -> Trial:
    """Copy a range by the reader and loader of a run, and compare what arrived.

    Nothing is left of it. Raises TransferError where a connection is lost.
    """
    try:
        name = destination.schema.make_temporary(
            plan.table, [column.name for column in plan.written]
        )
    except TransferError as error:
        return Trial(untried=_of_this_table(error))
    shadow = replace(plan, table=name, table_in_source=plan.source_table)
    try:
        trial = _tried(source, destination, shadow, part, objects)
    except TransferError as error:
        lasting = _of_this_table(error)
        trial = Trial(untried=lasting) if error.retriable else Trial(error=lasting)
    finally:
        # A connection that is gone has none any more.
        with suppress(TransferError):
            destination.schema.drop_temporary(name)
    return _renamed(trial, plan.table, name)


def _of_this_table(error: TransferError) -> TransferError:
    """Return an error that leaves the other tables to be tried; raise any other.

    A lock that somebody holds is one: nothing waits for it here, as a run does.
    """
    if not error.retriable:
        return error
    if not isinstance(error, Busy | TooMuch):
        raise error
    remedy = _("Try it again when nobody else holds the table.")
    if isinstance(error, TooMuch):
        remedy = _("Try it with fewer rows: --chunk-rows.")
    return type(error)(error.message, remedy, code=error.code)


def _tried(
    source: Session,
    destination: Session,
    shadow: TablePlan,
    part: KeyRange,
    objects: Route | None,
) -> Trial:
    load = partial(move, source, destination, shadow, objects=objects)
    moved = partial(again, source, destination, objects)
    with located(destination, shadow, moved(part)):
        try:
            with destination.transaction():
                copied = load(part)
                reach("rows tried")
        except DataRefused:
            if not shadow.is_divisible:
                raise
            search = Search(source, destination, shadow, load)
            bad = search.bad_rows([part], MOST_BAD, moved)
            if not bad:
                raise
            return Trial(error=bad[0].error, bad=tuple(bad))
    return Trial(copied.read, _compared(source, destination, shadow, part, objects))


def _compared(
    source: Session,
    destination: Session,
    shadow: TablePlan,
    part: KeyRange,
    objects: Route | None,
) -> Comparison:
    if not isinstance(objects, TransformRoute):
        return compare_part(source, destination, shadow, part)
    # Loads SQLite's backend, which few processes need.
    from .transformed_side import TransformedSide

    with closing(TransformedSide(objects, source)) as side:
        return compare_part(side, destination, compared_plan(shadow), part)


def _renamed(trial: Trial, table: str, name: str) -> Trial:
    """Return the trial with the table's name in the temporary one's place."""

    def text(said: str) -> str:
        return said.replace(name, table).replace(TEMPORARY, table)

    def named(error: TransferError) -> TransferError:
        return type(error)(text(error.message), text(error.remedy), code=error.code)

    comparison = trial.comparison
    return replace(
        trial,
        error=named(trial.error) if trial.error else None,
        bad=tuple(replace(row, error=named(row.error)) for row in trial.bad),
        comparison=comparison
        and replace(
            comparison,
            unverifiable=text(comparison.unverifiable),
            uncompared=text(comparison.uncompared),
        ),
    )
