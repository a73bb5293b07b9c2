"""The tables of an alias that go into files or come out of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from django.utils.translation import gettext as _

from ..databases import database
from ..planning.filling import column_kind
from ..planning.sides import Side
from ..planning.table_selection import Item, ModelTable, UnknownLabel, select, tables
from ..transfer.backends import connect
from ..transfer.backends.base import Session
from ..transfer.columns import ColumnKind, Table
from ..transfer.errors import TransferError


class ExchangeRefused(TransferError):
    """What was asked for cannot be exported or imported."""


@dataclass(frozen=True)
class Found:
    """A table that was chosen, as the database has it."""

    item: Item
    table: Table

    @property
    def label(self) -> str:
        return self.item.label

    @property
    def kinds(self) -> dict[str, ColumnKind | None]:
        """What each column holds by its field; None where no field says it."""
        item = self.item
        if isinstance(item, ModelTable):
            return {name: column_kind(item, name) for name in item.fields}
        return {column.name: None for column in self.table.columns}

    @property
    def key(self) -> tuple[str, ...]:
        item = self.item
        if isinstance(item, ModelTable) and all(map(self.table.column, item.key)):
            return item.key
        return self.table.key


@contextmanager
def session(alias: str, *, writing: bool = False) -> Iterator[Session]:
    """Open a session of its own on an alias; raises TransferError."""
    label = f"mc-csv-{uuid4().hex[:12]}"
    with connect(database(alias), label, writing=writing, loading=writing) as found:
        yield found


def chosen(labels: Sequence[str], excluded: Sequence[str] = ()) -> list[Item]:
    """Return the tables that labels name. Raises ExchangeRefused."""
    try:
        return select(labels, excluded)
    except UnknownLabel as error:
        raise ExchangeRefused(
            _("'%(label)s' is no app and no model of the project.")
            % {"label": error.args[0]},
            _("Write app or app.Model, or table:name."),
        ) from None


def found(session: Session, items: Sequence[Item]) -> tuple[list[Found], list[Item]]:
    """Return the tables that the database has, and those that it has not."""
    side = Side(session, {item.table for item in tables()})
    side.look_at(items)
    there, absent = [], []
    for item in items:
        table = side.table(item)
        if table is None:
            absent.append(item)
        else:
            there.append(Found(item, table))
    return there, absent
