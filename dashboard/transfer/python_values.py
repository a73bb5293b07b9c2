"""Python's values of the texts that rows travel as, as a model's field gives them.

One way and back, column by column. What has no Python value, such as a moment
before the year 1, is an error for whoever asks for it, and for nobody else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from .columns import ColumnKind, ColumnType
from .octets import uuid_digits
from .plan import PlanColumn, TablePlan
from .rows import LoadFormat

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field

Decode = Callable[[bytes], Any]
Encode = Callable[[Any], bytes]

TRUE = {"1", "t", "true"}
MICROSECOND = timedelta(microseconds=1)
DAY_MICROSECONDS = 86_400_000_000

# What PostgreSQL prints, and what COPY is given of other engines' microseconds.
INTERVAL = re.compile(
    r"(?:(?P<years>-?\d+) years? ?)?(?:(?P<months>-?\d+) mons? ?)?"
    r"(?:(?P<days>[-+]?\d+) days? ?)?"
    r"(?:(?P<sign>[-+]?)(?P<hours>\d+):(?P<minutes>\d\d):(?P<clock>\d\d(?:\.\d+)?))?"
    r"(?:(?P<seconds>\d+\.\d+) seconds)?"
)
PLAIN = {"django.db.models.fields.CharField", "django.db.models.fields.TextField"}
OWN_FIELDS = ("django.db.models.", "django.contrib.")


def decoder(
    plan: TablePlan,
    column: PlanColumn,
    field: Field[Any, Any],
    connection: BaseDatabaseWrapper,
    *,
    aware: bool,
) -> Decode:
    """Return what makes a value of a column's octets on their way; none is NULL.

    ``aware`` says that moments have a time zone. It raises ValueError and whatever
    the field's own converters raise.
    """
    clock = "" if aware else _clock(plan, column.source, connection)
    base = _decoded(plan, column, clock)
    expression: Any = field.get_col(field.model._meta.db_table)
    # Of other converters a back end is in need, for what its driver gives.
    known = dict.fromkeys((expression.output_field, expression.target))
    converters = [one.from_db_value for one in known if hasattr(one, "from_db_value")]
    if not converters:
        return base

    def decode(octets: bytes) -> Any:
        value = base(octets)
        for convert in converters:
            value = convert(value, expression, connection)
        return value

    return decode


def _clock(plan: TablePlan, side: ColumnType, connection: BaseDatabaseWrapper) -> str:
    """Return the zone whose digits Django has for a side's moments without a zone."""
    return connection.timezone_name if side.instant else plan.zone


def _decoded(plan: TablePlan, column: PlanColumn, clock: str) -> Decode:
    match column.kind:
        case ColumnKind.BINARY:
            return bytes
        case ColumnKind.INTEGER:
            return int
        case ColumnKind.FLOAT:
            return float
        case ColumnKind.TEXT | ColumnKind.JSON | ColumnKind.ADDRESS:
            return bytes.decode
        case ColumnKind.TIMESTAMP:
            zone = text_zone(plan, column)
            return lambda octets: _moment(octets.decode(), zone, clock)
        case _:
            read = FROM_TEXT[column.kind]
            return lambda octets: read(octets.decode())


def text_zone(plan: TablePlan, column: PlanColumn) -> str:
    """Return the zone of the clock whose digits a moment's text has on its way."""
    return "UTC" if column.destination.instant else plan.zone


def _moment(text: str, zone: str, clock: str) -> datetime:
    """Return an aware moment, or the digits of a ``clock`` that has none of it."""
    found = datetime.fromisoformat(text)
    if clock == zone:
        return found.replace(tzinfo=None)
    if found.tzinfo is None:
        # Of two instants with these digits it is the first, as for Django.
        found = found.replace(tzinfo=_zone(zone))
    if clock:
        return found.astimezone(_zone(clock)).replace(tzinfo=None, fold=0)
    return found.astimezone(UTC)


def _uuid(text: str) -> UUID:
    return UUID(text.removeprefix("\\x"))


def _duration(text: str) -> timedelta:
    if text.lstrip("-").isdigit():
        return timedelta(microseconds=int(text))
    found = INTERVAL.fullmatch(text)
    if found is None or not text:
        raise ValueError
    part = {name: value or "0" for name, value in found.groupdict().items()}
    # As the drivers count a month and a year.
    days = int(part["days"]) + 30 * int(part["months"]) + 365 * int(part["years"])
    minutes = 60 * int(part["hours"]) + int(part["minutes"])
    clock = 60 * minutes + Decimal(part["clock"])
    seconds = (-clock if part["sign"] == "-" else clock) + Decimal(part["seconds"])
    return timedelta(days=days, microseconds=int(seconds * 1_000_000))


def _unknown(value: Any) -> Any:
    """Refuse what has a type of the engine's own, which travels as its text."""
    raise TypeError


FROM_TEXT: dict[ColumnKind, Callable[[str], Any]] = {
    ColumnKind.BOOLEAN: TRUE.__contains__,
    ColumnKind.DECIMAL: Decimal,
    ColumnKind.UUID: _uuid,
    ColumnKind.DATE: date.fromisoformat,
    ColumnKind.TIME: time.fromisoformat,
    ColumnKind.DURATION: _duration,
    ColumnKind.OTHER: _unknown,
}


@lru_cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


# --- and back ---------------------------------------------------------------


def encoder(
    plan: TablePlan,
    column: PlanColumn,
    field: Field[Any, Any],
    connection: BaseDatabaseWrapper,
    load_format: LoadFormat,
    *,
    aware: bool,
) -> Encode:
    """Return what makes a column's octets on their way of a value, which is not None.

    ``connection`` is the destination's, which is not asked. It raises TypeError and
    ValueError, and whatever the field raises.
    """
    prepared = _preparation(field, connection)
    clock = "" if aware else _clock(plan, column.destination, connection)
    spell = _spelling(plan, column, field, load_format, clock)

    is_plain = column.kind is ColumnKind.TEXT and _keeps_texts(field)

    def encode(value: Any) -> bytes:
        if is_plain and type(value) is str:
            return value.encode()
        if aware and isinstance(value, datetime) and value.tzinfo is None:
            # Django would quote it in a warning, and take it for its own zone's.
            raise ValueError
        text = spell(prepared(value))
        return text if isinstance(text, bytes) else text.encode()

    return encode


def _preparation(
    field: Field[Any, Any], connection: BaseDatabaseWrapper
) -> Callable[[Any], Any]:
    """Return what a field makes of a value before it is saved.

    A back end's own spelling is left out, but where a field of the project's has its
    word in it.
    """
    if _has_own_word(field):
        return lambda value: field.get_db_prep_save(value, connection)
    return field.get_prep_value


def _keeps_texts(field: Any) -> bool:
    """Whether a field saves a text as it is, so that nobody has to ask it."""
    names = ("get_prep_value", "to_python")
    return PLAIN.issuperset(_owner(type(field), n) for n in names) and not (
        _has_own_word(field)
    )


def _owner(kind: type, name: str) -> str:
    owner = next(one for one in kind.__mro__ if name in vars(one))
    return f"{owner.__module__}.{owner.__qualname__}"


def _has_own_word(field: Any) -> bool:
    kind = type(getattr(field, "target_field", field))
    for name in ("get_db_prep_save", "get_db_prep_value"):
        if not _owner(kind, name).startswith(OWN_FIELDS):
            return True
    return False


def _spelling(
    plan: TablePlan,
    column: PlanColumn,
    field: Any,
    load_format: LoadFormat,
    clock: str,
) -> Callable[[Any], str | bytes]:
    is_copied = load_format is LoadFormat.COPY
    match column.kind:
        case ColumnKind.BINARY:
            return bytes
        case ColumnKind.DECIMAL:
            return _of_decimal(field)
        case ColumnKind.TIMESTAMP:
            zone = text_zone(plan, column)
            offset = "+00" if is_copied and column.destination.instant else ""
            return lambda value: _of_moment(value, zone, clock) + offset
        case ColumnKind.DURATION if is_copied and column.destination.name == "interval":
            return _of_interval
        case ColumnKind.UUID:
            return _of_uuid(column, is_copied=is_copied)
        case ColumnKind.JSON:
            return _of_document(field)
        case _:
            return TO_TEXT[column.kind]


def _of_document(field: Any) -> Callable[[Any], str]:
    kind = getattr(field, "encoder", None)
    if not _has_own_word(field):
        return lambda value: json.dumps(value, cls=kind)
    # It may have made a text of it.
    return lambda value: value if isinstance(value, str) else json.dumps(value)


def _of_decimal(field: Any) -> Callable[[Any], str]:
    field = getattr(field, "target_field", field)
    places = getattr(field, "decimal_places", None)
    if places is None:
        return lambda value: format(Decimal(value), "f")
    one, context = Decimal(1).scaleb(-places), Context(prec=field.max_digits)

    def spell(value: Any) -> str:
        found = Decimal(value)
        if found.is_finite():
            # As Django does; it raises where there are too many digits.
            found = found.quantize(one, context=context)
        return format(found, "f")

    return spell


def _of_moment(value: datetime, zone: str, clock: str) -> str:
    if (value.tzinfo is None) is not bool(clock):
        raise ValueError
    if not clock:
        value = value.astimezone(_zone(zone))
        # The second of two instants that have the same digits.
        if value.fold:
            raise ValueError
    elif clock != zone:
        value = _instant(value, _zone(clock)).astimezone(_zone(zone))
    return value.replace(tzinfo=None).isoformat(" ")


def _instant(value: datetime, zone: ZoneInfo) -> datetime:
    """Return what a server takes the digits of a clock for, by its standard time.

    PostgreSQL does so with digits that there are twice, or not at all
    (documentation, "Handling of Invalid or Ambiguous Timestamps").
    """
    both = (value.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    offset = min(one for one in both if one is not None)
    return (value - offset).replace(tzinfo=UTC)


def _of_duration(value: timedelta) -> str:
    return str(value // MICROSECOND)


def _of_interval(value: timedelta) -> str:
    days, rest = divmod(value // MICROSECOND, DAY_MICROSECONDS)
    return f"{days} days {rest // 1_000_000}.{rest % 1_000_000:06d} seconds"


def _of_uuid(column: PlanColumn, *, is_copied: bool) -> Callable[[Any], str]:
    if is_copied and column.destination.name == "bytea":
        return lambda value: f"\\x{uuid_digits(str(value))}"
    if is_copied and column.destination.length == 32:
        return lambda value: uuid_digits(str(value))
    return str


def _of_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return str(value)


TO_TEXT: dict[ColumnKind, Callable[[Any], str]] = {
    ColumnKind.INTEGER: lambda value: str(int(value)),
    ColumnKind.BOOLEAN: lambda value: "1" if value else "0",
    ColumnKind.FLOAT: lambda value: repr(float(value)),
    ColumnKind.TEXT: _of_text,
    ColumnKind.ADDRESS: _of_text,
    ColumnKind.DATE: lambda value: value.isoformat(),
    ColumnKind.TIME: lambda value: value.isoformat(),
    ColumnKind.DURATION: _of_duration,
    ColumnKind.OTHER: _unknown,
}
