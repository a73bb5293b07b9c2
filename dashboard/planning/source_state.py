"""Whether rows of a database changed while something else was at work."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..databases import database
from ..transfer.backends import connect
from ..transfer.backends.base import Session
from ..transfer.checksums import Checksum, HashedColumn, Layout
from ..transfer.columns import Column, ColumnKind, Table
from ..transfer.errors import TransferError
from ..transfer.keys import EVERYTHING
from ..transfer.numbering import furthest_in_use
from ..transfer.plan import PlanColumn
from ..transfer.sequences import NumberSequence
from .renames import Renames, tables_of
from .sides import Side
from .table_selection import tables

LABEL = "migration-console-watch"
# Rows up to which a table is counted: fractions of a second.
COUNTED_ROWS = 1_000_000
# Rows up to which every value is looked at: a tenth of a second.
HASHED_ROWS = 20_000


@dataclass(frozen=True)
class State:
    """What is seen of a table: the rows, the greatest key, a hash of all values.

    Each is None where it would take too long, or where there is none.
    """

    rows: int | None
    greatest: int | None
    checksum: Checksum | None


Watched = Mapping[str, State]
"""The state of every table of the project, by name."""


def location(alias: str) -> str:
    """Return where an alias leads; "" where it leads nowhere, as yet.

    Raises TransferError for an alias that DATABASES does not have.
    """
    known = database(alias)
    try:
        with connect(known, LABEL) as session:
            return session.location()
    except TransferError:
        return ""


def watch(alias: str) -> Watched:
    """Return how the tables of a database are now.

    Nothing where it cannot be reached: then nobody else can change it either, and
    whoever needs it hears why.
    """
    try:
        with connect(database(alias), LABEL) as session:
            items = tables()
            taken = {item.table for item in items}
            side = Side(session, taken, Renames(tables_of(alias)))
            found = [side.table(item) for item in items]
            return {
                table.name: _state(session, table)
                for table in found
                if table is not None and not table.is_view
            }
    except TransferError:
        return {}


def _state(session: Session, table: Table) -> State:
    """Return what can be seen of a table.

    What one of them refuses to show must not hide the others.
    """
    rows = greatest = checksum = None
    with suppress(TransferError):
        size = session.catalog.size(table.name, COUNTED_ROWS)
        rows = size.rows if size.exact else None
        greatest = _greatest(session, table)
        if rows is not None and rows <= HASHED_ROWS:
            checksum = _checksum(session, table)
    return State(rows, greatest, checksum)


def _greatest(session: Session, table: Table) -> int | None:
    """Return the greatest key, if it is a number.

    PostgreSQL 17 and older know no greatest UUID (functions-aggregate.html).
    """
    key = table.column(table.key[0]) if len(table.key) == 1 else None
    if key is None or session.catalog.kind(key.type) is not ColumnKind.INTEGER:
        return None
    found = furthest_in_use(session, [NumberSequence(table.name, key.name)])
    return next(iter(found.values()))


def _checksum(session: Session, table: Table) -> Checksum:
    columns = tuple(_hashed(session, column) for column in table.columns)
    layout = Layout(
        table=table.name,
        key=columns[:1],
        server_hashed=columns,
        python_hashed=(),
        zone=session.database.zone,
    )
    return session.comparer.checksums(layout, EVERYTHING)[""]


def _hashed(session: Session, column: Column) -> HashedColumn:
    kind = session.catalog.kind(column.type)
    planned = PlanColumn(column.name, kind, column.nullable, column.type, column.type)
    zone = session.database.zone
    forms = session.comparer.canonical_forms(planned, column.type, zone)
    return HashedColumn(column.name, kind, column.type, forms[0])


def changes(before: Watched, after: Watched) -> list[str]:
    """Describe the tables that are not as they were."""
    found = []
    for name, old in before.items():
        new = after.get(name)
        if new is None:
            # Dropped, or not to be reached any more.
            found.append(_("'%(table)s' is gone") % {"table": name})
        elif new != old:
            found.append(_described(name, old, new))
    return found


def _described(name: str, old: State, new: State) -> str:
    facts = {"table": name, "before": old.rows, "after": new.rows}
    if old.rows != new.rows and None not in (old.rows, new.rows):
        return _("'%(table)s' had %(before)d rows and has %(after)d") % facts
    return _("'%(table)s' holds other values") % facts
