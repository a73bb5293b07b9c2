"""Rows that two databases number differently: content types, permissions, sites.

Django makes them by itself, in the order in which it comes across them, so that
two databases of one project number them differently as a rule. Where they are not
copied, what refers to them is renumbered: by natural key, from the source's number
to the destination's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.models import Field
from django.utils.translation import gettext as _

from ..transfer.backends.base import Session
from ..transfer.backends.projection import rows_as
from ..transfer.columns import ColumnKind, Table
from ..transfer.plan import SourceColumn, TablePlan
from ..transfer.renumbering import Numbers, ordered
from .renames import Renames
from .table_names import between_quotes
from .table_selection import Item

CONTENT_TYPE = "contenttypes.ContentType"
PERMISSION = "auth.Permission"
SITE = "sites.Site"
NATURAL = (CONTENT_TYPE, PERMISSION, SITE)

Names = dict[int, str]
"""What stands for each number, as people write it: shop.order, example.com."""


@dataclass(frozen=True)
class Reference:
    """A column that holds numbers of such a model."""

    item: Item
    column: str
    label: str


def references(items: Iterable[Item]) -> list[Reference]:
    """Return what refers to a content type, a permission or a site not among them."""
    chosen = list(items)
    labels = {item.label for item in chosen}
    found = []
    for item in chosen:
        for column, field in item.fields.items():
            label = _referred(field)
            if label and label not in labels:
                found.append(Reference(item, column, label))
    return found


def _referred(field: Field[Any, Any]) -> str:
    """Return the label of the model whose numbers a field holds, or ""."""
    target = field
    # A reference to what is itself known by such a reference holds its number.
    while target.is_relation and hasattr(target, "target_field"):
        target = target.target_field
    label = target.model._meta.label
    is_number = target is not field and target.primary_key
    return label if is_number and label in NATURAL else ""


class Renumbering:
    """The numbers of both sides, each asked for once.

    ``renames`` says where the source has another schema.
    """

    def __init__(self, source: Session, destination: Session, renames: Renames) -> None:
        self._sides = ((source, renames), (destination, Renames()))
        self._names: dict[str, tuple[Names, Names]] = {}

    def names(self, label: str) -> tuple[Names, Names]:
        """Return the names by number, of the source and of the destination."""
        if label not in self._names:
            source, destination = self._sides
            self._names[label] = _names(*source, label), _names(*destination, label)
        return self._names[label]

    def numbers(self, label: str) -> Numbers | None:
        """Return what the source's numbers become; None where both are the same."""
        old, new = self.names(label)
        if old == new:
            return None
        known = {name: number for number, name in new.items()}
        return ordered(
            {number: known[name] for number, name in old.items() if name in known}
        )


def installed() -> list[str]:
    """Return the labels of those models that the project has."""
    found = []
    for label in NATURAL:
        app = label.partition(".")[0]
        if apps.is_installed(f"django.contrib.{app}"):
            found.append(label)
    return found


def changed(
    items: Iterable[Item],
    plans: Iterable[TablePlan],
    source: Session,
    destination: Session,
    renames: Renames,
) -> list[str]:
    """Return the columns, as table.column, that are not renumbered as planned.

    ``items`` are all tables that take part, ``renames`` is what the source has under
    other names.
    """
    renumbering = Renumbering(source, destination, renames)
    now: dict[tuple[str, str], Numbers | None] = {
        (reference.item.label, reference.column): renumbering.numbers(reference.label)
        for reference in references(items)
    }
    return [
        f"{plan.table}.{column.name}"
        for plan in plans
        for column in plan.columns
        if now.get((plan.model, column.name)) != column.numbers
    ]


# What names a row, beside its number.
NAMED_BY = {
    CONTENT_TYPE: ("app_label", "model"),
    PERMISSION: ("codename", "content_type_id"),
    SITE: ("domain",),
}


def _names(session: Session, renames: Renames, label: str) -> Names:
    """Return the names of a model's rows; none where a table or a column is missing."""
    rows = _rows(session, renames, label, "p")
    statement = f"SELECT p.id, p.domain FROM {rows}"  # noqa: S608
    if label == CONTENT_TYPE:
        statement = f"SELECT p.id, p.app_label, p.model FROM {rows}"  # noqa: S608
    if label == PERMISSION:
        types = _rows(session, renames, CONTENT_TYPE, "c")
        if types is None:
            return {}
        statement = (
            f"SELECT p.id, c.app_label, c.model, p.codename FROM {rows} "  # noqa: S608
            f"JOIN {types} ON c.id = p.content_type_id"
        )
    if rows is None:
        return {}
    return {row[0]: ".".join(row[1:]) for row in session.query(statement)}


def _rows(session: Session, renames: Renames, label: str, name: str) -> str | None:
    """Return a model's rows under its own names, for FROM, as ``name``; or None."""
    table = _table(session, renames, label)
    if table is None:
        return None
    places = renames.columns.get(label, {})
    columns = [
        SourceColumn(column, places.get(column, column), ColumnKind.OTHER)
        for column in ("id", *NAMED_BY[label])
    ]
    real = {column.name.casefold() for column in table.columns}
    if any(column.in_source.casefold() not in real for column in columns):
        return None
    quoted, rows = session.quote_table(table.name), session.rows_of(table.name)
    return rows_as(session, quoted, rows, columns, name)[1]


def _table(session: Session, renames: Renames, label: str) -> Table | None:
    """Return a model's table, which may be in a schema that is written with a dot."""
    name = renames.tables.get(label)
    if name is None:
        return session.catalog.table(apps.get_model(label)._meta.db_table)
    dotted = between_quotes(
        connections[session.database.alias], name.replace(".", '"."', 1)
    )
    return session.catalog.table(name) or session.catalog.table(dotted)


def words(label: str) -> str:
    """Return how people call the rows of a model."""
    found = {
        CONTENT_TYPE: _("content types"),
        PERMISSION: _("permissions"),
        SITE: _("sites"),
    }
    return found[label]
