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
from django.db.models import Field
from django.utils.translation import gettext as _

from ..transfer.backends.base import Session
from ..transfer.plan import TablePlan
from ..transfer.renumbering import Numbers, ordered
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
    """The numbers of both sides, each asked for once."""

    def __init__(self, source: Session, destination: Session) -> None:
        self._sides = (source, destination)
        self._names: dict[str, tuple[Names, Names]] = {}

    def names(self, label: str) -> tuple[Names, Names]:
        """Return the names by number, of the source and of the destination."""
        if label not in self._names:
            source, destination = self._sides
            self._names[label] = _names(source, label), _names(destination, label)
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
) -> list[str]:
    """Return the columns, as table.column, that are not renumbered as planned.

    ``items`` are all tables that take part.
    """
    renumbering = Renumbering(source, destination)
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


def _names(session: Session, label: str) -> Names:
    """Return the names of a model's rows; none where a table is missing."""
    model = apps.get_model(label)
    content_type = apps.get_model(CONTENT_TYPE) if label != SITE else model
    tables = {model._meta.db_table, content_type._meta.db_table}
    if any(session.catalog.table(name) is None for name in tables):
        return {}
    rows_of = session.rows_of
    table, types = rows_of(model._meta.db_table), rows_of(content_type._meta.db_table)
    statements = {
        CONTENT_TYPE: f"SELECT id, app_label, model FROM {table}",  # noqa: S608
        PERMISSION: (
            f"SELECT p.id, c.app_label, c.model, p.codename FROM {table} p "  # noqa: S608
            f"JOIN {types} c ON c.id = p.content_type_id"
        ),
        SITE: f"SELECT id, domain FROM {table}",  # noqa: S608
    }
    return {row[0]: ".".join(row[1:]) for row in session.query(statements[label])}


def words(label: str) -> str:
    """Return how people call the rows of a model."""
    found = {
        CONTENT_TYPE: _("content types"),
        PERMISSION: _("permissions"),
        SITE: _("sites"),
    }
    return found[label]
