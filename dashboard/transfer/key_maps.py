"""Which row of the destination is which of the source, where keys are new.

A table of the destination holds it for each table whose rows the destination numbers,
and for each database that they come from. It outlives the run: the next one finds its
rows by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

PREFIX = "migration_console_keys_"
"""What the names of all of them begin with."""

# The longest name of a table that every engine takes.
LONGEST = 63


@dataclass(frozen=True)
class KeyMap:
    """The table that says what keys become.

    With a ``type_column`` of the same row only where that holds ``content_type``, a
    number of the destination's: the objects of a generic relation.
    """

    table: str
    type_column: str = ""
    content_type: int = 0


def map_name(source: str, table: str) -> str:
    """Name the table for the rows of one that come from a ``source``, by its identity.

    Two tables, or two sources, never share one.
    """
    digest = sha256(f"{source}\n{table}".encode()).hexdigest()[:12]
    plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in table)
    return f"{PREFIX}{digest}_{plain}"[:LONGEST].rstrip("_")
