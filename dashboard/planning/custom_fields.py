"""What a custom field keeps in columns whose types differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import Field

PROBE = UUID("00112233-4455-4677-8899-aabbccddeeff")
NO_UUID = "none"


def is_uuid_everywhere(field: Field[Any, Any], aliases: Sequence[str]) -> bool:
    """Whether a field keeps a UUID on all of these, its octets in their own order.

    A field that swaps octets, as ``uuid.bytes_le`` does, keeps something that
    only the field can read.
    """
    return all(_kept(field, PROBE, alias) == PROBE for alias in aliases) and not any(
        _takes(field, NO_UUID, alias) for alias in aliases
    )


def _kept(field: Field[Any, Any], value: UUID, alias: str) -> UUID | None:
    try:
        kept = field.get_db_prep_value(value, connections[alias])
        if isinstance(kept, bytes | memoryview):
            return UUID(bytes=bytes(kept))
        return kept if isinstance(kept, UUID) else UUID(kept)
    except Exception:
        # Whatever a project's field makes of a value that it may not know.
        return None


def _takes(field: Field[Any, Any], value: str, alias: str) -> bool:
    """Whether a field takes a text that is no UUID."""
    try:
        field.get_db_prep_value(value, connections[alias])
    except Exception:
        return False
    return True
