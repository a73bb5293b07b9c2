"""The contract of the part of a session that reads rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..keys import Key, KeyRange, KeyValue
from ..plan import TablePlan
from ..rows import LoadFormat, Row
from ..stream import TextStream

RawRow = tuple[Any, ...]


class Raw(NamedTuple):
    """Batches of rows in bytes, or of what stands for several values."""

    batches: Iterator[list[RawRow]]
    # Positions in a row of what the text spells as octets.
    octets: frozenset[int] = frozenset()
    # And of what are several values, which the server itself has set apart.
    several: frozenset[int] = frozenset()


class Reader(ABC):
    """Reads rows of a table by key range, in the source's own order."""

    # What stands in a text for values that are not of their column's kind.
    odd_text: tuple[str, ...] = ()

    @abstractmethod
    def upper_bound(
        self,
        plan: TablePlan,
        lower: Key | None,
        rows: int,
        within: Key | None = None,
    ) -> Key | None:
        """Return the key of the row ``rows`` rows after ``lower``.

        None where fewer rows are left, up to the key ``within`` if there is one.
        """

    @abstractmethod
    def literal(self, value: Any) -> str:
        """Return a value as this engine writes it, by the driver's own quoting."""

    @abstractmethod
    def serving_index(self, sql: str, rows: str) -> str:
        """Return the index by which a statement finds some rows, "" for none.

        As the engine plans it now; ``rows`` is what the statement calls their table.
        """

    @abstractmethod
    def text(
        self, plan: TablePlan, key_range: KeyRange, load_format: LoadFormat
    ) -> TextStream:
        """Return the rows as text in a format, COPY or CSV."""

    @abstractmethod
    def rows(self, plan: TablePlan, key_range: KeyRange) -> Iterator[list[Row]]:
        """Yield batches of rows, each value in its kind's text."""

    @abstractmethod
    def apart(
        self, plan: TablePlan, key_range: KeyRange, load_format: LoadFormat
    ) -> Raw:
        """Return the rows with every value by itself, in bytes, for a format.

        As ``text`` or ``rows`` would give it, before anything is escaped or set apart.
        """

    @abstractmethod
    def selection(
        self, plan: TablePlan, key_range: KeyRange, placeholder: str
    ) -> tuple[str, list[KeyValue]]:
        """Return FROM, WHERE and ORDER BY of a range, with its parameters."""
