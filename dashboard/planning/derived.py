"""What is made of other rows in a form of the engine's own: search vectors."""

from __future__ import annotations

from django.db.models import Field
from django.utils.translation import gettext as _

from ..transfer.columns import Table
from .table_selection import Item

# The command that fills an index of another engine again, by the model's label.
REBUILT_BY = {
    "wagtailsearch.IndexEntry": "update_index",
    "postgres_search.IndexEntry": "update_index",
    "modelsearch.IndexEntry": "rebuild_modelsearch_index",
}

# Real types whose values no other engine can hold.
VECTORS = {"tsvector"}


def rebuilding(item: Item, *, one_engine: bool) -> str:
    """Return how a whole table is rebuilt; "" where it is copied as others are."""
    command = REBUILT_BY.get(item.label)
    if one_engine or command is None:
        return ""
    return _(
        "A search index, whose columns depend on the engine. Afterwards, with the "
        "new database as default, run: manage.py %(command)s"
    ) % {"command": command}


def vectors(item: Item, old: Table, new: Table, *, one_engine: bool) -> list[str]:
    """Return the search vectors among an item's columns that cannot be copied."""
    found = []
    for name, field in item.fields.items():
        pair = [table.column(name) for table in (old, new)]
        types = {column.type.name for column in pair if column}
        if not (types & VECTORS or _is_vector(field)):
            continue
        if not one_engine or None in pair or len(types) > 1:
            found.append(name)
    return found


def _is_vector(field: Field[object, object]) -> bool:
    """Whether a field is contrib.postgres' SearchVectorField.

    By name: its module cannot be imported where there is no psycopg.
    """
    output = getattr(field, "output_field", None) or field
    return any(one.__name__ == "SearchVectorField" for one in type(output).__mro__)
