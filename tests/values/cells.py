"""One cell of the matrix: a column at the source, one at the destination.

What happens to each value where nothing is looked through before the start is a word:

    equal     it arrived, and the comparison says so
    refused   an error that names table and column
    noticed   it arrived as something else, or nothing can prove that it did
              not, and the comparison says so

and the ones that must not be, which begin with an exclamation mark.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import connections, models
from django.test.utils import isolate_apps

from dashboard.databases import database
from dashboard.transfer.backends import connect as open_session
from dashboard.transfer.receipts import Receipts
from tests.aliases import forget, register
from tests.project import Servers
from tests.servers import fresh_name
from tests.values import forms, judge
from tests.values.copying import Copying, judged
from tests.values.families import FAMILIES
from tests.values.family import Family
from tests.values.samples import Value

Outcomes = dict[str, str]
"""The word for each value, by its label."""


def model_of(family: Family) -> Any:
    """A model with the field over the column that all of them have."""
    with isolate_apps("migration_console.bookshop"):
        reading = family.make_field()
        reading.null = True
        attributes = {
            judge.COLUMN: reading,
            "id": models.IntegerField(primary_key=True),
            "__module__": __name__,
            "Meta": type("Meta", (), {"app_label": "bookshop"}),
        }
        return type("Reading", (models.Model,), attributes)


@dataclass
class Side:
    """A database, its alias, and what is open on it."""

    engine: str
    alias: str
    raw: Any
    session: Any = None
    reader: Any = None
    receipts: Any = None
    tables: dict[str, dict[int, Value]] = field(default_factory=dict)

    def own(self, family: Family) -> str:
        """The type that Django itself makes for the field, or a project."""
        if self.engine in family.own:
            return family.own[self.engine]
        found = family.make_field()
        return str(found.db_type(connections[self.alias]))


class Bench:
    """Two databases of every engine that is asked for, as long as it lasts."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._sides: dict[tuple[str, str], Side] = {}
        # By label, the checks that find a value before the start.
        self.found: dict[Cell, dict[str, str]] = {}
        # Names of tables are cut by the rule of the default alias, whichever it is.
        nowhere = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
        register("default", nowhere)
        self._models = {family.name: model_of(family) for family in FAMILIES}

    def side(self, engine: str, role: str) -> Side:
        if (engine, role) not in self._sides:
            server = self._servers.server(engine)
            name = fresh_name("values")
            server.create_empty(name)
            entry = server.entry(name)
            alias = f"{engine}_{role}"
            register(alias, entry)
            raw = judge.connect(engine, entry)
            raw.prepare()
            side = Side(engine, alias, raw)
            writes = role == "new"
            side.session = open_session(
                database(alias), fresh_name("l"), writing=writes, loading=writes
            )
            if writes:
                side.reader = open_session(database(alias), fresh_name("l"))
                side.receipts = Receipts(side.session, "migration_console_receipts")
                side.receipts.create()
            self._sides[(engine, role)] = side
        return self._sides[(engine, role)]

    def close(self) -> None:
        for side in self._sides.values():
            side.session.close()
            if side.reader:
                side.reader.close()
            side.raw.close()
            forget(side.alias)
        forget("default")

    # --- tables -----------------------------------------------------------

    def filled(self, side: Side, family: Family, column: str) -> str:
        """The table of the source with every value that the column can hold."""
        table = f"v{len(side.tables)}"
        side.tables[table] = held = {}
        side.raw.create(table, column)
        for key, value in enumerate(family.values, 1):
            if side.engine in value.engines and side.raw.hold(table, key, value):
                held[key] = value
        return table

    # --- a cell -----------------------------------------------------------

    def outcomes(
        self, family: Family, source: Side, old: str, destination: Side, new: str
    ) -> Outcomes:
        table = self.filled(source, family, old)
        destination.raw.drop(table)
        destination.raw.create(table, new)
        try:
            return self._outcomes(family, table, source, old, destination, new)
        finally:
            destination.raw.drop(table)
            source.raw.drop(table)

    def _outcomes(
        self,
        family: Family,
        table: str,
        source: Side,
        old: str,
        destination: Side,
        new: str,
    ) -> Outcomes:
        held = source.tables[table]
        copying = Copying(source, destination, self._models[family.name], table)
        keys = copying.found(list(held))
        cell = Cell(family.name, source.engine, old, destination.engine, new)
        self.found[cell] = {
            held[key].label: "+".join(sorted(ids)) for key, ids in keys.items()
        }
        refusals = copying.run(list(held))
        found = {held[key].label: word for key, word in refusals.items() if key in held}
        left = {key: value for key, value in held.items() if key not in refusals}
        if left:
            before = source.raw.read(table, old)
            after = destination.raw.read(table, new)
            words = judged(
                {key: forms.read(family.form, before[key]) for key in left},
                {
                    key: forms.read(family.form, after[key])
                    for key in left
                    if key in after
                },
                copying.compared(),
            )
            found |= {left[key].label: word for key, word in words.items()}
        return {value.label: found[value.label] for value in held.values()}


# --- all of them ------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """A field, the column under it on both sides, and the direction."""

    family: str
    source: str
    old: str
    destination: str
    new: str


def cells(bench_own: Any, family: Family, source: str, destination: str) -> list[Cell]:
    """Every column of one side with Django's own on the other, and like with like."""
    olds = [c.sql for c in family.columns if source in c.engines]
    news = [c.sql for c in family.columns if destination in c.engines]
    own_old, own_new = bench_own(source), bench_own(destination)
    pairs = [(own_old, own_new)]
    pairs += [(old, own_new) for old in olds if old != own_old]
    pairs += [(own_old, new) for new in news if new != own_new]
    pairs += [(old, old) for old in olds if old in news and old != own_old]
    return [
        Cell(family.name, source, old, destination, new)
        for old, new in dict.fromkeys(pairs)
    ]
