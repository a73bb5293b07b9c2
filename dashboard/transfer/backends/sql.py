"""What SQL engines have in common: the session, its catalogue and its schema.

What their readers have in common is in reading.py, and in comparing.py what
their comparers have.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import contextmanager, suppress
from typing import Any, ClassVar, NamedTuple

from ..activity import Activity
from ..columns import ColumnKind, ColumnType, ForeignKey
from ..errors import DataRefused, TransferError
from ..keys import Key, KeyValue, readable
from ..relations import Relation, RelationKind
from ..schema_items import SchemaItem
from .base import Loader, Session
from .catalog import Catalog, Size
from .comparer import Comparer
from .database import Database, Opened
from .many import rows_in, tried
from .reader import Reader
from .scanner import Scanner
from .schema import Schema
from .surroundings import Surroundings

# Rows up to which a table is counted, by the estimate.
COUNTED_ROWS = 100_000


# The name of the only savepoint that a transaction has.
PART = "migration_console_part"


class Parts(NamedTuple):
    """What makes the seven parts of a session, each from the session."""

    catalog: Callable[[Any], Catalog]
    reader: Callable[[Any], Reader]
    loader: Callable[[Any], Loader]
    schema: Callable[[Any], Schema]
    comparer: Callable[[Any], Comparer]
    scanner: Callable[[Any], Scanner]
    surroundings: Callable[[Any], Surroundings]


class SQLSession(Session):
    """One connection, in autocommit outside of ``transaction``."""

    parts: ClassVar[Parts]
    # The base classes of what the drivers raise.
    driver_error: ClassVar[type[Exception] | tuple[type[Exception], ...]]
    # The statement that opens a transaction.
    begin: str = "BEGIN"
    # What proves in the middle of a transaction what is else proved at its end.
    proving: ClassVar[Sequence[str]] = ()
    # Between a schema and a table: what Django's ``db_table`` has in it to close
    # the quotes and to open them again.
    separator: ClassVar[str] = '"."'

    def __init__(self, database: Database, label: str, opened: Opened) -> None:
        self.database = database
        self.label = label
        self.connection = opened.connection
        self._opened = opened
        self.activity = Activity(database.alias, label)
        descriptor = self._descriptor()
        if descriptor is not None:
            self.activity.connect(descriptor)
        self.catalog = self.parts.catalog(self)
        self.reader = self.parts.reader(self)
        self.loader = self.parts.loader(self)
        self.schema = self.parts.schema(self)
        self.comparer = self.parts.comparer(self)
        self.scanner = self.parts.scanner(self)
        self.surroundings = self.parts.surroundings(self)

    def _descriptor(self) -> int | None:
        """Return the number of the connection's socket, None without a server."""
        return None

    def schema_and_name(self, table: str) -> tuple[str, str]:
        """Return both parts of a table's name; the schema is "" where it has none."""
        schema, _, name = table.rpartition(self.separator)
        return schema, name

    def quote_table(self, table: str) -> str:
        return ".".join(map(self.quote, filter(None, self.schema_and_name(table))))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.execute(self.begin)
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            # Always the whole transaction: a lock-wait timeout of MySQL rolls
            # back one statement only, and the rest would be committed.
            with suppress(Exception):
                self.execute("ROLLBACK")
            raise

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        self.execute(f"SAVEPOINT {PART}")
        try:
            yield
            for sql in self.proving:
                self.execute(sql)
        except DataRefused:
            # Any other error ends the transaction. Where this fails it has ended by
            # itself, as SQLite's ON CONFLICT ROLLBACK does: that error goes on.
            self.execute(f"ROLLBACK TO SAVEPOINT {PART}")
            raise
        finally:
            with suppress(TransferError):
                self.execute(f"RELEASE SAVEPOINT {PART}")

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise the driver's errors as transfer errors, and say that it is called."""
        self.activity.begin()
        try:
            yield
        except self.driver_error as error:
            raise self.translate(error) from None
        finally:
            self.activity.end()

    def limiting_sql(self, milliseconds: int) -> str:
        """Return what limits a statement's time, 0 for none."""
        raise NotImplementedError

    @contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        # Rounded up: 0 would be no limit at all.
        self.execute(self.limiting_sql(int(seconds * 1000) + 1))
        try:
            yield
        finally:
            # A connection that is gone has no limit any more.
            with suppress(TransferError):
                self.execute(self.limiting_sql(0))

    def close(self) -> None:
        # A back end of somebody else's may raise anything.
        with suppress(Exception):
            self._opened.close()
        self.activity.close()


class SQLCatalog(Catalog):
    """Knows the engine's types by their names."""

    KINDS: ClassVar[Mapping[str, ColumnKind]]
    """What a column of a type holds if nobody says otherwise."""
    ALSO: ClassVar[Mapping[ColumnKind, Collection[str]]] = {}
    """Types of another kind that may hold this one, as the same text."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def kind(self, column_type: ColumnType) -> ColumnKind:
        return self.KINDS.get(column_type.name, ColumnKind.OTHER)

    def holds(self, kind: ColumnKind, column_type: ColumnType) -> bool:
        if kind is ColumnKind.OTHER:
            return True
        name = column_type.name
        return self.KINDS.get(name) is kind or name in self.ALSO.get(kind, ())

    def sizes(self, relations: Sequence[Relation]) -> dict[str, Size]:
        tables = [one for one in relations if one.kind is RelationKind.TABLE]
        small = [one.name for one in tables if one.rows < COUNTED_ROWS]
        # Without those that may not be read.
        counted, _ = tried(
            self._session, {name: rows_in(self._session, name) for name in small}
        )
        return {
            one.name: Size(
                int(counted.get(one.name, one.rows)), one.name in counted, one.bytes
            )
            for one in tables
        }

    def divides(self, column_type: ColumnType) -> bool:
        return True

    def count(self, name: str) -> int:
        sql = f"SELECT count(*) FROM {self._session.rows_of(name)}"  # noqa: S608
        return int(self._session.query(sql)[0][0])


class SQLSchema(Schema):
    """Puts items back one by one, and finds orphans by an anti-join."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def restore_together(self, items: Sequence[SchemaItem]) -> None:
        failure: DataRefused | None = None
        for item in items:
            try:
                self.restore(item)
            except DataRefused as error:
                failure = failure or error
        if failure:
            raise failure

    def marking_sql(self, name: str, rows: str, key: str) -> str:
        return (
            f"UPDATE {name} SET is_there = 1 "  # noqa: S608
            f"WHERE is_there = 0 AND new_key IN (SELECT {key} FROM {rows})"
        )

    def orphans(self, key: ForeignKey, most: int) -> tuple[int, list[Key]]:
        source = self._orphans(key)
        count = int(self._session.query(f"SELECT count(*) {source}")[0][0])
        quote, table = self._session.quote, self._session.catalog.table(key.table)
        columns = ", ".join(f"c.{quote(name)}" for name in (table.key if table else ()))
        if not count or not columns:
            return count, []
        rows = self._session.query(f"SELECT {columns} {source} LIMIT {int(most)}")
        return count, [tuple(plain(value) for value in row) for row in rows]

    def _orphans(self, key: ForeignKey) -> str:
        """Return the FROM and WHERE of rows, called c, that refer to nothing."""
        quote, rows_of = self._session.quote, self._session.rows_of
        pairs = list(zip(key.columns, key.to_columns, strict=True))
        joined = " AND ".join(f"c.{quote(a)} = p.{quote(b)}" for a, b in pairs)
        # MATCH SIMPLE: a row with any NULL among the columns refers to nothing.
        given = " AND ".join(f"c.{quote(a)} IS NOT NULL" for a, _ in pairs)
        return (
            f"FROM {rows_of(key.table)} c LEFT JOIN {rows_of(key.to_table)} p "
            f"ON {joined} "
            f"WHERE {given} AND p.{quote(pairs[0][1])} IS NULL"
        )


def rows_by(rows: Iterable[Sequence[Any]]) -> dict[Any, list[tuple[Any, ...]]]:
    """Return rows by their first column, without it; none of what has no row."""
    found: dict[Any, list[tuple[Any, ...]]] = defaultdict(list)
    for first, *rest in rows:
        found[first].append(tuple(rest))
    return found


def grouped(pairs: Iterable[Sequence[Any]]) -> dict[str, list[str]]:
    """Return the second of each pair, in order, by the first."""
    return {
        first: [str(one) for (one,) in rest] for first, rest in rows_by(pairs).items()
    }


def plain(value: Any) -> KeyValue:
    """Return a driver's value of a key as people read it."""
    if isinstance(value, int):
        return value
    return readable(bytes(value) if isinstance(value, memoryview) else value)
