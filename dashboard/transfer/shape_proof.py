"""Proves that both tables of a plan still are what they were when it was made."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from .backends.base import Session
from .errors import ShapeChanged
from .plan import TablePlan
from .shape import KEY, Shape, shape_of


def prove_shapes(source: Session, destination: Session, plan: TablePlan) -> None:
    """Raise ShapeChanged where a table is not what it was when it was checked."""
    _prove(source, plan.source_table, plan.source_shape)
    _prove(destination, plan.table, plan.destination_shape)


def _prove(session: Session, name: str, expected: Shape) -> None:
    if not expected:
        return
    table = session.catalog.table(name)
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
