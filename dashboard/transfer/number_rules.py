"""What columns of numbers demand."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from .rules import Rule, Sent

DIGITS = re.compile(r"-?\d+", re.ASCII)
PLAIN = re.compile(r"-?(0|[1-9]\d*)", re.ASCII)
SPECIAL = re.compile(r"[-+]?(inf|infinity|nan)", re.IGNORECASE)


def _number(value: Sent) -> Decimal | None:
    if isinstance(value, bytes) or "_" in value:
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


@dataclass(frozen=True)
class Whole(Rule):
    """A whole number between two; ``rounding`` engines take a fraction, and round."""

    name = "integer"
    lowest: int
    highest: int
    rounding: bool = False

    def is_broken_by(self, value: Sent) -> bool:
        if isinstance(value, str) and DIGITS.fullmatch(value):
            return not self.lowest <= int(value) <= self.highest
        number = _number(value) if self.rounding else None
        if number is None or not number.is_finite():
            return True
        # A half is rounded away from zero, also below it.
        half = Decimal("0.5")
        return not self.lowest - half < number < self.highest + half


@dataclass(frozen=True)
class Unrounded(Rule):
    """A number that has no more digits behind the point than the column keeps."""

    name = "rounded"
    refuses = False
    scale: int

    def is_broken_by(self, value: Sent) -> bool:
        number = _number(value)
        if number is None or not number.is_finite():
            return False
        exponent = number.normalize().as_tuple().exponent
        return isinstance(exponent, int) and -exponent > self.scale


@dataclass(frozen=True)
class Canonical(Rule):
    """A number without zeros before it, which a text keeps and a number does not."""

    name = "spelling"
    refuses = False

    def is_broken_by(self, value: Sent) -> bool:
        if isinstance(value, bytes) or not DIGITS.fullmatch(value):
            return False
        return not PLAIN.fullmatch(value)


@dataclass(frozen=True)
class Decimals(Rule):
    """A number below a power of ten; ``specials`` are what else is one."""

    name = "decimal"
    precision: int
    scale: int
    specials: frozenset[str] = frozenset()
    # Whether what is smaller than the scale is refused as well.
    exact: bool = False

    def is_broken_by(self, value: Sent) -> bool:
        number = _number(value)
        if number is None:
            return True
        if not number.is_finite():
            return str(value).lower().strip("+-") not in self.specials
        if self.exact and Unrounded(self.scale).is_broken_by(value):
            return True
        # What is rounded up to the power, in digits that no context cuts off.
        least = Decimal(10 ** (self.precision + 1) - 5).as_tuple().digits
        return number.copy_abs() >= Decimal((0, least, -self.scale - 1))


@dataclass(frozen=True)
class Numeric(Rule):
    """Any number, and those of ``specials``."""

    name = "number"
    specials: frozenset[str] = frozenset()

    def is_broken_by(self, value: Sent) -> bool:
        number = _number(value)
        if number is None:
            return True
        special = str(value).lower().strip("+-")
        return not number.is_finite() and special not in self.specials


@dataclass(frozen=True)
class Digits(Rule):
    """A number that a binary float keeps to its last digit."""

    name = "digits"
    refuses = False
    bits: int = 64

    def is_broken_by(self, value: Sent) -> bool:
        number = _number(value)
        if number is None or not number.is_finite():
            return False
        try:
            kept = float(number)
            if self.bits == 32:
                kept = struct.unpack("f", struct.pack("f", kept))[0]
        except OverflowError:
            return True
        return Decimal(repr(kept)) != number


@dataclass(frozen=True)
class FloatBits(Rule):
    """A float that has no more bits than the column; ``bits`` are 32 or 64."""

    name = "precision"
    refuses = False
    bits: int

    def is_broken_by(self, value: Sent) -> bool:
        number = _number(value)
        if number is None or not number.is_finite():
            return False
        try:
            kept = float(number)
            if self.bits == 32:
                return bool(struct.unpack("f", struct.pack("f", kept))[0] != kept)
        except OverflowError:
            return True
        is_integer = isinstance(value, str) and DIGITS.fullmatch(value) is not None
        return is_integer and Decimal(repr(kept)) != number


@dataclass(frozen=True)
class FloatDigits(Rule):
    """A float that fifteen digits tell from every other."""

    name = "precision"
    refuses = False

    def is_broken_by(self, value: Sent) -> bool:
        try:
            number = float(value)
        except ValueError:
            return False
        return number == number and float(f"{number:.15g}") != number


@dataclass(frozen=True)
class FloatRange(Rule):
    """A number within the range of a float of 32 or 64 bits."""

    name = "float range"
    bits: int
    # Whether what is too small for it is refused as well.
    underflow: bool = False

    def is_broken_by(self, value: Sent) -> bool:
        number = _number(value)
        if number is None or not number.is_finite() or not number:
            return False
        try:
            kept = float(number)
            if self.bits == 32:
                kept = struct.unpack("f", struct.pack("f", kept))[0]
        except OverflowError:
            return True
        return kept in (float("inf"), -float("inf")) or (self.underflow and not kept)


@dataclass(frozen=True)
class NoNegativeZero(Rule):
    """No zero below zero, whose sign is lost."""

    name = "negative zero"
    refuses = False

    def is_broken_by(self, value: Sent) -> bool:
        number = _number(value)
        return number is not None and number.is_zero() and number.is_signed()


@dataclass(frozen=True)
class NotNegative(Rule):
    """No number below zero."""

    name = "negative"

    def is_broken_by(self, value: Sent) -> bool:
        number = _number(value)
        return number is not None and not number.is_nan() and number < 0


@dataclass(frozen=True)
class NoNan(Rule):
    """No NaN, which becomes NULL."""

    name = "nan"

    def is_broken_by(self, value: Sent) -> bool:
        number = _number(value)
        return number is not None and number.is_nan()
