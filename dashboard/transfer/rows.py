"""What rows look like on their way from a reader to a loader."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import NamedTuple, TypeVar

T = TypeVar("T")


@contextmanager
def closed(iterator: Iterator[T]) -> Iterator[Iterator[T]]:
    """Close a generator at the end of the block.

    An error that is raised further on keeps it alive otherwise, and with it a
    statement of its session.
    """
    try:
        yield iterator
    finally:
        if isinstance(iterator, Generator):
            iterator.close()


class LoadFormat(StrEnum):
    """What a loader takes."""

    COPY = "copy"
    """The text of PostgreSQL's COPY."""
    CSV = "csv"
    """Quoted CSV for MySQL's LOAD DATA."""
    ROWS = "rows"
    """Batches of tuples of text, bytes and None."""


class LargeText:
    """A text that is not decoded as a whole, in UTF-8.

    One character beyond the Basic Multilingual Plane makes Python take four
    octets for each.
    """

    __slots__ = ("octets",)

    def __init__(self, octets: bytes) -> None:
        self.octets = octets

    def __len__(self) -> int:
        return len(self.octets)

    def __str__(self) -> str:
        return self.octets.decode()


Value = str | bytes | LargeText | None
Row = tuple[Value, ...]


class Counted(NamedTuple):
    """How many rows a range has in the source, and how many were loaded."""

    read: int
    loaded: int
