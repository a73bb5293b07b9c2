"""The contract of a backend.

A session is one connection with seven parts: ``catalog`` (what is there),
``reader`` and ``loader`` (rows as text or as tuples), ``schema`` (what comes
off during a load and goes back), ``comparer`` (counts and checksums), ``scanner``
(values that a column would not take) and ``surroundings`` (privileges and policies).
Nothing open crosses a fork: sessions are made where they are used.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from ..activity import Activity
from ..changes import Changed, ChangedColumn
from ..columns import ColumnKind, ColumnType
from ..keys import KeyRange
from ..plan import TablePlan
from ..renumbering import Numbers
from ..rows import Counted, LoadFormat, Row
from ..stream import TextStream
from .catalog import Catalog
from .comparer import Comparer
from .database import Database, DatabaseFile
from .lock_waits import LockWait
from .reader import Reader
from .scanner import Scanner
from .schema import Schema
from .surroundings import Surroundings

SOME_INSTANTS = (1_704_110_400, 1_719_835_200)
"""Seconds of Unix time, in a winter and in a summer."""

IN_SCHEMAS = " schemas:"
"""Stands between the identity of a database and the schemas that are seen there."""


def database_of(location: str) -> str:
    """Return the identity of the database that a ``Session.location`` lies in."""
    return location.partition(IN_SCHEMAS)[0]


class Loader(ABC):
    """Loads rows into a table, inside the session's open transaction."""

    load_format: LoadFormat
    also_loads: Collection[LoadFormat] = ()  # of a stream that says so
    # Whether emptying commits by itself, so that no receipt can go with it.
    empties_alone = False

    @property
    def most_octets(self) -> int | None:
        """What a statement may have of octets, None where rows are in none."""
        return None

    def count_too_large(self, plan: TablePlan, batch: list[Row]) -> int:
        """Count the rows of which one alone is a larger statement than that.

        Of a batch as ``Reader.rows`` gives it, which may be empty afterwards.
        """
        return 0

    def load_text(self, plan: TablePlan, stream: TextStream) -> int:
        """Load a stream of ``load_format`` and return the rows loaded.

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
        self, source: Session, plan: TablePlan, key_range: KeyRange
    ) -> Counted | None:
        """Load a range that the destination's engine reads by itself.

        None where it cannot, and then nothing has been done.
        """
        return None

    @abstractmethod
    def empty(self, table: str, confirmed: int) -> None:
        """Delete every row, never cascading.

        Inside the open transaction, or outside of any where it is
        ``empties_alone``. Raises Unconfirmed where there are more rows than
        confirmed; then nothing is deleted, once the transaction is rolled back.
        """


class Session(ABC):
    """One connection and its seven parts."""

    vendor: str
    database: Database
    label: str
    # What stands for a value in the driver's statements.
    placeholder: str
    # SOME_INSTANTS as the project's own connection shows them, where that depends
    # on it.
    shown_instants: tuple[str, ...] = ()
    # Whereabouts of any connection to such a database: one row of texts that
    # two connections share which find the same tables by the same account.
    whereabouts_sql: str
    catalog: Catalog
    reader: Reader
    loader: Loader
    schema: Schema
    comparer: Comparer
    scanner: Scanner
    surroundings: Surroundings

    @abstractmethod
    def quote(self, name: str) -> str:
        """Return the identifier, quoted; for names of the catalogue only."""

    @abstractmethod
    def quote_table(self, table: str) -> str:
        """Return a table's name, quoted, with its schema where it has one.

        A name with a schema is written as between the quotes of Django's
        ``db_table``: the two names, and the engine's quotes and a dot in between.
        """

    def rows_of(self, table: str) -> str:
        """Return what holds the rows of this very table, for FROM.

        Not those of tables that inherit from it.
        """
        return self.quote_table(table)

    # Columns that tell a row's place, which its readers ask for besides.
    place_columns: tuple[str, ...] = ()

    @abstractmethod
    def constant(self, kind: ColumnKind, value: str | None) -> tuple[str, ColumnType]:
        """Return SQL for a text of a kind, None for NULL, and the type that it has.

        Octets and UUIDs are hexadecimal, moments the digits of a clock.
        """

    @abstractmethod
    def renumbered(self, name: str, numbers: Numbers) -> str:
        """Return SQL for the text of a column's numbers in the other database.

        ``name`` is quoted. A number without a counterpart gets a text that no
        column of numbers takes.
        """

    @abstractmethod
    def changed(self, column: ChangedColumn, name: str) -> Changed:
        """Return a column's change in SQL; ``name`` is the column, quoted.

        Raises Unsupported where the engine or the column's type has no words for it.
        """

    @abstractmethod
    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows, in driver values."""

    def is_empty(self, table: str) -> bool:
        """Whether a table holds no row."""
        return not self.query(f"SELECT 1 FROM {self.rows_of(table)} LIMIT 1")  # noqa: S608

    @abstractmethod
    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run a statement and return the number of rows it touched."""

    @property
    def is_aborted(self) -> bool:
        """Whether an error has ended all but the name of the open transaction."""
        return False

    @abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """Commit at the end of the block, roll back on any error."""

    @abstractmethod
    def savepoint(self) -> AbstractContextManager[None]:
        """Undo the block where its rows are refused, inside the open transaction.

        At the end of the block everything that it wrote is proved, also what the
        server would otherwise prove at the commit. One is not open inside another.
        """

    @abstractmethod
    def identity(self) -> str:
        """Return what two aliases of one database share."""

    def location(self) -> str:
        """Return what two connections share that find the same tables.

        More than ``identity`` where a database has schemas and a connection
        chooses among them: these stand behind IN_SCHEMAS.
        """
        return self.identity()

    def lock_wait(self, other: Activity) -> LockWait | None:
        """Return what another session of this server waits for a lock of, or None.

        Asked of a second connection while the other one is at a statement.
        """
        return None

    def started_seconds(self) -> int | None:
        """Return when the server was started, by its own clock.

        None where there is no server.
        """
        return None

    @abstractmethod
    def guarding_sql(self) -> list[str]:
        """Return what makes a connection of Django's own read-only, and complete.

        It keeps what Django's converters rely on, and nothing that hides rows.
        """

    def whereabouts(self) -> tuple[str, ...]:
        """Return where this session's statements find their tables, and as whom."""
        return tuple(str(value or "") for value in self.query(self.whereabouts_sql)[0])

    @abstractmethod
    def end_session(self, label: str) -> None:
        """End every other session of that label in the server."""

    @abstractmethod
    def end_statement(self) -> None:
        """End the statement that another thread is running on this session.

        A moment later it may be another one that is ended, so whoever asks uses
        the session for nothing more. Nothing happens where there is none.
        """

    @abstractmethod
    def limited(self, seconds: float) -> AbstractContextManager[None]:
        """Let the engine itself end each statement of the block after so many seconds.

        It raises TooMuch then, and the session stays good. The limit holds also where
        this process is gone meanwhile. Only for statements that read.
        """

    def database_file(self) -> DatabaseFile | None:
        """Return the file that another SQLite session could attach, or None."""
        return None

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
