"""A merge writes what differs and what is missing, and nothing else.

What should be there is what the destination's own driver makes of the same values in
a table beside; what should be left is what was there before.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from dashboard.transfer.backends.sqlite.merging import hindrance
from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.compare import Comparison
from dashboard.transfer.keys import KeyRange
from dashboard.transfer.merge_proof import measure, prove
from dashboard.transfer.merged import Merged, Sums
from dashboard.transfer.merging import merge_range
from dashboard.transfer.plan import MERGE, MISSING, TablePlan
from dashboard.transfer.receipts import Receipts
from tests.dashboard.transfer.every_kind import (
    FIELDS,
    ID,
    ROWS,
    DatabasePair,
    DatabasePairs,
    EngineDatabase,
    Field,
    Values,
    make_plan,
    types,
)
from tests.dashboard.transfer.every_kind import stored as put
from tests.project import soaked
from tests.servers import fresh_name

# What a merge says is said to the destination: one of each, by every loader.
PAIRS = [
    ("postgresql", "postgresql"),
    ("mariadb", "mariadb"),
    ("sqlite", "sqlite"),
    ("postgresql", "mysql"),
    *(
        soaked(old, new)
        for old, new in [
            *(("postgresql", "mariadb"), ("postgresql", "sqlite")),
            *(("mariadb", "postgresql"), ("mariadb", "sqlite")),
            *(("sqlite", "postgresql"), ("sqlite", "mariadb")),
            *(("mysql", "mysql"), ("sqlite", "mysql_infile")),
        ]
    ),
]
# What arrives from another engine in another spelling of the same.
SPELLED = {"document", "code", "pause"}
Rows = dict[int, tuple[Any, ...]]


def generated(number: int, fields: Sequence[Field], chance: random.Random) -> Values:
    """A row whose values are those of any others, or NULL."""
    row: Values = {"id": number}
    for field in fields:
        value = chance.choice(ROWS).get(field.name)
        if value is not None and chance.random() < 0.8:
            row[field.name] = value
    return row


def changed(row: Values, fields: Sequence[Field], chance: random.Random) -> Values:
    """The row with one or two other values."""
    other = dict(row)
    for field in chance.sample(fields, chance.choice((1, 2))):
        other.pop(field.name, None)
        value = chance.choice(ROWS).get(field.name)
        if value is not None:
            other[field.name] = value
    return other


def stored(side: EngineDatabase, table: str, fields: Sequence[Field]) -> Rows:
    names = ", ".join(side.quote(field.name) for field in fields)
    rows = side.read(f"SELECT {names} FROM {side.quote(table)}".replace("%%", "%"))
    return {int(row[0]): tuple(map(plain, row)) for row in rows}


def plain(value: Any) -> Any:
    """A value with its type, so that 1 and 1.0 are two."""
    value = bytes(value) if isinstance(value, memoryview) else value
    # psycopg2 makes one where anybody in the process has asked for it.
    value = str(value) if isinstance(value, UUID) else value
    return type(value).__name__, repr(value)


def fill(
    side: EngineDatabase, table: str, fields: Sequence[Field], rows: list[Values]
) -> None:
    """Insert rows by the driver alone, in one statement."""
    names = ", ".join(side.quote(field.name) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    values = [put(side.engine, f, one.get(f.name)) for one in rows for f in fields]
    lines = ", ".join([row] * len(rows))
    side.run(f"INSERT INTO {side.quote(table)} ({names}) VALUES {lines}", values)


class Tables:
    """A table of both sides, and beside it what the driver makes of the source's."""

    def __init__(self, pair: DatabasePair, seed: int) -> None:
        self.pair = pair
        chance = random.Random(seed)
        self.name, self.wanted = fresh_name("t"), fresh_name("w")
        old, new = pair
        known = [f for f in FIELDS if old.engine == new.engine or f.name not in SPELLED]
        self.fields = [ID, *known]
        old.create(self.name, self.fields)
        new.create(self.name, self.fields)
        new.create(self.wanted, self.fields)
        rows = [generated(number, known, chance) for number in range(1, 61)]
        there = [
            changed(row, known, chance) if row["id"] % 3 == 0 else row
            for row in rows[12:]
        ]
        fill(old, self.name, self.fields, rows[:40])
        fill(new, self.wanted, self.fields, rows[:40])
        fill(new, self.name, self.fields, there)
        self.before = stored(new, self.name, self.fields)
        self.source = stored(new, self.wanted, self.fields)

    def plan(self, mode: str) -> TablePlan:
        return replace(make_plan(self.pair, self.name, self.fields), mode=mode)

    @property
    def after(self) -> Rows:
        return stored(self.pair[1], self.name, self.fields)

    def expected(self, mode: str) -> Rows:
        if mode == MISSING:
            return {**self.source, **self.before}
        return {**self.before, **self.source}

    def merge(self, mode: str) -> tuple[Merged, Comparison]:
        """Merge three ranges as a run does, and prove them."""
        plan = self.plan(mode)
        with (
            self.pair[0].session() as source,
            self.pair[1].session(writing=True) as destination,
            self.pair[1].session() as reader,
        ):
            receipts = Receipts(destination, fresh_name("receipts"))
            receipts.create()
            before = measure(source, reader, plan, is_proved=True)
            merged = Merged()
            for number, part in enumerate(ranges()):
                copied = merge_range(
                    source, destination, plan, part, receipts, str(number), 1
                )
                assert copied.merged
                merged += copied.merged
            receipts.drop()
            return merged, prove(source, reader, plan, before, merged)


def ranges() -> Iterator[KeyRange]:
    yield KeyRange(None, (11,))
    yield KeyRange((11,), (25,))
    yield KeyRange((25,), None)


@pytest.mark.parametrize(("source", "destination"), PAIRS)
def test_a_merge_writes_what_differs_and_nothing_else(
    pairs: DatabasePairs, source: str, destination: str
) -> None:
    for seed, mode in enumerate((MERGE, MISSING)):
        tables = Tables(pairs.pair(source, destination), seed)
        merged, found = tables.merge(mode)
        assert tables.after == tables.expected(mode)
        differing = sum(
            tables.before.get(key, row) != row for key, row in tables.source.items()
        )
        updated = differing if mode == MERGE else 0
        assert (merged.rows, merged.inserted, merged.updated) == (40, 12, updated)
        assert found == Comparison(40, 40, untouched=20)
        # Once more changes nothing.
        merged, found = tables.merge(mode)
        assert (merged.inserted, merged.updated, found) == (
            0,
            0,
            Comparison(40, 40, untouched=20),
        )
        assert tables.after == tables.expected(mode)


def test_what_cannot_be_compared_or_is_not_known_is_said(pairs: DatabasePairs) -> None:
    """A column without a common text, and a table of which nobody knows the past."""
    pair, name = pairs.pair("sqlite", "postgresql"), fresh_name("t")
    value = Field("value", ColumnKind.OTHER, types("varchar(9)"))
    for side in pair:
        side.create(name, [ID, value])
        side.insert(name, [ID, value], {"id": 1, "value": "a"})
    with pair[0].session() as source, pair[1].session() as destination:
        for mode in (MERGE, MISSING):
            plan = replace(make_plan(pair, name, [ID, value]), mode=mode)
            before = measure(source, destination, plan, is_proved=True)
            sums = Sums(
                measure(source, destination, plan, is_proved=True).total, 0, 0, 0
            )
            merged = Merged(1, 0, 0, sums)
            found = prove(source, destination, plan, before, merged)
            assert ("'value'" in found.uncompared, found.untouched) == (True, 0)
            lost = prove(source, destination, plan, None, merged)
            assert "before the merge is lost" in lost.unverifiable
            assert (lost.differences_count, lost.untouched) == (0, None)


def test_an_sqlite_that_is_too_old_is_named() -> None:
    assert hindrance((3, 33, 0)) == ("", "")
    assert "3.32.3" in hindrance((3, 32, 3))[0]
