"""What a database holds besides what was asked for by name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RelationKind(StrEnum):
    """What rows can be selected from."""

    TABLE = "table"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized view"
    FOREIGN_TABLE = "foreign table"
    VIRTUAL_TABLE = "virtual table"
    SHADOW_TABLE = "shadow table"
    """Where a virtual table keeps what it stands for."""


@dataclass(frozen=True)
class Relation:
    """A table or view, and how large its engine takes it for.

    ``rows`` is an estimate, 0 for what keeps no rows of its own.
    """

    name: str
    kind: RelationKind
    rows: int = 0
    bytes: int | None = None
    # The extension that it belongs to.
    extension: str = ""
