"""A session that tries something in the destination, in temporary tables alone."""

from __future__ import annotations

from contextlib import ExitStack

from django.utils.translation import gettext as _

from ..databases import database, django_connection
from ..transfer.backends import connect
from ..transfer.backends.base import Session
from ..transfer.errors import WrongDatabase
from ..transfer.plan import VALUES
from ..transfer.routes import Route
from ..transfer.values import ObjectRoute
from .checked_plan import CheckedPlan, PlannedTable
from .connection_checks import LABEL
from .sides import Side
from .transform_functions import route as route_of


def trial_session(
    stack: ExitStack, checked: CheckedPlan, destination: Side, label: str
) -> Session:
    """Open a session that may make temporary tables, until the stack ends."""
    alias = destination.alias
    found = database(alias, checked.time_zone)
    session = connect(found, f"{LABEL}-{label}", writing=True, loading=True)
    stack.enter_context(session)
    if session.location() != checked.destination_identity:
        raise WrongDatabase(
            _("A new connection of alias '%(alias)s' reaches another database.")
            % {"alias": alias},
            _("Let every connection of the alias reach the same database."),
        )
    return session


def trial_route(
    stack: ExitStack, sides: tuple[Side, Side], planned: PlannedTable
) -> Route | None:
    """Return the route of a table that needs another than text's, until the stack ends.

    Raises CannotServe where its transform is not the one that was just planned.
    """
    if planned.plan.transform is not None:
        return route_of(planned.plan, planned.item.fields, *(s.alias for s in sides))
    return object_route(stack, sides, planned)


def object_route(
    stack: ExitStack, sides: tuple[Side, Side], planned: PlannedTable
) -> ObjectRoute | None:
    """Return the values route of a table that needs it, until the stack ends."""
    if planned.plan.route != VALUES:
        return None
    old, new = (django_connection(side.alias) for side in sides)
    route = ObjectRoute(old, new, planned.item.fields)
    stack.callback(route.close)
    return route
