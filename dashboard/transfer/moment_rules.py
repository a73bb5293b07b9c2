"""What columns of moments, UUIDs and addresses demand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_interface

from .rules import Rule, Sent

DAY = r"\d{4}-\d\d-\d\d"
CLOCK = r"-?\d{2,3}:[0-5]\d:[0-5]\d(?:\.\d{1,6})?"
MOMENTS = {
    "day": re.compile(DAY, re.ASCII),
    "clock": re.compile(CLOCK, re.ASCII),
    "moment": re.compile(rf"{DAY} {CLOCK}", re.ASCII),
}
DAY_LENGTH = 10


@dataclass(frozen=True)
class Moment(Rule):
    """A ``day``, a ``clock``'s time or a ``moment`` of both, between two texts.

    With ``real`` the day is one of the calendar's, or ``zero`` where that is one.
    """

    name = "moment"
    form: str
    real: bool = True
    zero: bool = False
    lowest: str = ""
    highest: str = ""

    def is_broken_by(self, value: Sent) -> bool:
        if isinstance(value, bytes) or not MOMENTS[self.form].fullmatch(value):
            return True
        if self.zero and value.startswith("0000-00-00"):
            return False
        if self.real and self.form != "clock" and not _is_day(value[:DAY_LENGTH]):
            return True
        is_early = bool(self.lowest) and value < self.lowest
        return is_early or (bool(self.highest) and value > self.highest)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Fraction(Rule):
    """At most so many digits of a second's fraction that are not zero."""

    name = "fraction"
    refuses = False
    most: int

    def is_broken_by(self, value: Sent) -> bool:
        fraction = str(value).partition(".")[2]
        return len(fraction.rstrip("0")) > self.most


@dataclass(frozen=True)
class OnOneClock(Rule):
    """A moment that the clock of ``zone`` shows once: instants here, digits there.

    Or the other way round, where not ``of_instants``: then the clock skips none of
    them. What breaks it has no text that could be sent.
    """

    name = "clock"
    zone: str
    of_instants: bool

    def is_broken_by(self, value: Sent) -> bool:
        return False


# --- UUIDs and addresses --------------------------------------------------------

UUID = re.compile(
    r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE
)
# MariaDB's own type takes none of a later version together with the oldest
# variants (manual, "UUID Data Type").
ODD_VERSION = re.compile(r"[0-9a-f]{12}[89a-f][0-9a-f]{3}[0-7]", re.IGNORECASE)


@dataclass(frozen=True)
class Uuid(Rule):
    """A UUID in 32 digits or with its hyphens; ``strict`` where versions count."""

    name = "uuid"
    strict: bool = False

    def is_broken_by(self, value: Sent) -> bool:
        if isinstance(value, bytes) or not UUID.fullmatch(value):
            return True
        digits = value.replace("-", "")
        return self.strict and ODD_VERSION.match(digits) is not None


@dataclass(frozen=True)
class UuidDigits(Rule):
    """At most 32 characters, hyphens apart, which are left out on the way."""

    name = "uuid"

    def is_broken_by(self, value: Sent) -> bool:
        return len(str(value).replace("-", "")) > 32


@dataclass(frozen=True)
class HexDigits(Rule):
    """Digits of whole octets, however many."""

    name = "uuid"

    def is_broken_by(self, value: Sent) -> bool:
        try:
            bytes.fromhex(str(value).replace("-", ""))
        except ValueError:
            return True
        return False


@dataclass(frozen=True)
class Address(Rule):
    """An address of one of ``versions``; ``masked`` where a network may follow."""

    name = "address"
    versions: tuple[int, ...] = (4, 6)
    masked: bool = True

    def is_broken_by(self, value: Sent) -> bool:
        text = str(value)
        __, slash, mask = text.partition("/")
        # Python takes a zone behind a "%", and a mask in words, which no server does.
        if "%" in text or (slash and not (self.masked and mask.isdecimal())):
            return True
        try:
            found = ip_interface(text)
        except ValueError:
            return True
        return found.version not in self.versions
