"""Values that nobody thought of, over the columns that Django makes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.project import Servers
from tests.values.cells import Bench, Cell
from tests.values.families import FAMILY
from tests.values.samples import ENGINES, Value
from tests.values.test_matrix import ALLOWED, own, unfound

# Of SQLite's and of what PostgreSQL and MySQL take: what one cannot store is not held.
DRAWN: dict[str, st.SearchStrategy[Any]] = {
    "integer": st.integers(-(2**63), 2**64 - 1),
    "boolean": st.integers(0, 1),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False, places=6),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "text": st.text(max_size=100),
    "binary": st.binary(max_size=300),
    "uuid": st.uuids().map(str),
    "document": st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
        lambda part: st.lists(part) | st.dictionaries(st.text(max_size=5), part),
        max_leaves=8,
    ).map(json.dumps),
    "address": st.ip_addresses().map(str),
}
MANY = 40


@pytest.fixture(scope="module")
def bench(servers: Servers) -> Iterator[Bench]:
    bench = Bench(servers)
    yield bench
    bench.close()


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("source", ENGINES)
def test_no_drawn_value_is_changed_unseen(bench: Bench, name: str, source: str) -> None:
    @settings(
        max_examples=10,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(DRAWN[name], min_size=1, max_size=MANY))
    def copied(drawn: list[Any]) -> None:
        values = tuple(Value(str(i), value) for i, value in enumerate(drawn))
        family = replace(FAMILY[name], values=values)
        for destination in ENGINES:
            sides = bench.side(source, "old"), bench.side(destination, "new")
            types = [own(bench, family, side.engine) for side in sides]
            found = bench.outcomes(family, sides[0], types[0], sides[1], types[1])
            wrong = [
                (destination, drawn[int(label)], word)
                for label, word in found.items()
                if word not in ALLOWED
            ]
            assert wrong == []
            cell = Cell(name, source, types[0], destination, types[1])
            assert unfound(bench, {cell: found}) == []

    copied()
