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
from dashboard.transfer.errors import TransferError
from dashboard.transfer.keys import KeyRange
from dashboard.transfer.rows import LoadFormat
from tests.project import VENDORS, Servers, soaked
from tests.values import forms, judge
from tests.values.cells import Bench, Side, model_of
from tests.values.families import FAMILIES
from tests.values.family import Family

DIALECT = Dialect(encoding="utf-8", delimiter=";")
UNTOLD = {"NUL", "octets FF"}


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


def loading(side: Side, item: ModelTable, kinds: Any, text: bytes, told: Any) -> Any:
    table = side.session.catalog.table(item.table)
    facts = (side.session.vendor, "UTC")
    plan = import_plan(item.label, side.session, table, kinds, item.key, told, facts)
    names = [column.name for column in plan.columns]
    begin = lambda file: opened(file, DIALECT, "a.csv", names)  # noqa: E731
    first = begin(io.BytesIO(text))
    reading = Reading(
        plan, first.columns, first.dialect, is_edited=True, habits=Habits()
    )
    return Loading(File("a.csv", lambda: io.BytesIO(text), begin), reading)


def unexportable(side: Side, item: ModelTable, kinds: Any, keys: list[int]) -> set[int]:
    """The keys of values that no file can hold, which are refused by name."""
    table = side.session.catalog.table(item.table)
    plan = export_plan(item.label, side.session, table, kinds, item.key, "UTC")
    found = set()
    for key in keys:
        part = KeyRange((key - 1,), (key,))
        try:
            side.session.reader.text(plan, part, LoadFormat.CSV).write_to(io.BytesIO())
        except TransferError as error:
            assert judge.COLUMN in str(error)
            found.add(key)
    return found


def tried(bench: Bench, family: Family, engine: str, column: str) -> list[str]:
    old, new = bench.side(engine, "old"), bench.side(engine, "new")
    table = bench.filled(old, family, column)
    model = model_of(family)
    model._meta.db_table = table
    item = ModelTable("bookshop.Reading", model, model, replaced_last=False)
    kinds = {name: column_kind(item, name) for name in item.fields}
    new.raw.drop(table)
    new.raw.create(table, column)
    held = old.tables[table]
    where = f"{family.name}, {engine} {column}"
    refused = unexportable(old, item, kinds, list(held))
    for key in refused:
        old.raw.run(f"DELETE FROM {table} WHERE id = {key}")
    wrong = [f"{where}: {held[key].label} cannot be written" for key in refused]
    try:
        text, told = exported(old, item, kinds)
        ready = loading(new, item, kinds, text, told)
        lines = {fault.line for fault in ready.faults()}
        wrong += [f"{where}: line {line} is not read" for line in lines]
        with new.session.transaction():
            ready.load(new.session, lines)
        before, after = old.raw.read(table, column), new.raw.read(table, column)
        for key, stored in before.items():
            if key not in after:
                continue
            one, other = (forms.read(family.form, v) for v in (stored, after[key]))
            if (type(one), one) != (type(other), other):
                wrong.append(f"{where}: {held[key].label}: {one!r:.60} {other!r:.60}")
    except TransferError as error:
        wrong.append(f"{where}: {error}")
    finally:
        new.raw.drop(table)
        old.raw.drop(table)
    return wrong


@pytest.mark.parametrize("engine", VENDORS)
def test_every_value_comes_back_as_it_was(bench: Bench, engine: str) -> None:
    wrong = []
    for family in FAMILIES:
        own = bench.side(engine, "old").own(family)
        columns = [own, *(c.sql for c in family.columns if engine in c.engines)]
        for column in dict.fromkeys(columns):
            wrong += tried(bench, family, engine, column)
    assert not wrong, "\n".join(wrong)
