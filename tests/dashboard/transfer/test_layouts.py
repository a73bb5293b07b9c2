"""A column that two engines have no common text for is named."""

from __future__ import annotations

import pytest

from dashboard.transfer.columns import ColumnKind
from dashboard.transfer.differences import RowDifference
from tests.dashboard.transfer.every_kind import (
    FIELD,
    ID,
    DatabasePairs,
    Field,
    compared,
    make_plan,
    types,
)
from tests.project import DIRECTIONS
from tests.servers import fresh_name, vendor_of


@pytest.mark.parametrize(("source", "destination"), DIRECTIONS)
def test_a_type_without_a_common_text(
    pairs: DatabasePairs, source: str, destination: str
) -> None:
    pair = pairs.pair(source, destination)
    table = fresh_name("t")
    value = Field("value", ColumnKind.OTHER, types("varchar(9)"))
    for side in pair:
        side.create(table, [ID, value, FIELD["name"]])
        side.insert(table, [ID, value], {"id": 1, "value": "a"})
    plan = make_plan(pair, table, [ID, value, FIELD["name"]])
    found = compared(pair, plan)
    alike = vendor_of(source) == vendor_of(destination)
    assert ("'value'" in found.uncompared) is not alike
    assert not found.unverifiable
    # The other columns are compared all the same.
    pair[1].change(table, FIELD["name"], 1, "other")
    found = compared(pair, plan)
    assert found.differences == (RowDifference("differs", ("1",), ("name",)),)
