"""What comes off a table before a load, as it is written down meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from .columns import ForeignKey


class ObjectType(StrEnum):
    """What comes off a table before a load."""

    INDEX = "index"
    UNIQUE = "unique"
    FOREIGN_KEY = "foreign key"
    SETTING = "setting"
    TRIGGER = "trigger"


@dataclass(frozen=True)
class SchemaItem:
    """Something of a table that comes off before a load and goes back.

    ``object_type`` is the text of an ``ObjectType``; ``definition`` holds what
    the backend needs to put the item back, and nothing else.
    """

    object_type: str
    table: str
    name: str
    columns: tuple[str, ...]
    definition: Mapping[str, str]
    # Foreign keys: what is referred to; the columns where keys are proved.
    to_table: str = ""
    to_columns: tuple[str, ...] = ()

    @property
    def is_index(self) -> bool:
        """Whether it is an index, unique or not."""
        return self.object_type in (ObjectType.INDEX, ObjectType.UNIQUE)

    @property
    def is_foreign_key(self) -> bool:
        return self.object_type == ObjectType.FOREIGN_KEY

    @property
    def is_setting(self) -> bool:
        return self.object_type == ObjectType.SETTING

    @property
    def is_trigger(self) -> bool:
        return self.object_type == ObjectType.TRIGGER

    def __str__(self) -> str:
        return f"{self.object_type.capitalize()} '{self.name}'"

    def as_foreign_key(self) -> ForeignKey:
        """Return the reference that a foreign key's item stands for."""
        return ForeignKey(
            self.name, self.table, self.columns, self.to_table, self.to_columns
        )

    def to_json(self) -> dict[str, Any]:
        """Return what from_json turns back into an equal item."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> SchemaItem:
        """Return the item that to_json wrote."""
        lists = ("columns", "to_columns")
        return cls(**{**value, **{name: tuple(value.get(name, ())) for name in lists}})


@dataclass(frozen=True)
class Hindrance:
    """Why an item could not go back as it was: a sentence, and a remedy."""

    item: SchemaItem
    why: str
    remedy: str
