"""What came off is written down, and read again as it was."""

from __future__ import annotations

import json

from dashboard.transfer.schema_items import ObjectType, SchemaItem

KEY = SchemaItem(
    ObjectType.FOREIGN_KEY,
    "book",
    "to_shelf",
    ("a", "b"),
    {"sql": "…"},
    "shelf",
    ("c",),
)


def test_an_item_survives_json() -> None:
    written = json.dumps(KEY.to_json())
    assert SchemaItem.from_json(json.loads(written)) == KEY
    assert json.loads(written)["object_type"] == "foreign key"


def test_an_item_without_references_needs_none() -> None:
    item = SchemaItem(ObjectType.UNIQUE, "book", "one", ("isbn",), {})
    written = {k: v for k, v in item.to_json().items() if not k.startswith("to_")}
    assert SchemaItem.from_json(written) == item
    assert item.is_index
    assert not KEY.is_index
