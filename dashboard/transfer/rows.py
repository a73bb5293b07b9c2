"""What rows look like on their way from a reader to a loader."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class LoadFormat(StrEnum):
    """What a loader takes."""

    COPY = "copy"
    """The text of PostgreSQL's COPY."""
    CSV = "csv"
    """Quoted CSV for MySQL's LOAD DATA."""
    ROWS = "rows"
    """Batches of tuples of text, bytes and None."""


Value = str | bytes | None
Row = tuple[Value, ...]


class Counted(NamedTuple):
    """How many rows a range has in the source, and how many were loaded."""

    read: int
    loaded: int
