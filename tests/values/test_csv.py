"""Every value of the matrix through a CSV file, and back into a column of its type."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.planning.filling import column_kind
from dashboard.planning.table_selection import ModelTable
from dashboard.transfer.csvfiles.dialect import Dialect
from dashboard.transfer.csvfiles.exporting import write_table
from dashboard.transfer.csvfiles.header import opened
from dashboard.transfer.csvfiles.loading import File, Loading
from dashboard.transfer.csvfiles.manifest import Manifest
from dashboard.transfer.csvfiles.plans import export_plan, import_plan
from dashboard.transfer.csvfiles.rows import Reading
from dashboard.transfer.csvfiles.spellings import Habits
from dashboard.transfer.errors import DataRefused
from dashboard.transfer.keys import KeyRange
from dashboard.transfer.plan import TablePlan
from tests.project import VENDORS, Servers
from tests.values import forms, judge
from tests.values.cells import Bench, Side, model_of
from tests.values.families import FAMILIES
from tests.values.family import Family

# Of which an unchanged file is loaded as it is, where the engine takes it.
DIALECT = Dialect()
REFUSED = "refused"
# What is in no text, and what SQLite alone keeps in a column of another type.
ODD = ("octets FF", "bytea FF", "bytea NUL", "BLOB", "a lone surrogate")
ODD_IN_SQLITE = ("text ", "REAL ", "integer ", "BLOB ", "octets ")


# What a column of texts holds under a field of another kind.
NO_VALUES = {
    "uuid": {"braces", "not hexadecimal", "empty", "16 octets"},
    "address": {"no address", "empty", "a space behind"},
    "document": {"NaN", "no JSON", "empty text"},
    "moment": {"empty", "INTEGER", "REAL", "30 February"},
    "day": {"INTEGER", "ten o'clock"},
    "time of day": {"INTEGER"},
}


def is_odd(engine: str, family: str, column: str, label: str) -> bool:
    if label in NO_VALUES.get(family, ()):
        return True
    if (engine, family, column) == ("sqlite", "duration", "text"):
        return True
    return label.startswith(ODD + ODD_IN_SQLITE * (engine == "sqlite"))


@pytest.fixture(scope="module")
def bench(servers: Servers) -> Iterator[Bench]:
    bench = Bench(servers)
    yield bench
    bench.close()


def exported(side: Side, item: ModelTable, kinds: Any) -> tuple[bytes, Any]:
    table = side.session.catalog.table(item.table)
    plan = export_plan(item.label, side.session, table, kinds, item.key, "UTC")
    file = io.BytesIO()
    written = write_table(side.session, plan, DIALECT, file, "a.csv")
    manifest = Manifest(side.session.vendor, "UTC", DIALECT, (written,))
    (told,) = Manifest.loaded(manifest.dumped()).tables
    return file.getvalue(), told


def loading(
    side: Side, item: ModelTable, kinds: Any, text: bytes, told: Any, *, is_edited: bool
) -> tuple[Loading, TablePlan]:
    table = side.session.catalog.table(item.table)
    facts = (side.session.vendor, "UTC")
    plan = import_plan(item.label, side.session, table, kinds, item.key, told, facts)
    names = [column.name for column in plan.columns]
    begin = lambda file: opened(file, DIALECT, "a.csv", names)  # noqa: E731
    first = begin(io.BytesIO(text))
    reading = Reading(
        plan, first.columns, first.dialect, is_edited=is_edited, habits=Habits()
    )
    return Loading(File("a.csv", lambda: io.BytesIO(text), begin), reading), plan


def unexportable(side: Side, item: ModelTable, kinds: Any, keys: list[int]) -> set[int]:
    """The keys of values that no file can hold, which are refused by name."""
    table = side.session.catalog.table(item.table)
    plan = export_plan(item.label, side.session, table, kinds, item.key, "UTC")
    found = set()
    for key in keys:
        part = KeyRange((key - 1,), (key,))
        try:
            write_table(side.session, plan, DIALECT, io.BytesIO(), "a.csv", part)
        except DataRefused as error:
            assert judge.COLUMN in str(error)
            found.add(key)
    return found


def tried(
    bench: Bench, family: Family, engine: str, column: str, *, is_edited: bool
) -> dict[str, str]:
    """What became of each value, but for those that came back as they were."""
    old, new = bench.side(engine, "old"), bench.side(engine, "new")
    table = bench.filled(old, family, column)
    model = model_of(family)
    model._meta.db_table = table
    item = ModelTable("bookshop.Reading", model, model, replaced_last=False)
    kinds = {name: column_kind(item, name) for name in item.fields}
    new.raw.drop(table)
    new.raw.create(table, column)
    held = old.tables[table]
    found = dict.fromkeys(unexportable(old, item, kinds, list(held)), REFUSED)
    for key in found:
        old.raw.run(f"DELETE FROM {table} WHERE id = {key}")
    try:
        text, told = exported(old, item, kinds)
        ready, plan = loading(new, item, kinds, text, told, is_edited=is_edited)
        lines = {fault.line for fault in ready.faults()}
        try:
            with new.session.transaction():
                ready.load(new.session, lines)
        except DataRefused:
            with new.session.transaction():
                ready.try_in(new.session, plan, lines)
        before, after = old.raw.read(table, column), new.raw.read(table, column)
    finally:
        new.raw.drop(table)
        old.raw.drop(table)
    for key, stored in before.items():
        if key not in after:
            found[key] = REFUSED
            continue
        one, other = (forms.read(family.form, v) for v in (stored, after[key]))
        if (type(one), one) != (type(other), other):
            found[key] = f"{one!r:.60} -> {other!r:.60}"
    return {held[key].label: word for key, word in found.items()}


def wrong_ones(bench: Bench, engine: str, *, is_edited: bool, lean: bool) -> list[str]:
    wrong = []
    for family in FAMILIES:
        own = bench.side(engine, "old").own(family)
        others = [c.sql for c in family.columns if engine in c.engines]
        for column in dict.fromkeys([own, *([] if lean else others)]):
            found = tried(bench, family, engine, column, is_edited=is_edited)
            for label, word in found.items():
                is_known = is_odd(engine, family.name, column, label)
                # What is no value of its field is not looked at where nothing changed.
                is_known |= is_edited and column != own
                # A text in SQLite's column of booleans: a spelling of one.
                is_form = is_edited and family.name == "boolean" and "text" in label
                if not is_form and (word != REFUSED or not is_known):
                    wrong.append(f"{family.name}, {engine} {column}: {label}: {word}")
    return wrong


@pytest.mark.parametrize("engine", VENDORS)
def test_every_value_comes_back_as_it_was(bench: Bench, engine: str) -> None:
    wrong = wrong_ones(bench, engine, is_edited=False, lean=True)
    assert not wrong, "\n".join(wrong)


@pytest.mark.soak
@pytest.mark.parametrize("is_edited", [False, True], ids=["unchanged", "edited"])
@pytest.mark.parametrize("engine", VENDORS)
def test_every_value_of_every_column_does(
    bench: Bench, engine: str, is_edited: bool
) -> None:
    wrong = wrong_ones(bench, engine, is_edited=is_edited, lean=False)
    assert not wrong, "\n".join(wrong)
