"""What a column of the destination demands of a value.

A rule is judged by the text that a value has on its way (``columns.ColumnKind``),
or by its octets where that is what it is. The destination's backend makes the rules
of a column; the source's finds in SQL what may break them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

Sent = str | bytes
"""A text, with what is no UTF-8 as surrogates; octets of a column of octets."""


class Rule(ABC):
    """What a value has to fulfil; ``name`` is the rule's word, whatever its bounds."""

    name: ClassVar[str]
    # Whether what breaks it is refused; else it arrives as something else.
    refuses: ClassVar[bool] = True

    @abstractmethod
    def is_broken_by(self, value: Sent) -> bool:
        """Whether a value, which is not NULL, breaks the rule."""


# --- any value -----------------------------------------------------------------


@dataclass(frozen=True)
class NotNull(Rule):
    """No NULL, which alone breaks it: found in SQL."""

    name = "null"

    def is_broken_by(self, value: Sent) -> bool:
        return False


@dataclass(frozen=True)
class Nothing(Rule):
    """Nothing but NULL: no value has a text that the column takes."""

    name = "no common text"

    def is_broken_by(self, value: Sent) -> bool:
        return True
