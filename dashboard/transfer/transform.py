"""What a plan says of the project's function that a table's rows go through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Transform:
    """A function by its dotted name, and what it was when the run was checked.

    ``fingerprint`` is that of its code. ``fields`` are the columns that it says it
    changes, None where it says nothing and may change any. ``makes_keys`` says that
    it gives rows keys of its own, and may make several rows of one.
    """

    name: str
    fingerprint: str
    fields: tuple[str, ...] | None = None
    makes_keys: bool = False

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> Transform | None:
        """Return the transform whose fields were written down as JSON."""
        if value is None:
            return None
        fields = value["fields"]
        return cls(**{**value, "fields": None if fields is None else tuple(fields)})
