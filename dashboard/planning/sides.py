"""The two databases of a run, as the checks see them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import cached_property

from django.db import connections

from ..transfer.backends.base import Session, Size
from ..transfer.columns import Table
from ..transfer.relations import Relation
from .table_names import between_quotes, names_in
from .table_selection import Item, ModelTable


class Side:
    """One database, asked once for what is asked about every table."""

    def __init__(self, session: Session, taken: Collection[str]) -> None:
        self.session = session
        self.alias = session.database.alias
        # What the project's models call their tables.
        self._taken = taken
        self._found: dict[str, str | None] = {}

    @cached_property
    def relations(self) -> dict[str, Relation]:
        """Every table and view, by its name."""
        return {one.name: one for one in self.session.catalog.relations()}

    @cached_property
    def _sizes(self) -> dict[str, Size]:
        return self.session.catalog.sizes(list(self.relations.values()))

    def names(self, item: Item) -> list[str]:
        """Return the names that an item's table may have here, best first."""
        wrapper = connections[self.alias]
        if isinstance(item, ModelTable):
            return names_in(item.model, wrapper, self._taken)
        # A person writes a schema with a dot.
        dotted = item.table.replace(".", '"."', 1)
        return [item.table, between_quotes(wrapper, dotted)]

    def name(self, item: Item) -> str | None:
        """Return what the item's table is called here; None where there is none."""
        if item.label not in self._found:
            self._found[item.label] = self._find(item)
        return self._found[item.label]

    def _find(self, item: Item) -> str | None:
        names = self.names(item)
        for name in names:
            if name in self.relations:
                return name
        found = map(self.session.catalog.table, names)
        return next((table.name for table in found if table is not None), None)

    def table(self, item: Item) -> Table | None:
        """Return the item's table as this database has it, or None."""
        name = self.name(item)
        found = None if name is None else self.session.catalog.table(name)
        if found is None or not self.session.catalog.folds_columns:
            return found
        return _spelled_as(found, item.fields)

    def has_own_name(self, item: Item, table: Table) -> bool:
        """Whether Django looks for that table once this database is ``default``."""
        wanted = self.names(item)[0]
        if wanted == table.name:
            return True
        found = self.session.catalog.table(wanted)
        return found is not None and found.name == table.name

    def size(self, name: str) -> Size | None:
        """Return how large a table is; None for what has no rows of its own."""
        if name in self.relations:
            return self._sizes.get(name)
        return self.session.catalog.size(name)


def _spelled_as(table: Table, wanted: Collection[str]) -> Table:
    """Return the table with its columns in the letters' case of a model's."""
    known = {name.lower(): name for name in wanted}
    real = {column.name for column in table.columns}
    names = {
        name: known[name.lower()]
        for name in real
        if name.lower() in known and known[name.lower()] not in real
    }
    if not names:
        return table

    def renamed(columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(names.get(name, name) for name in columns)

    return replace(
        table,
        columns=tuple(
            replace(c, name=names.get(c.name, c.name)) for c in table.columns
        ),
        key=renamed(table.key),
        uniques=tuple(map(renamed, table.uniques)),
    )
