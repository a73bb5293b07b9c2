"""Whether a text refers to a row is told as the destination's own keys tell it.

What is expected is what a foreign key of the destination takes and refuses, by its
driver alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dashboard.transfer.changes import Change, ChangeName
from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.compare import compare
from dashboard.transfer.copy import move
from dashboard.transfer.keys import EVERYTHING
from dashboard.transfer.orphans import (
    Reference,
    Sameness,
    counted,
    examples,
    judged,
    sameness,
    types_of,
)
from dashboard.transfer.plan import TablePlan
from tests.dashboard.transfer.every_kind import (
    ID,
    DatabasePair,
    DatabasePairs,
    EngineDatabase,
    Field,
    make_plan,
    types,
)
from tests.project import soaked
from tests.servers import fresh_name

KEYS = ["bob", "résumé", "end", "straße", "🚲", "x" * 40]
TEXTS = [
    *("bob", "Bob", "BOB", "resume", "Résumé", "end ", "end", "strasse", "STRASSE"),
    *("🚲", "🛴", "bób", " bob", "", "x" * 39, "re\u0301sume\u0301"),
]

PLAIN, BLUNT, SHARP = "", "ci", "bin"
COLLATIONS = {
    ("mysql", BLUNT): " CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
    ("mysql", SHARP): " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    ("sqlite", BLUNT): " COLLATE NOCASE",
}
USUAL = [
    ("mariadb", BLUNT, "postgresql", PLAIN),
    ("mysql", PLAIN, "sqlite", PLAIN),
    ("postgresql", PLAIN, "mariadb", BLUNT),
    ("sqlite", PLAIN, "mysql", PLAIN),
    ("sqlite", BLUNT, "sqlite", PLAIN),
    ("sqlite", PLAIN, "sqlite", BLUNT),
    ("mariadb", BLUNT, "mysql", SHARP),
]
DIRECTIONS = [
    one if one in USUAL else soaked(*one)
    for one in (
        (of, how, to, so)
        for of in ("postgresql", "mariadb", "mysql", "sqlite")
        for how in (PLAIN, BLUNT, SHARP)
        for to in ("postgresql", "mariadb", "mysql", "sqlite")
        for so in (PLAIN, BLUNT, SHARP)
    )
]


def text(pair: DatabasePair, of: str, to: str) -> tuple[Field, Field]:
    """Return the columns of a text on both sides, with their collations."""

    def column(side: EngineDatabase, how: str) -> Field:
        more = COLLATIONS.get((side.vendor, how), "")
        return Field("name", ColumnKind.TEXT, types(f"varchar(40){more}"))

    return column(pair[0], of), column(pair[1], to)


def made(
    pair: DatabasePair,
    names: tuple[Field, Field],
    keys: list[str] = KEYS,
    texts: list[str] = TEXTS,
) -> tuple[TablePlan, Reference]:
    """Make parents and children with every text, and a key in the destination.

    ``names`` are the columns on both sides.
    """
    parents, children = fresh_name("p"), fresh_name("c")
    for side, name in zip(pair, names, strict=True):
        side.create(parents, [name], key="name")
        side.create(children, [ID, name])
    source, name = pair[0], names[0]
    for one in keys:
        for side, column in zip(pair, names, strict=True):
            side.insert(parents, [column], {"name": one})
    for number, one in enumerate(texts):
        source.insert(children, [ID, name], {"id": number, "name": one})
    source.insert(children, [ID, name], {"id": len(texts)})
    plan = make_plan(pair, children, [ID, name])
    other = make_plan(pair, parents, [name], key=("name",))
    with pair[0].session() as old, pair[1].session() as new:
        column, both = plan.columns[1], types_of(other, "name")
        same = sameness((old, new), column, both, (parents, "name"))
    reference = Reference(plan, (column,), parents, ("name",), (both[0],), (same,))
    return plan, reference


def refused(
    side: EngineDatabase, parents: str, name: Field, texts: list[str] = TEXTS
) -> list[int]:
    """Return the numbers of the texts that a key of this side refuses."""
    table, found = fresh_name("t"), []
    side.run(
        f"CREATE TABLE {table} (name {name.types[side.engine]}, "
        f"FOREIGN KEY (name) REFERENCES {parents} (name))"
    )
    for number, one in enumerate(texts):
        connection: Any = side._connection()
        cursor = connection.cursor()
        try:
            mark = "?" if side.vendor == "sqlite" else "%s"
            if side.vendor == "sqlite":
                cursor.execute("PRAGMA foreign_keys = ON")
            cursor.execute(f"INSERT INTO {table} VALUES ({mark})", (one,))
            connection.commit()
        except Exception as error:
            assert "foreign" in str(error).lower(), error
            found.append(number)
            connection.rollback()
        finally:
            connection.close()
    side.run(f"DROP TABLE {table}")
    return found


@pytest.mark.parametrize(("of", "how", "to", "so"), DIRECTIONS)
def test_orphans_are_those_that_the_destination_refuses(
    pairs: DatabasePairs, of: str, how: str, to: str, so: str
) -> None:
    pair = pairs.pair(of, to)
    plan, reference = made(pair, text(pair, how, so))
    wanted = refused(pair[1], reference.to_table, text(pair, how, so)[1])
    assert found(pair, reference) == wanted
    assert plan.key == ("id",)


def found(pair: DatabasePair, reference: Reference) -> list[int]:
    """Return the keys of the rows that are said to refer to nothing."""
    with pair[0].session() as old, pair[1].session() as new:
        ((count,),) = old.query(f"SELECT {counted(old, reference)}")
        keys = examples(old, reference, 99)
        if reference.is_judged:
            there = reference.to_table, "name"
            count, keys = judged((old, new), reference, there, 99)
    assert count == len(keys)
    return [int(str(number)) for (number,) in keys]


UUIDS = ["00112233445566778899aabbccddeeff", "00112233445566778899AABBCCDDEEFF"]


@pytest.mark.parametrize(
    ("of", "to"),
    [("sqlite", "postgresql"), soaked("mysql", "sqlite"), soaked("sqlite", "mariadb")],
)
def test_a_uuid_in_other_letters(pairs: DatabasePairs, of: str, to: str) -> None:
    """Another text in SQLite, and the same UUID where there is a type for it."""
    pair, texts = pairs.pair(of, to), [*UUIDS, "f" * 32]
    column = Field("name", ColumnKind.UUID, types("uuid", "uuid", "char(32)"))
    _, reference = made(pair, (column, column), UUIDS[:1], texts)
    wanted = refused(pair[1], reference.to_table, column, texts)
    assert found(pair, reference) == wanted


@pytest.mark.parametrize(
    ("of", "to"),
    [
        ("mariadb", "postgresql"),
        soaked("mysql", "sqlite"),
        soaked("mariadb", "sqlite"),
        soaked("mysql", "postgresql"),
    ],
)
@pytest.mark.parametrize("change", [ChangeName.ORPHAN_TO_NULL, ChangeName.SKIP_ORPHANS])
def test_what_is_chosen_meets_the_same_rows(
    pairs: DatabasePairs, of: str, to: str, change: ChangeName
) -> None:
    pair = pairs.pair(of, to)
    plan, reference = made(pair, text(pair, BLUNT, PLAIN))
    assert reference.sameness == (Sameness.EXACT,)
    wanted = refused(pair[1], reference.to_table, text(pair, BLUNT, PLAIN)[1])
    chosen = Change(change, "", reference.to_table, "name", is_exact=True)
    column = replace(plan.columns[1], change=chosen, nullable=True)
    plan = replace(plan, columns=(plan.columns[0], column))
    reference = replace(reference, plan=plan, columns=(column,))
    with pair[0].session() as old, pair[1].session(writing=True) as new:
        assert old.query(f"SELECT {counted(old, reference)}") == [(0,)]
        with new.transaction():
            move(old, new, plan)
        assert compare(old, new, plan).is_equal
        assert old.comparer.count_changed(plan, EVERYTHING) == {"name": len(wanted)}
        rows = dict(pair[1].read(f"SELECT id, name FROM {plan.table}"))
    skips = change is ChangeName.SKIP_ORPHANS
    assert rows == {
        number: None if number in wanted else one
        for number, one in enumerate([*TEXTS, None])
        if not (skips and number in wanted)
    }
