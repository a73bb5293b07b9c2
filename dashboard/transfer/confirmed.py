"""Rows of the destination that a person has agreed to delete, by number."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from .backends.many import counts, filled
from .errors import Unconfirmed

if TYPE_CHECKING:
    from .backends.base import Session
    from .columns import ForeignKey


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
    raise _unconfirmed(message % names)


def not_made_by_migrate(table: str) -> Unconfirmed:
    """Return the fault of a table that held only what ``migrate`` makes."""
    return _unconfirmed(
        _(
            "Table '%(table)s' of the destination held what migrate makes when it was "
            "checked and holds something else now. Nobody has confirmed to delete that."
        )
        % {"table": table}
    )


def _unconfirmed(message: str) -> Unconfirmed:
    return Unconfirmed(
        message,
        _(
            "See who writes there. A retry counts again and asks before it deletes; "
            "another plan may leave the table out."
        ),
    )


def prove_confirmed(destination: Session, confirmed: Mapping[str, int]) -> None:
    """Count tables; raise Unconfirmed where one holds more than may be deleted.

    ``confirmed`` are the rows that may be, by table. None is counted of which
    nothing may and that holds nothing.
    """
    holding = filled(
        destination, [name for name, rows in confirmed.items() if not rows]
    )
    counted = [name for name, rows in confirmed.items() if rows or name in holding]
    for table, rows in counts(destination, counted).items():
        check_confirmed(table, rows, confirmed[table])


def referring(
    destination: Session, emptied: Collection[str], chosen: Collection[str]
) -> Iterator[ForeignKey]:
    """Yield keys of rows that are nobody's to delete, to tables that are emptied.

    A key may delete those rows as well, or they would refer to nothing.
    """
    found = [
        key
        for key in destination.catalog.foreign_keys()
        if key.to_table in emptied and key.table not in chosen
    ]
    holding = filled(destination, dict.fromkeys(key.table for key in found))
    yield from (key for key in found if key.table in holding)


def refers(key: ForeignKey) -> str:
    """Say what is in the way of emptying a table."""
    return _(
        "Table '%(table)s' of the destination is not chosen, holds rows and refers to "
        "'%(other)s', which would be emptied."
    ) % {"table": key.table, "other": key.to_table}


def prove_unreferred(
    destination: Session, emptied: Collection[str], chosen: Collection[str]
) -> None:
    """Raise Unconfirmed where rows of no chosen table refer to one that is emptied."""
    for key in referring(destination, emptied, chosen):
        raise Unconfirmed(
            refers(key),
            _("Empty '%(table)s' and retry, or plan a new run that takes it too.")
            % {"table": key.table},
        )
