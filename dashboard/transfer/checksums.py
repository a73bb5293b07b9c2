"""What a comparison asks of one side, and what it gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .canonical import SPELLING
from .changes import ChangedColumn
from .columns import ColumnKind, ColumnType
from .filters import Where
from .keys import KeyRange
from .plan import SourceColumn
from .renumbering import Numbers


@dataclass(frozen=True)
class Checksum:
    """What a comparison sees of a selection of rows.

    ``hashed`` counts the rows whose hash is not NULL; where it is less than
    ``rows``, something could not be hashed. ``total`` is the sum of 64 bits
    of every row's SHA-256, modulo 2**64.
    """

    rows: int
    hashed: int
    total: int


@dataclass(frozen=True)
class HashedColumn:
    """A column as one side has it, and its canonical form when it is hashed there.

    Without a form the server sends the value, which is hashed in Python.
    """

    name: str
    kind: ColumnKind
    type: ColumnType
    canonical_form: str = ""
    # What the other side's numbers are, where this one has numbers of its own.
    numbers: Numbers | None = None


@dataclass(frozen=True)
class Layout:
    """One side's view of a table that is compared."""

    table: str
    key: tuple[HashedColumn, ...]
    # What the server hashes, the key included, in the plan's order.
    server_hashed: tuple[HashedColumn, ...]
    # What is hashed in Python.
    python_hashed: tuple[HashedColumn, ...]
    zone: str
    # Where its columns are in a table that has another schema.
    source_columns: tuple[SourceColumn, ...] = ()
    # What becomes of some values, where they are the source's.
    changed: tuple[ChangedColumn, ...] = ()
    # Which rows are compared; None for all.
    where: Where | None = None
    # SQL for the rows, for FROM, where they are seen under other keys.
    rows: str = ""

    @property
    def is_as_stored(self) -> bool:
        """Whether the rows are read from the table itself."""
        return not (self.source_columns or self.where or self.rows)

    @property
    def found_by(self) -> tuple[HashedColumn, ...]:
        """What a row is found by on the other side: its key, or all that is sure."""
        return self.key or tuple(
            column
            for column in self.server_hashed
            if column.canonical_form not in SPELLING
        )


@dataclass(frozen=True)
class Selection:
    """The rows of a range whose key's hash begins with one of the prefixes.

    The prefixes are hexadecimal and of one length; none selects every row.
    """

    key_range: KeyRange
    prefixes: tuple[str, ...] = ()


class ComparedRow(NamedTuple):
    """A row for the comparison value by value.

    Rows come in the order of ``key_hash``; ``key`` is for people. ``values`` are
    one text or hash for every column: first for those that the server hashes,
    then for those that are hashed in Python.
    """

    key_hash: bytes
    key: tuple[str, ...]
    values: tuple[bytes | None, ...]
