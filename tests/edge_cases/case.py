"""What a case is: tables on both sides, rows at the source, and how they are judged.

Shares no code with the product: drivers alone make, fill and read.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.values import forms, judge
from tests.values.samples import BOTH, ENGINES, EVERY, Value

Types = str | Mapping[str, str]
"""One SQL for every engine, or one by engine; ``both`` is MariaDB and MySQL."""


def of(types: Types, engine: str) -> str | None:
    """What stands for an engine, None where it has no such thing."""
    if isinstance(types, str):
        return types
    return types.get(engine, types.get("both") if engine in BOTH else None)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A case of a row: ``name`` is the row and a letter, and begins its tables."""

    name: str
    what: str
    # Where it can come from, and go to.
    sources: frozenset[str] = EVERY
    destinations: frozenset[str] = EVERY

    @property
    def row(self) -> int:
        return int(self.name[1:3])

    @property
    def model(self) -> str:
        """The model's name, and the beginning of those of further models."""
        return self.name.capitalize()

    def applies(self, source: str, destination: str) -> bool:
        return source in self.sources and destination in self.destinations

    def models(self) -> str:
        """The classes of the project."""
        raise NotImplementedError

    def make(self, raw: Any, engine: str, *, old: bool) -> None:
        """Make the tables; those of the source hold their rows afterwards."""
        raise NotImplementedError

    def seen(self, raw: Any, engine: str, *, old: bool) -> Any:
        """What a database holds, in a form that all engines share."""
        raise NotImplementedError


META = "    class Meta:\n        managed = False\n        db_table = {table!r}\n"


def model(name: str, table: str, body: str, parent: str = "models.Model") -> str:
    """A class of the project over a table that the test makes."""
    inside = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    return f"class {name}({parent}):\n{inside}\n{META.format(table=table)}"


@dataclass(frozen=True, kw_only=True)
class Column(Case):
    """Values of one column, beside a whole number as the key."""

    # The field without its brackets' end, such as ``models.CharField(max_length=9``.
    field: str
    types: Types
    # The source's types, where they are others.
    old: Types = field(default_factory=dict)
    values: tuple[Value, ...]
    form: str

    def models(self) -> str:
        body = f"""
            id = models.IntegerField(primary_key=True)
            {judge.COLUMN} = {self.field}, null=True)
        """.replace("(, ", "(")
        return model(self.model, self.name, body)

    def type_of(self, engine: str, *, old: bool) -> str:
        found = (of(self.old, engine) if old else None) or of(self.types, engine)
        assert found is not None, (self.name, engine)
        return found

    def applies(self, source: str, destination: str) -> bool:
        # What only some engines hold is what the case is about.
        held = {frozenset(v.engines) for v in self.values} - {EVERY} or {EVERY}
        return (
            super().applies(source, destination)
            and source in frozenset().union(*held)
            and (of(self.old, source) or of(self.types, source)) is not None
            and of(self.types, destination) is not None
        )

    def make(self, raw: Any, engine: str, *, old: bool) -> None:
        name = f"{raw.quote}{judge.COLUMN}{raw.quote}"
        type_ = self.type_of(engine, old=old)
        raw.run(f"CREATE TABLE {self.name} (id integer PRIMARY KEY, {name} {type_})")
        if old:
            for key, value in enumerate(self.values, 1):
                if engine in value.engines:
                    held = raw.hold(self.name, key, value)
                    assert held, f"{self.name}: {engine} does not hold {value.label}"

    def seen(self, raw: Any, engine: str, *, old: bool) -> Any:
        stored = raw.read(self.name, self.type_of(engine, old=old))
        found = {key: forms.read(self.form, one) for key, one in stored.items()}
        # True is 1 for Python.
        return {key: (type(one), one) for key, one in found.items()}


@dataclass(frozen=True, kw_only=True)
class Tables(Case):
    """Tables in SQL, judged by what queries find on both sides."""

    classes: str
    # Statements for both sides, for one of them; a row each.
    both: Sequence[Types] = ()
    source: Sequence[Types] = ()
    destination: Sequence[Types] = ()
    rows: Sequence[Types] = ()
    asked: Sequence[Types]
    # Of both sides in the end, where it is something else than the source's.
    wanted: Any = None

    def models(self) -> str:
        return textwrap.dedent(self.classes)

    def make(self, raw: Any, engine: str, *, old: bool) -> None:
        own = self.source if old else self.destination
        for types in (*self.both, *own, *(self.rows if old else ())):
            statement = of(types, engine)
            if statement:
                raw.run(statement)

    def seen(self, raw: Any, engine: str, *, old: bool) -> Any:
        if old and self.wanted is not None:
            return self.wanted
        found = []
        for types in self.asked:
            statement = of(types, engine)
            if statement:
                rows = raw.connection.cursor()
                rows.execute(statement)
                found.append([tuple(map(plain, row)) for row in rows.fetchall()])
                rows.close()
        return found


def plain(value: Any) -> str | None:
    """One spelling of what three drivers give as numbers, texts or octets."""
    if value is None:
        return None
    return value.decode() if isinstance(value, bytes) else str(value)


def all_directions() -> list[tuple[str, str]]:
    return [(source, other) for source in ENGINES for other in ENGINES]
