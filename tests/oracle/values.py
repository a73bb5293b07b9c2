"""Values of every field in a spelling that no engine has made."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import models

# One form for each kind of value


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, int) else ("not a whole number", value)


def _boolean(value: Any) -> Any:
    return bool(value) if value in (0, 1) else ("not a boolean", value)


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else ("not a text", value)


def _decimal(value: Any) -> Any:
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return number.normalize() if number else Decimal(0)


def _float(value: Any) -> Any:
    return value.hex() if isinstance(value, float) else ("not a float", value)


def _date(value: Any) -> Any:
    if isinstance(value, str):
        value = date.fromisoformat(value)
    if isinstance(value, datetime) or not isinstance(value, date):
        return ("not a date", value)
    return value


def _instant(value: Any) -> Any:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return value.astimezone(UTC)


def _time(value: Any) -> Any:
    if isinstance(value, timedelta):
        value = (datetime(2000, 1, 1) + value).time()
    if isinstance(value, str):
        value = time.fromisoformat(value)
    return value


def _duration(value: Any) -> Any:
    return value if isinstance(value, timedelta) else timedelta(microseconds=value)


def _uuid(value: Any) -> Any:
    return str(value).replace("-", "").lower()


def _bytes(value: Any) -> Any:
    return ("not bytes", value) if isinstance(value, str) else bytes(value)


def _address(value: Any) -> Any:
    return str(ipaddress.ip_address(str(value)))


def _json(value: Any) -> Any:
    if isinstance(value, bytes):
        value = value.decode()
    return _tagged(json.loads(value, parse_float=Decimal, parse_int=Decimal))


def _tagged(value: Any) -> Any:
    match value:
        case dict():
            return ("object", tuple((k, _tagged(value[k])) for k in sorted(value)))
        case list():
            return ("list", tuple(_tagged(one) for one in value))
        case bool():
            return ("boolean", value)
        case Decimal():
            return ("number", _decimal(value))
        case None:
            return ("null",)
    return ("text", value)


FORMS: dict[str, Callable[[Any], Any]] = {
    "BinaryField": _bytes,
    "BooleanField": _boolean,
    "DateField": _date,
    "DateTimeField": _instant,
    "DecimalField": _decimal,
    "DurationField": _duration,
    "FloatField": _float,
    "GenericIPAddressField": _address,
    "JSONField": _json,
    "TimeField": _time,
    "UUIDField": _uuid,
    **dict.fromkeys(
        ["CharField", "FileField", "FilePathField", "SlugField", "TextField"], _text
    ),
    **dict.fromkeys(
        [
            "AutoField",
            "BigAutoField",
            "BigIntegerField",
            "IntegerField",
            "PositiveBigIntegerField",
            "PositiveIntegerField",
            "PositiveSmallIntegerField",
            "SmallAutoField",
            "SmallIntegerField",
        ],
        _whole,
    ),
}


def kinds(table: str) -> dict[str, str]:
    """The kind of each column, as the models have it."""
    found: dict[str, str] = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table == table:
            for field in model._meta.local_concrete_fields:
                found[field.column] = _kind(field)
    return found


def _kind(field: Any) -> str:
    if isinstance(field, models.ForeignKey):
        return _kind(field.target_field)
    if isinstance(field, models.GeneratedField):
        return _kind(field.output_field)
    return str(field.get_internal_type())
