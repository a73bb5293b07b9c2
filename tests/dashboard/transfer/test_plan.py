"""What is frozen in a run keeps its meaning, or says that it has another one."""

from __future__ import annotations

from dataclasses import fields

from dashboard.transfer.changes import Change
from dashboard.transfer.columns import ColumnType
from dashboard.transfer.filters import Filter, Growing, Where
from dashboard.transfer.key_maps import KeyMap
from dashboard.transfer.plan import VERSION, PlanColumn, SourceColumn, TablePlan
from dashboard.transfer.transform import Transform

# A worker that reads another shape, or reads a missing field as its default,
# moves other values: whoever changes a line here counts VERSION up.
SHAPE = {
    TablePlan: "model table columns key zone route route_reason is_divisible "
    "table_in_source source_shape destination_shape source_columns filter growing mode "
    "transform key_map",
    Filter: "said columns source destination is_alone index",
    Where: "sql values columns",
    Growing: "field above said highest",
    Transform: "name fingerprint fields makes_keys",
    SourceColumn: "name in_source kind constant",
    PlanColumn: "name kind nullable source destination generated numbers change "
    "key_maps",
    KeyMap: "table type_column content_type",
    Change: "name argument table column is_exact",
    ColumnType: "name length precision scale collation instant zerofill",
}


def test_another_shape_has_another_version() -> None:
    found = {kind: " ".join(one.name for one in fields(kind)) for kind in SHAPE}
    assert (VERSION, found) == (7, SHAPE)
