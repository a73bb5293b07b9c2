"""What a field of whatever kind takes: built-in, contributed or the project's own."""

from __future__ import annotations

import random
from typing import Any

from django.db.models import NOT_PROVIDED

from schema_rows.scalars import MAKERS, unique_value

OWN = ("django.db.models.", "django.contrib.")


class Unknown(Exception):
    """No value is known that this field takes."""


def is_own(field: Any) -> bool:
    """Whether the field is Django's and not the project's."""
    return type(field).__module__.startswith(OWN)


def value(field: Any, row: int, chance: random.Random, *, plainly: bool) -> Any:
    """A value for the row; plainly: one that the project's own rules may want."""
    if plainly or not is_own(field):
        if field.default is not NOT_PROVIDED:
            return field.get_default()
        if field.null:
            return None
    if field.choices and (plainly or row % 2):
        flat = [key for key, _ in field.flatchoices if key not in (None, "")]
        if flat:
            return flat[row % len(flat)]
    if plainly:
        return unique_value(field, row, "") if _is_scalar(field) else _engine(field, 0)
    if _is_scalar(field):
        return MAKERS[field.get_internal_type()](field, row, chance)
    return _engine(field, row)


def _is_scalar(field: Any) -> bool:
    return field.get_internal_type() in MAKERS


def _engine(field: Any, row: int) -> Any:
    """Values of PostgreSQL's own types."""
    base = getattr(field, "base_field", None)
    if hasattr(field, "range_type") and base is not None:
        bounds = [unique_value(base, row + add, "") for add in (0, 3)]
        return (
            (None if row % 3 == 1 else tuple(bounds)) if field.null else tuple(bounds)
        )
    if base is not None:
        if not _is_scalar(base):
            return [[]] if row % 2 else []
        chance = random.Random(row)
        maker = MAKERS[base.get_internal_type()]
        return [maker(base, number, chance) for number in range(row % 4)]
    kind = type(field).__name__
    if kind == "HStoreField":
        return ({}, {"a": "b"}, {"a": None, "ü": '"'})[row % 3]
    if kind in ("OIDField", "OIDSerialField"):
        return row
    if kind == "SearchVectorField":
        return "'cat':3 'fat':2A"
    if field.null:
        return None
    raise Unknown(f"{field.model._meta.label}.{field.name}: {kind}")
