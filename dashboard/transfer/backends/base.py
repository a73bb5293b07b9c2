"""The contract of a backend.

A session is one connection with five parts: ``catalog`` (what is there),
``reader`` and ``loader`` (rows as text or as tuples), ``schema`` (what comes
off during a load and goes back) and ``comparer`` (counts and checksums).
Nothing open crosses a fork: sessions are made where they are used.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from ..columns import ColumnType, ForeignKey, Kind, Table
from ..errors import DataRefused
from ..keys import Key, KeyRange, KeyValue
from ..plan import PlanColumn, TablePlan
from ..stream import TextStream


@dataclass(frozen=True)
class Database:
    """How to reach a database: Django's own entry, and the clock it keeps."""

    alias: str
    vendor: str
    # NAME, USER, PASSWORD, HOST, PORT and OPTIONS, as in DATABASES.
    settings: Mapping[str, Any] = field(repr=False)
    # The zone of timestamps where the engine stores none.
    zone: str = "UTC"
    connect_seconds: int = 10
    lock_seconds: int = 10


class Form(StrEnum):
    """What a loader takes."""

    COPY = "copy"
    """The text of PostgreSQL's COPY."""
    CSV = "csv"
    """Quoted CSV for MySQL's LOAD DATA."""
    ROWS = "rows"
    """Batches of tuples of text, bytes and None."""


Value = str | bytes | None
Row = tuple[Value, ...]


@dataclass(frozen=True)
class Size:
    """How large a table is: rows, exact or estimated, and bytes if known."""

    rows: int
    exact: bool
    bytes: int | None = None


class Counted(NamedTuple):
    """How many rows a range has in the source, and how many were loaded."""

    read: int
    loaded: int


@dataclass(frozen=True)
class SchemaItem:
    """Something of a table that comes off before a load and goes back.

    ``kind`` is ``index``, ``unique``, ``foreign key`` or ``setting``;
    ``definition`` holds what the schema part needs to put it back, and nothing
    else.
    """

    kind: str
    table: str
    name: str
    columns: tuple[str, ...]
    definition: Mapping[str, str]
    # Foreign keys: what is referred to; the columns where keys are proved.
    to_table: str = ""
    to_columns: tuple[str, ...] = ()

    @property
    def is_index(self) -> bool:
        """Whether it is an index, unique or not."""
        return self.kind in ("index", "unique")

    @property
    def is_foreign_key(self) -> bool:
        return self.kind == "foreign key"

    @property
    def is_setting(self) -> bool:
        return self.kind == "setting"

    def __str__(self) -> str:
        return f"{self.kind.capitalize()} '{self.name}'"

    def to_json(self) -> dict[str, Any]:
        """Return what from_json turns back into an equal item."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> SchemaItem:
        """Return the item that to_json wrote."""
        lists = ("columns", "to_columns")
        return cls(**{**value, **{name: tuple(value.get(name, ())) for name in lists}})

    def as_foreign_key(self) -> ForeignKey:
        """Return the reference that an item of this kind stands for."""
        return ForeignKey(
            self.name, self.table, self.columns, self.to_table, self.to_columns
        )


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
class Cell:
    """A column as one side has it, and its spelling when it is hashed there.

    Without a rendering the server sends the value and it is hashed in Python.
    """

    name: str
    kind: Kind
    type: ColumnType
    rendering: str = ""


@dataclass(frozen=True)
class Layout:
    """One side's view of a table that is compared."""

    table: str
    key: tuple[Cell, ...]
    # What the server hashes, the key included, in the plan's order.
    cells: tuple[Cell, ...]
    # What is hashed in Python.
    raws: tuple[Cell, ...]
    zone: str
    # Whether a float's negative zero is another value than zero.
    signed_zero: bool = True


@dataclass(frozen=True)
class Selection:
    """The rows of a range whose key's hash begins with one of the prefixes.

    The prefixes are hexadecimal and of one length; none selects every row.
    """

    chosen: KeyRange
    prefixes: tuple[str, ...] = ()


class ComparedRow(NamedTuple):
    """A row for the comparison value by value.

    ``place`` is the key's hash, by which rows come in order; ``key`` is for
    people. ``values`` are one text or hash for every cell and every raw.
    """

    place: bytes
    key: tuple[str, ...]
    values: tuple[bytes | None, ...]


class Catalog(ABC):
    """What is there."""

    @abstractmethod
    def table(self, name: str) -> Table | None:
        """Return the table or view of that name, or None."""

    @abstractmethod
    def kind(self, column_type: ColumnType) -> Kind:
        """Return what a column of this type holds if nobody says otherwise."""

    @abstractmethod
    def holds(self, kind: Kind, column_type: ColumnType) -> bool:
        """Whether a column of this type can hold this kind as text."""

    @abstractmethod
    def foreign_keys(self) -> list[ForeignKey]:
        """Return every enforced foreign key of the database."""

    @abstractmethod
    def size(self, name: str, exact_below: int = 100_000) -> Size:
        """Return the size, counted where the estimate is below the limit."""

    @abstractmethod
    def count(self, name: str) -> int:
        """Return the number of rows, counted."""


class Reader(ABC):
    """Reads rows of a table by key range, in the source's own order."""

    @abstractmethod
    def upper_bound(self, plan: TablePlan, lower: Key | None, rows: int) -> Key | None:
        """Return the key of the row ``rows`` rows after ``lower``.

        None where fewer rows are left.
        """

    @abstractmethod
    def text(self, plan: TablePlan, chosen: KeyRange, form: Form) -> TextStream:
        """Return the rows as text in the form, COPY or CSV."""

    @abstractmethod
    def rows(self, plan: TablePlan, chosen: KeyRange) -> Iterator[list[Row]]:
        """Yield batches of rows, each value in its kind's text."""

    @abstractmethod
    def selection(
        self, plan: TablePlan, chosen: KeyRange, place: str
    ) -> tuple[str, list[KeyValue]]:
        """Return FROM, WHERE and ORDER BY of a range, with its parameters."""


class Loader(ABC):
    """Loads rows into a table, inside the session's open transaction."""

    form: Form
    # Whether emptying commits by itself, so that no receipt can go with it.
    empties_alone = False

    def load_text(self, plan: TablePlan, stream: TextStream) -> int:
        """Load a stream of ``form`` and return the rows loaded.

        Raises DataRefused, and CountMismatch where the server changed or
        skipped anything.
        """
        raise NotImplementedError

    def load_rows(self, plan: TablePlan, batches: Iterable[list[Row]]) -> int:
        """Load batches of ``Reader.rows`` and return the rows loaded."""
        raise NotImplementedError

    @abstractmethod
    def load_objects(
        self, plan: TablePlan, batches: Iterable[list[tuple[Any, ...]]]
    ) -> int:
        """Load rows of driver values, as Django's own cursor would take them."""

    def load_from(
        self, source: Session, plan: TablePlan, chosen: KeyRange
    ) -> Counted | None:
        """Load a range that the destination's engine reads by itself.

        None where it cannot, and then nothing has been done.
        """
        return None

    @abstractmethod
    def empty(self, table: str) -> None:
        """Delete every row, never cascading.

        Inside the open transaction, or outside of any where it is
        ``empties_alone``.
        """


class Schema(ABC):
    """What comes off before a load and goes back after it."""

    # Whether foreign keys are off for the session rather than taken off.
    checks_are_off_in_session: bool
    # Whether to add a foreign key waits until nobody reads its tables.
    keys_wait_for_readers: bool
    # Whether a foreign key goes back in a moment, and is proved by itself then.
    keys_are_proved_apart: bool
    # Whether a table is read once for all its indexes, if they are made together.
    indexes_go_back_together: bool
    # Whether a table with an auto-increment takes one loader at a time.
    one_loader_per_table: bool
    # Whether the whole database takes one writer at a time.
    one_writer: bool

    @abstractmethod
    def foreign_keys(self, tables: Sequence[str]) -> list[SchemaItem]:
        """Return the foreign keys of these tables that have to come off."""

    @abstractmethod
    def indexes(self, table: str, source: Table | None) -> list[SchemaItem]:
        """Return the indexes that can come off and are known to go back.

        A unique one only where the ``source`` keeps its columns unique, too.
        """

    def settings(self, table: str) -> list[SchemaItem]:
        """Return the settings of a table that are better off during a load."""
        return []

    @abstractmethod
    def is_there(self, item: SchemaItem) -> bool:
        """Whether the item is in place, valid or not."""

    def needs_table(self, item: SchemaItem) -> bool:
        """Whether nothing else is done to the table while the item goes back.

        Two that need it would wait for each other's lock, however long.
        """
        return True

    @abstractmethod
    def remove(self, item: SchemaItem) -> None:
        """Take the item off; nothing happens where it is off already."""

    @abstractmethod
    def restore(self, item: SchemaItem, *, validated: bool = True) -> bool:
        """Put the item back; nothing happens where it is back already.

        A foreign key that is not ``validated`` holds for new rows only. Returns
        whether the item is now as valid as it was before it came off.
        """

    def restore_together(self, items: Sequence[SchemaItem]) -> None:
        """Put indexes of one table back; what fails keeps none of the others off.

        Raises the first failure, when all others are back.
        """
        failure: DataRefused | None = None
        for item in items:
            try:
                self.restore(item)
            except DataRefused as error:
                failure = failure or error
        if failure:
            raise failure

    @abstractmethod
    def sequences(self, table: str) -> dict[str, int]:
        """Return the high-water mark of every automatic column: last used."""

    @abstractmethod
    def advance(self, table: str, column: str, least: int) -> None:
        """Let the next value be above ``least``, every row and itself."""

    @abstractmethod
    def analyze(self, table: str) -> None:
        """Refresh the optimizer's statistics."""

    @abstractmethod
    def orphans(self, key: ForeignKey, most: int) -> tuple[int, list[Key]]:
        """Count rows that refer to nothing and return the first keys.

        The keys are the referring values' rows' own first column.
        """


class Comparer(ABC):
    """Counts and checksums in a canonical text of its own (canonical.py)."""

    # Does a column of floats keep the sign of a zero?
    has_negative_zero = True

    @abstractmethod
    def renderings(
        self, column: PlanColumn, column_type: ColumnType, zone: str
    ) -> list[str]:
        """Name the canonical texts that this engine can make of a column.

        Two sides compare a column inside themselves by the first name that
        both know; otherwise it is hashed in Python.
        """

    @abstractmethod
    def count(self, table: str) -> int:
        """Return the number of rows."""

    @abstractmethod
    def checksums(
        self, layout: Layout, chosen: KeyRange, digits: int = 0
    ) -> dict[str, Checksum]:
        """Return a checksum by the first hexadecimal digits of the key's hash.

        Without digits there is one, under "".
        """

    @abstractmethod
    def rows(self, layout: Layout, selection: Selection) -> Iterator[list[ComparedRow]]:
        """Yield batches of the selected rows in the order of ``place``."""

    @abstractmethod
    def stop(self) -> None:
        """End the statement that another thread is running on the session."""


class Session(ABC):
    """One connection and its five parts."""

    vendor: str
    database: Database
    label: str
    # The driver's placeholder.
    place: str
    # What makes any connection to such a server read-only from now on.
    read_only_sql: str
    catalog: Catalog
    reader: Reader
    loader: Loader
    schema: Schema
    comparer: Comparer

    @abstractmethod
    def quote(self, name: str) -> str:
        """Return the identifier, quoted; for names of the catalogue only."""

    @abstractmethod
    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows, in driver values."""

    def is_empty(self, table: str) -> bool:
        """Whether a table holds no row."""
        return not self.query(f"SELECT 1 FROM {self.quote(table)} LIMIT 1")  # noqa: S608

    @abstractmethod
    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run a statement and return the number of rows it touched."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """Commit at the end of the block, roll back on any error."""

    @abstractmethod
    def identity(self) -> str:
        """Return what two aliases of one database share."""

    @abstractmethod
    def end_session(self, label: str) -> None:
        """End every other session of that label in the server."""

    @abstractmethod
    def translate(self, error: Exception) -> Exception:
        """Return the driver's error as a TransferError, or as it is."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection, whatever state it is in."""

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def count_orphans(
    session: Session, key: ForeignKey, most: int
) -> tuple[int, list[Key]]:
    """Find references to nothing by an anti-join, with standard SQL."""
    quote = session.quote
    pairs = list(zip(key.columns, key.to_columns, strict=True))
    joined = " AND ".join(f"c.{quote(a)} = p.{quote(b)}" for a, b in pairs)
    # MATCH SIMPLE: a row with any NULL among the columns refers to nothing.
    given = " AND ".join(f"c.{quote(a)} IS NOT NULL" for a, _ in pairs)
    columns = ", ".join(f"c.{quote(a)}" for a, _ in pairs)
    source = (
        f"FROM {quote(key.table)} c LEFT JOIN {quote(key.to_table)} p ON {joined} "
        f"WHERE {given} AND p.{quote(pairs[0][1])} IS NULL"
    )
    count = int(session.query(f"SELECT count(*) {source}")[0][0])
    if not count:
        return 0, []
    rows = session.query(f"SELECT DISTINCT {columns} {source} LIMIT {int(most)}")
    return count, [tuple(_plain(value) for value in row) for row in rows]


def _plain(value: Any) -> KeyValue:
    return value if isinstance(value, int) else str(value)
