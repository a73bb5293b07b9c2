"""What the comparer spells by Python, because SQLite's SQL has no words for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from ipaddress import ip_interface
from zoneinfo import ZoneInfo

from ... import canonical

FINER = re.compile(r"[.,]\d{7}")

Stored = str | bytes | float | int | None


def _digest(value: Stored) -> str | None:
    if value is None:
        return None
    octets = value if isinstance(value, bytes) else str(value).encode()
    return canonical.digest(octets).hexdigest()


def _utf8(value: Stored) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    return str(value).encode("utf-8", "surrogatepass")


NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?|[-+]?inf(inity)?|nan", re.I)


def _number(spell: Callable[[float], str]) -> Callable[[float | bytes], str]:
    """Return a function that spells a float, also where a text or integer is one."""

    def function(value: float | bytes) -> str:
        given: float | str
        if isinstance(value, bytes):
            given = value.decode("utf-8", "replace")
            if not NUMBER.fullmatch(given):
                return f"?{value!r}"
        else:
            given = value
        try:
            return spell(canonical.exact_float(given))
        except (ValueError, OverflowError):
            return f"?{value!r}"

    return function


def _spelled(read: Callable[[str], str]) -> Callable[[Stored], str | None]:
    """Return a function that spells what cannot be read as it is stored."""

    def function(value: Stored) -> str | None:
        if value is None:
            return None
        try:
            return read(value.decode() if isinstance(value, bytes) else str(value))
        except (ValueError, ArithmeticError):
            return f"?{value!r}"

    return function


_decimal = _spelled(canonical.decimal_text)


def _moment_of(value: bytes | None, zone: str) -> str | None:
    def read(text: str) -> str:
        moment = _exact(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(ZoneInfo(zone))
            # The digits are those of the hour before.
            if moment.fold:
                raise ValueError
        return _without_zeros(moment.replace(tzinfo=None).isoformat(" "))

    return _spelled(read)(value)


def _instant_of(value: bytes | None, zone: str) -> str | None:
    def read(text: str) -> str:
        moment, clock = _exact(text), ZoneInfo(zone)
        if moment.tzinfo is None:
            instant = moment.replace(tzinfo=clock).astimezone(UTC)
            if instant.astimezone(clock).replace(tzinfo=None) != moment:
                raise ValueError
            moment = instant
        text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
        return _without_zeros(text)

    return _spelled(read)(value)


def _exact(text: str) -> datetime:
    # Python leaves out what is smaller than a microsecond.
    if FINER.search(text):
        raise ValueError
    return datetime.fromisoformat(text)


def _time_of(text: str) -> str:
    if FINER.search(text):
        raise ValueError
    return _without_zeros(time.fromisoformat(text).isoformat())


def _date_of(text: str) -> str:
    moment = _exact(text)
    if moment != datetime.combine(moment.date(), time()):
        raise ValueError
    return date.isoformat(moment.date())


def _without_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _address_of(text: str) -> str:
    address = ip_interface(text)
    host = "/32" if address.version == 4 else "/128"
    return str(address).removesuffix(host)


FUNCTIONS: dict[str, tuple[int, Callable[..., Stored]]] = {
    "mc_digest": (1, _digest),
    "mc_utf8": (1, _utf8),
    "mc_decimal": (1, _decimal),
    "mc_bits": (1, _number(canonical.float_bits)),
    "mc_float": (1, _number(canonical.float_text)),
    "mc_moment": (2, _moment_of),
    "mc_instant": (2, _instant_of),
    "mc_time": (1, _spelled(_time_of)),
    "mc_date": (1, _spelled(_date_of)),
    "mc_address": (1, _spelled(_address_of)),
}
