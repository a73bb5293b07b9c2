"""Proves that both tables of a plan still are what they were when it was made."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from .backends.base import Session
from .columns import Table
from .errors import ShapeChanged
from .plan import TablePlan
from .shape import KEY, Shape, shape_of


def prove_shapes(source: Session, destination: Session, plan: TablePlan) -> None:
    """Raise ShapeChanged where a table is not what it was when it was checked."""
    prove_all(source, destination, [plan])


def prove_all(
    source: Session, destination: Session, plans: Iterable[TablePlan]
) -> None:
    """Raise ShapeChanged for the first table that is not what it was.

    The catalogue of either side is asked once for all of the tables.
    """
    expected = list(plans)
    _prove(source, [(plan.source_table, plan.source_shape) for plan in expected])
    _prove(destination, [(plan.table, plan.destination_shape) for plan in expected])


def _prove(session: Session, expected: Iterable[tuple[str, Shape]]) -> None:
    # A plan of columns that nobody has looked at has no shape.
    given = [(name, shape) for name, shape in expected if shape]
    found = session.catalog.tables(name for name, _ in given)
    for name, shape in given:
        _prove_table(session, name, shape, found.get(name))


def _prove_table(
    session: Session, name: str, expected: Shape, table: Table | None
) -> None:
    if table is None:
        changes = _("it is gone")
    else:
        found = shape_of(table, folds=session.catalog.folds_columns)
        if found == expected:
            return
        changes = "; ".join(_changes(dict(expected), dict(found)))
    raise ShapeChanged(
        _(
            "Table '%(table)s' of '%(alias)s' has changed since it was checked: "
            "%(what)s."
        )
        % {"table": name, "alias": session.database.alias, "what": changes},
        _("Undo that and retry, or plan a new run, which takes it as it is now."),
    )


def _changes(before: dict[str, str], after: dict[str, str]) -> Iterable[str]:
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        names = {"column": name, "old": old, "new": new}
        if name == KEY:
            yield _("its key was (%(old)s) and is (%(new)s)") % names
        elif old is None:
            yield _("column '%(column)s' (%(new)s) was added") % names
        elif new is None:
            yield _("column '%(column)s' (%(old)s) is gone") % names
        else:
            yield _("column '%(column)s' was %(old)s and is %(new)s") % names
