"""What SQLite alone demands of a number."""

from __future__ import annotations

from dataclasses import dataclass

from ...rules import Rule, Sent
from .loader import kept_decimal


@dataclass(frozen=True)
class KeptDigits(Rule):
    """A decimal all of whose digits a binary float of SQLite's keeps."""

    name = "decimal digits"

    def is_broken_by(self, value: Sent) -> bool:
        try:
            kept_decimal(str(value))
        except ArithmeticError:
            return True
        except ValueError:
            return False
        return False


@dataclass(frozen=True)
class NoOctets(Rule):
    """No octets where a number is read, which would be sent as a question mark."""

    name = "number"

    def is_broken_by(self, value: Sent) -> bool:
        return value == "?"
