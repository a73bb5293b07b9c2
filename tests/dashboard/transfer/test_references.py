"""What refers to nothing is counted and found by its own key, not by what it says."""

from __future__ import annotations

import pytest

from dashboard.transfer.columns import ColumnKind, ForeignKey
from dashboard.transfer.references import missing
from tests.dashboard.transfer.every_kind import (
    ID,
    DatabasePair,
    DatabasePairs,
    Field,
    types,
)
from tests.project import VENDORS
from tests.servers import fresh_name

CANARY = "c4n4ry@example.com"
EMAIL = Field("email", ColumnKind.TEXT, types("varchar(100)"))


def with_orphans(pair: DatabasePair) -> ForeignKey:
    parents, children = fresh_name("p"), fresh_name("c")
    for side in {id(side): side for side in pair}.values():
        side.create(parents, [EMAIL], key="email")
        side.create(children, [ID, EMAIL])
        side.insert(parents, [EMAIL], {"email": "known@example.com"})
        side.insert(children, [ID, EMAIL], {"id": 7, "email": CANARY})
        side.insert(children, [ID, EMAIL], {"id": 8, "email": "known@example.com"})
        side.insert(children, [ID, EMAIL], {"id": 9})
    return ForeignKey("", children, ("email",), parents, ("email",))


@pytest.mark.parametrize("engine", VENDORS)
def test_an_orphan_is_named_by_its_own_key(pairs: DatabasePairs, engine: str) -> None:
    pair = pairs.pair(engine, engine)
    key = with_orphans(pair)
    with pair[1].session() as session:
        assert session.schema.orphans(key, 5) == (1, [(7,)])


@pytest.mark.parametrize("engine", VENDORS)
def test_a_text_that_is_referred_to_is_no_example(
    pairs: DatabasePairs, engine: str
) -> None:
    pair = pairs.pair(engine, engine)
    key = with_orphans(pair)
    with pair[0].session() as source, pair[1].session() as destination:
        found = missing(source, destination, key, [ColumnKind.TEXT])
        assert (found.rows, found.keys, found.examples) == (1, 1, ())
        pair[1].run(f"DELETE FROM {key.to_table}")
        found = missing(source, destination, key, [ColumnKind.TEXT])
        assert (found.rows, found.keys, found.examples) == (2, 2, ())
