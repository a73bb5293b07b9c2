"""What fills a column that the source lacks: one value for every row.

The field's default, the moment of the checks for a date, or NULL. The plan keeps it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connections
from django.db.models import Field
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import MigrationRun, TableCopy
from ..transfer.columns import Column, ColumnKind
from ..transfer.plan import SourceColumn, TablePlan

MOMENTS = (ColumnKind.TIMESTAMP, ColumnKind.DATE, ColumnKind.TIME)

# Kinds that a driver has an object of its own for.
AS_PREPARED = (
    *MOMENTS,
    *(ColumnKind.DURATION, ColumnKind.DECIMAL, ColumnKind.BINARY),
)


class NoFill(Exception):
    """Why nothing can fill a column, as a sentence, and what would help."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy or _(
            "Add the column to the source and fill it there; or, if it is there "
            "under another name: %(option)s"
        )


@dataclass(frozen=True)
class Fill:
    """A value in the text of its kind, None for NULL, and whether it is of now."""

    value: str | None
    is_passing: bool = False


def fill_of(
    field: Field[Any, Any], kind: ColumnKind, new: Column, alias: str, zone: str
) -> Fill:
    """Return what fills a field's column of the destination. Raises NoFill.

    ``alias`` is the destination's, ``zone`` that of a clock's digits.
    """
    value, is_passing = _value_of(field, kind)
    if value is None:
        if not new.nullable:
            raise NoFill(_("its field has no default, and it takes no NULL"))
        return Fill(None)
    if field.unique:
        raise NoFill(_("it is unique, and a default is the same in every row"))
    try:
        return Fill(_text_of(_target(field), kind, value, alias, zone), is_passing)
    except NoFill:
        raise
    except Exception:
        # What a project's field makes of its own default may raise anything.
        raise NoFill(
            _("its default has no text as %(kind)s") % {"kind": kind}
        ) from None


def _target(field: Any) -> Any:
    while field.is_relation and hasattr(field, "target_field"):
        field = field.target_field
    return field


def _value_of(field: Any, kind: ColumnKind) -> tuple[Any, bool]:
    """Return the default, and whether another moment would have another one."""
    if field.has_default():
        value, again = field.get_default(), field.get_default()
        if value == again:
            # A date is one of now as well, though two of them may be equal.
            return value, callable(field.default) and kind in MOMENTS
        if kind in MOMENTS:
            return value, True
        raise NoFill(_("its default is another one for every row"))
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return _now(kind), True
    if not field.null and field.blank and field.empty_strings_allowed:
        return (b"" if kind is ColumnKind.BINARY else ""), False
    return None, False


def _now(kind: ColumnKind) -> date | time | datetime:
    now = timezone.now()
    local = timezone.localtime(now) if timezone.is_aware(now) else now
    match kind:
        case ColumnKind.DATE:
            return local.date()
        case ColumnKind.TIME:
            return local.time()
        case _:
            return now


def _text_of(field: Any, kind: ColumnKind, value: Any, alias: str, zone: str) -> str:
    if isinstance(value, Enum):
        value = value.value
    if kind is ColumnKind.JSON:
        return json.dumps(value, cls=getattr(field, "encoder", None))
    if kind in AS_PREPARED:
        prepared = field.get_prep_value(value)
    else:
        prepared = field.get_db_prep_save(value, connections[alias])
    if kind is ColumnKind.TIMESTAMP:
        return _digits(prepared, zone)
    if kind is ColumnKind.DECIMAL and (places := getattr(field, "decimal_places", 0)):
        prepared = Decimal(prepared).quantize(Decimal(1).scaleb(-places))
    return SPELLED[kind](prepared)


def _digits(moment: datetime, zone: str) -> str:
    """Return the digits of a clock in a zone, which have to mean that instant."""
    if timezone.is_naive(moment):
        return moment.isoformat(" ")
    there = ZoneInfo(zone)
    digits = moment.astimezone(there).replace(tzinfo=None)
    if digits.replace(tzinfo=there, fold=0).timestamp() != moment.timestamp():
        raise NoFill(
            _("its default is in an hour that the clock of %(zone)s shows twice")
            % {"zone": zone}
        )
    return digits.isoformat(" ")


def _microseconds(value: timedelta) -> str:
    return str(value // timedelta(microseconds=1))


SPELLED: dict[ColumnKind, Callable[[Any], str]] = {
    ColumnKind.INTEGER: lambda value: str(int(value)),
    ColumnKind.BOOLEAN: lambda value: str(int(bool(value))),
    ColumnKind.DECIMAL: lambda value: format(Decimal(value), "f"),
    ColumnKind.FLOAT: lambda value: repr(float(value)),
    ColumnKind.TEXT: str,
    ColumnKind.BINARY: lambda value: bytes(value).hex(),
    ColumnKind.UUID: lambda value: UUID(str(value)).hex,
    ColumnKind.DATE: lambda value: value.isoformat(),
    ColumnKind.TIME: lambda value: value.isoformat(),
    ColumnKind.DURATION: _microseconds,
    ColumnKind.ADDRESS: str,
}


def filled_before(source: str, destination: str, label: str) -> dict[str, str | None]:
    """Return what the last copy of a model filled columns with, by column."""
    copies = TableCopy.objects.filter(
        run__source=source,
        run__destination=destination,
        run__mode=MigrationRun.Mode.COPY,
        run__started_at__isnull=False,
        model=label,
    )
    plan = copies.order_by("-run").values_list("plan", flat=True).first()
    if plan is None or "source_columns" not in plan:
        return {}
    columns: tuple[SourceColumn, ...] = TablePlan.from_json(plan).source_columns
    return {one.name: one.constant for one in columns if one.is_filled}
