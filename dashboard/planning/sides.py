"""The two databases of a run, as the checks see them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import cached_property

from django.db import connections

from ..transfer.backends.base import Session
from ..transfer.backends.catalog import Size
from ..transfer.columns import Table
from ..transfer.relations import Relation
from .renames import Renames
from .table_names import between_quotes, names_in
from .table_selection import Item, ModelTable


class Side:
    """One database, asked once for what is asked about every table."""

    def __init__(
        self,
        session: Session,
        taken: Collection[str],
        renames: Renames | None = None,
        *,
        has_triggers_off: bool = False,
    ) -> None:
        self.session = session
        self.alias = session.database.alias
        # What the project's models call their tables.
        self._taken = taken
        # What is said to have another name here.
        self.renames = renames or Renames()
        # Whether its triggers are taken off for the load.
        self.has_triggers_off = has_triggers_off
        self._found: dict[str, str | None] = {}
        # What was asked of the catalogue, by the name that it was asked for.
        self._tables: dict[str, Table | None] = {}
        self._triggered: dict[str, list[str]] = {}

    def look_at(self, items: Iterable[Item]) -> None:
        """Ask the catalogue once for all that is asked about these items."""
        wanted: dict[str, None] = {}
        for item in items:
            names = self.names(item)
            known = [name for name in names if name in self.relations]
            wanted |= dict.fromkeys([names[0], *known[:1]] if known else names)
        self._asked(list(wanted))

    def look_for(self, items: Iterable[Item]) -> None:
        """Ask the catalogue once for all items that no name of a relation is of."""
        wanted: dict[str, None] = {}
        for names in map(self.names, items):
            if self.relations.keys().isdisjoint(names):
                wanted |= dict.fromkeys(names)
        self._asked(list(wanted))

    def _asked(self, names: Sequence[str]) -> list[Table | None]:
        """Return what the engine finds under each name."""
        new = [name for name in names if name not in self._tables]
        if new:
            found = self.session.catalog.tables(new)
            self._tables |= {name: found.get(name) for name in new}
        return [self._tables[name] for name in names]

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
        if name := self.renames.tables.get(item.label):
            dotted = name.replace(".", '"."', 1)
            return [name, between_quotes(wrapper, dotted)]
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
        found = next(filter(None, self._asked(names)), None)
        if found is None:
            return None
        # What it is asked for by its own name from now on.
        self._tables.setdefault(found.name, found)
        return found.name

    def table(self, item: Item) -> Table | None:
        """Return the item's table as this database has it, or None."""
        name = self.name(item)
        found = None if name is None else self._asked([name])[0]
        if found is None or not self.session.catalog.folds_columns:
            return found
        return _spelled_as(found, item.fields)

    def named(self, name: str) -> Table | None:
        """Return a table by the name that this database has for it."""
        return self._asked([name])[0]

    def has_own_name(self, item: Item, table: Table) -> bool:
        """Whether Django looks for that table once this database is ``default``."""
        wanted = self.names(item)[0]
        if wanted == table.name:
            return True
        (found,) = self._asked([wanted])
        return found is not None and found.name == table.name

    def triggers(self, name: str) -> list[str]:
        """Name the triggers that fire for a row that is loaded into a table."""
        if name not in self._triggered:
            new = {name} | {one.name for one in self._tables.values() if one}
            found = self.session.catalog.triggers(sorted(new - self._triggered.keys()))
            self._triggered |= {
                one: found.get(one, []) for one in new - self._triggered.keys()
            }
        return self._triggered[name]

    def fires(self, name: str) -> bool:
        """Whether any trigger runs for a row that is loaded into a table."""
        return bool(self.triggers(name)) and not self.has_triggers_off

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
