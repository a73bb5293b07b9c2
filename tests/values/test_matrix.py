"""Every type over every other, in every direction: equal, refused or noticed."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.project import VENDORS, Servers
from tests.values import page
from tests.values.cells import Bench, Cell, Outcomes, cells
from tests.values.copying import EQUAL, NOTICED, REFUSED
from tests.values.families import FAMILY
from tests.values.family import Family
from tests.values.samples import ENGINES

ALLOWED = {EQUAL, REFUSED, NOTICED}

# What nothing finds before the start, by field, value and column, and why.
GAPS: set[tuple[str, str]] = set()
# What is found and arrives all the same: MySQL has to refuse it, whose arithmetic of
# 64 bits ends before the least number.
FOUND_AND_EQUAL = {("duration", "least")}

# Besides what Django makes everywhere: where a kind of fault was once.
LEGACY = {
    "integer": ("int(8) unsigned zerofill", "bit(16)", "numeric", "text"),
    "boolean": ("bit(8)", "smallint"),
    "decimal": ("double", "float", "double precision", "real"),
    "float": ("numeric", "real", "text"),
    "text": ("bytea", "longblob", "char(10)", "mood", "blob"),
    "uuid": ("bytea", "binary(16)", "char(36)", "blob"),
}


@pytest.fixture(scope="module")
def bench(servers: Servers) -> Iterator[Bench]:
    bench = Bench(servers)
    yield bench
    bench.close()


def own(bench: Bench, family: Family, engine: str) -> str:
    return bench.side(engine, "old").own(family)


def measured(
    bench: Bench, family: Family, source: str, destination: str, *, lean: bool = False
) -> dict[Cell, Outcomes]:
    def own_of(engine: str) -> str:
        return own(bench, family, engine)

    old_side, new_side = bench.side(source, "old"), bench.side(destination, "new")
    found = {}
    for cell in cells(own_of, family, source, destination):
        picked = {own_of(source), own_of(destination), *LEGACY.get(family.name, ())}
        if not lean or {cell.old, cell.new} <= picked:
            found[cell] = bench.outcomes(family, old_side, cell.old, new_side, cell.new)
    return found


def forbidden(found: dict[Cell, Outcomes]) -> list[str]:
    return [
        f"{cell}: {label}: {word}"
        for cell, outcomes in found.items()
        for label, word in outcomes.items()
        if word not in ALLOWED
    ]


def unfound(bench: Bench, found: dict[Cell, Outcomes]) -> list[str]:
    """What the scan says otherwise than the copy and the comparison."""
    wrong = []
    for cell, outcomes in found.items():
        for label, word in outcomes.items():
            is_said = label in bench.found[cell]
            is_known = (
                (cell.family, label) in FOUND_AND_EQUAL
                if is_said
                else (cell.family, cell.new) in GAPS
            )
            if is_said is (word == EQUAL) and not is_known:
                said = "found" if is_said else "not found"
                wrong.append(f"{cell}: {label}: {word} and {said} before the start")
    return wrong


@pytest.mark.parametrize("name", FAMILY)
def test_no_value_is_changed_unseen_and_the_page_is_current(
    bench: Bench, name: str
) -> None:
    family = FAMILY[name]
    found = {}
    for source in VENDORS:
        for destination in VENDORS:
            found |= measured(bench, family, source, destination, lean=True)
    assert not (wrong := forbidden(found)), "\n".join(wrong)
    assert not (wrong := unfound(bench, found)), "\n".join(wrong)
    types = {(name, engine): own(bench, family, engine) for engine in VENDORS}
    committed = page.read(page.PAGE.read_text())
    for key, row in page.rows(found, bench.found, types).items():
        written = {engine: committed[key][engine] for engine in row}
        assert written == row, f"{key}: {page.REMEDY}"


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", FAMILY)
def test_the_whole_matrix(bench: Bench, name: str) -> None:
    family = FAMILY[name]
    found: dict[Cell, Outcomes] = {}
    for source in ENGINES:
        for destination in ENGINES:
            found |= measured(bench, family, source, destination)
    assert not (wrong := forbidden(found)), "\n".join(wrong)
    assert not (wrong := unfound(bench, found)), "\n".join(wrong)
    types = {(name, engine): own(bench, family, engine) for engine in ENGINES}
    made = page.rows(found, bench.found, types)
    committed = page.read(page.PAGE.read_text())
    others = {key: row for key, row in committed.items() if key[0] != name}
    text = page.render({**others, **made})
    if os.environ.get("WRITE_VALUES"):
        page.PAGE.write_text(text)
    assert page.PAGE.read_text() == text, page.REMEDY


def test_what_is_neither_equal_nor_found_is_what_is_known() -> None:
    """A domain, whose CHECK only its own server can evaluate, and nothing else."""
    neither = {
        (name, way, column)
        for (name, way, column), row in page.read(page.PAGE.read_text()).items()
        if any(page.NEITHER in cell for cell in row.values())
    }
    assert neither <= {
        (name, "into", f"PostgreSQL `{column}`") for name, column in GAPS
    }
