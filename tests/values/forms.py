"""What a stored value means, in a form that no engine has made."""

from __future__ import annotations

import ipaddress
import json
import re
import struct
from collections.abc import Callable
from datetime import UTC, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple


class Stored(NamedTuple):
    """A value as the driver gives it: ``what`` is number, text or octets."""

    what: str
    value: Any
    type: str


def _odd(stored: Stored) -> Any:
    return ("odd", stored.what, stored.value)


def integer(stored: Stored) -> Any:
    if stored.type.startswith("bit") and stored.what == "octets":
        return int.from_bytes(stored.value, "big")
    if stored.what == "octets" or isinstance(stored.value, bytes):
        return _odd(stored)
    if stored.type == "sqlite" and stored.what == "text":
        # A text of digits is that number; another spelling is only a text.
        plain = str(stored.value).removeprefix("-")
        is_one = plain.isdigit() and (plain == "0" or not plain.startswith("0"))
        return int(stored.value) if is_one else _odd(stored)
    number = decimal(stored)
    if isinstance(number, Decimal) and number == number.to_integral_value():
        return int(number)
    return number


def boolean(stored: Stored) -> Any:
    if stored.value in ("true", "false") and stored.type == "boolean":
        return stored.value == "true"
    if stored.type.startswith("bit") and stored.what == "octets":
        found: Any = int.from_bytes(stored.value, "big")
    elif stored.what == "text":
        is_number = not stored.type.startswith(("varchar", "enum"))
        text = str(stored.value)
        is_number = is_number and text.removeprefix("-").isdigit()
        found = int(text) if is_number else _odd(stored)
    else:
        found = stored.value if stored.what == "number" else _odd(stored)
    return bool(found) if found in (0, 1) else found


def decimal(stored: Stored) -> Any:
    if isinstance(stored.value, bytes):
        return _odd(stored)
    spelled = stored.value
    if stored.what == "text":
        try:
            number = Decimal(spelled)
        except InvalidOperation:
            return _odd(stored)
    else:
        # A double is the decimal that is nearest to it.
        number = (
            Decimal(repr(spelled)) if isinstance(spelled, float) else Decimal(spelled)
        )
    if number.is_nan():
        return "NaN"
    return number if number else Decimal(0)


def float_(stored: Stored) -> Any:
    if isinstance(stored.value, bytes):
        return _odd(stored)
    try:
        number = float(stored.value)
    except ValueError:
        return _odd(stored)
    is_whole = str(stored.value).removeprefix("-").isdigit()
    if is_whole and int(stored.value) not in (int(number), Decimal(repr(number))):
        return ("integer", int(stored.value))
    return "NaN" if number != number else struct.pack(">d", number).hex()


def text(stored: Stored) -> Any:
    value = stored.value
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError:
            return ("octets", value)
    value = str(value)
    # The padding of a CHAR is none of its value.
    return value.rstrip(" ") if stored.type.startswith("char(") else value


def binary(stored: Stored) -> Any:
    if isinstance(stored.value, bytes):
        return stored.value
    return str(stored.value).encode()


def uuid(stored: Stored) -> Any:
    if isinstance(stored.value, bytes):
        octets = stored.value
        return octets.hex() if len(octets) == 16 else ("odd", octets.decode("latin-1"))
    found = str(stored.value)
    if stored.type.startswith("char("):
        found = found.rstrip(" ")
    plain = found.replace("-", "").lower()
    is_one = len(plain) == 32 and all(c in "0123456789abcdef" for c in plain)
    return plain if is_one and len(found) in (32, 36) else ("odd", found)


def document(stored: Stored) -> Any:
    value = stored.value
    try:
        return _tagged(
            json.loads(
                value,
                object_pairs_hook=_Object,
                parse_float=Decimal,
                parse_int=Decimal,
            )
        )
    except (ValueError, RecursionError):
        return text(stored)


class _Object(list):  # type: ignore[type-arg]
    pass


def _tagged(value: Any) -> Any:
    if isinstance(value, _Object):
        pairs = [(key, _tagged(one)) for key, one in value]
        keys = [key for key, _ in pairs]
        if len(set(keys)) != len(keys):
            return ("object with a key twice", tuple(pairs))
        return ("object", frozenset(pairs))
    if isinstance(value, list):
        return ("list", tuple(_tagged(one) for one in value))
    if isinstance(value, Decimal):
        return ("number", value if value else Decimal(0))
    return (type(value).__name__, value)


def address(stored: Stored) -> Any:
    found = text(stored)
    try:
        return str(ipaddress.ip_interface(found))
    except (ValueError, AttributeError):
        return ("odd", found)


def numbers(stored: Stored) -> Any:
    found = str(stored.value)
    if found.startswith("{") and stored.type.endswith("[]"):
        found = f"[{found[1:-1]}]"
    try:
        return tuple(json.loads(found))
    except ValueError:
        return ("odd", found)


def moment(stored: Stored) -> Any:
    """An instant in UTC; digits without a zone are taken for such."""
    found = _words(stored)
    if found is None:
        return _odd(stored)
    try:
        read = datetime.fromisoformat(found)
    except ValueError:
        return ("odd", _plain(found.replace("+00", "")))
    if read.tzinfo is not None:
        read = read.astimezone(UTC).replace(tzinfo=None)
    return read


def day(stored: Stored) -> Any:
    read = moment(stored)
    if isinstance(read, datetime) and read.time() == time():
        return read.date()
    # Ten characters that are no day, or a moment of one.
    return read


def clock(stored: Stored) -> Any:
    found = _words(stored)
    if found is None:
        return _odd(stored)
    try:
        return time.fromisoformat(found)
    except ValueError:
        return ("odd", _plain(found))


def _words(stored: Stored) -> str | None:
    is_text = stored.what == "text" and isinstance(stored.value, str)
    return stored.value if is_text else None


def _plain(found: str) -> str:
    return found.rstrip("0").rstrip(".") if "." in found else found


INTERVAL = re.compile(
    r"(?:(-?\d+) days? ?)?"
    r"(?:([-+]?)(\d+):(\d\d):(\d\d)(?:\.(\d+))?)?"
)


def pause(stored: Stored) -> Any:
    """Microseconds; a month has no number of them."""
    if stored.type != "interval":
        return integer(stored)
    found = INTERVAL.fullmatch(str(stored.value))
    if found is None:
        return ("odd", stored.value)
    days, sign, hours, minutes, seconds, fraction = found.groups()
    rest = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    rest = rest * 1_000_000 + int(f"{fraction or '':0<6}")
    return int(days or 0) * 86_400_000_000 + (-rest if sign == "-" else rest)


def exact(stored: Stored) -> Any:
    return stored.value


FORMS: dict[str, Callable[[Stored], Any]] = {
    "integer": integer,
    "boolean": boolean,
    "decimal": decimal,
    "float": float_,
    "text": text,
    "binary": binary,
    "uuid": uuid,
    "document": document,
    "address": address,
    "numbers": numbers,
    "moment": moment,
    "day": day,
    "clock": clock,
    "pause": pause,
    "exact": exact,
}


def read(form: str, stored: Stored | None) -> Any:
    return None if stored is None else FORMS[form](stored)
