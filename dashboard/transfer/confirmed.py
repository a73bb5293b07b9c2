"""Rows of the destination that a person has agreed to delete, by number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from .errors import Unconfirmed

if TYPE_CHECKING:
    from .backends.base import Session


def check_confirmed(table: str, rows: int, confirmed: int) -> None:
    """Raise Unconfirmed where a table holds more rows than may be deleted."""
    if rows <= confirmed:
        return
    names = {"table": table, "rows": rows, "confirmed": confirmed}
    if confirmed:
        message = _(
            "Table '%(table)s' of the destination holds %(rows)d rows. Deleting "
            "%(confirmed)d was confirmed."
        )
    else:
        message = _(
            "Table '%(table)s' of the destination was empty when it was checked and "
            "holds %(rows)d rows now."
        )
    raise Unconfirmed(
        message % names,
        _(
            "See who writes there. A retry counts again and asks before it deletes; "
            "another plan may leave the table out."
        ),
    )


def prove_confirmed(destination: Session, table: str, confirmed: int) -> None:
    """Count a table; raise Unconfirmed where it holds more than may be deleted."""
    if confirmed or not destination.is_empty(table):
        check_confirmed(table, destination.catalog.count(table), confirmed)
