"""Reads PostgreSQL: COPY out as text, a server-side cursor for tuples."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from ...batches import BatchSize
from ...columns import ColumnKind
from ...keys import KeyRange, KeyValue, row_comparison
from ...plan import PlanColumn, TablePlan
from ...rows import LoadFormat, Row, closed
from ...stream import TextStream
from ..reader import Raw, RawRow
from ..reading import SQLReader
from . import moments
from .copy_out import CopyOut
from .large import PLACE, LargeAside, LargeRows

if TYPE_CHECKING:
    from .session import PostgreSQLSession

BATCH_ROWS = 2_000
LONG_BATCH_ROWS = 1_000
# What long rows are fetched at once; the next ones are on their way meanwhile.
FETCHED_OCTETS = 8 << 20

FORMATS = {
    LoadFormat.COPY: "",
    # FORCE_QUOTE keeps the empty string apart from NULL.
    LoadFormat.CSV: " (FORMAT csv, FORCE_QUOTE *, NULL 'NULL')",
}

# What COPY prints as the cast to text does, which costs as much again.
PRINTED = {"int2", "int4", "int8", "numeric", "text", "varchar", "uuid", "date"}
PRINTED |= {"json", "jsonb"}


class Reader(SQLReader):
    """Reads ranges of a table in the primary key's own order."""

    selector = staticmethod(row_comparison)
    _session: PostgreSQLSession

    def key_name(self, table: str, name: str) -> str:
        # With the table: "id" alone would be the output's "id"::text, and the
        # rows would be sorted by that text instead of read along the index.
        return f"{table}.{self._session.quote(name)}"

    def literal(self, value: Any) -> str:
        with self._session.errors(), self._session.driver.cursor() as cursor:
            found = cursor.mogrify("%s", (value,))
        return found.decode() if isinstance(found, bytes) else str(found)

    def serving_index(self, sql: str, rows: str) -> str:
        ((found,),) = self._session.query(f"EXPLAIN (FORMAT JSON) {sql}")
        plan = json.loads(found) if isinstance(found, str) else found
        return _index_of(plan[0]["Plan"], rows)

    def own_columns(self, plan: TablePlan) -> Sequence[str]:
        return PLACE

    def key_text(self, column: PlanColumn) -> str:
        name = self._session.quote(column.name)
        return name if column.kind is ColumnKind.INTEGER else f"{name}::text"

    def text(
        self, plan: TablePlan, key_range: KeyRange, load_format: LoadFormat
    ) -> TextStream:
        def copy(condition: str = "") -> CopyOut:
            select, values = self._select(plan, key_range, load_format, condition)
            sql = f"COPY ({select}) TO STDOUT{FORMATS[load_format]}"
            return CopyOut(self._session, sql, values)

        large = LargeRows(self, plan, key_range)
        return LargeAside(large, copy, load_format) if large.are_possible else copy()

    def rows(self, plan: TablePlan, key_range: KeyRange) -> Iterator[list[Row]]:
        session, large = self._session, LargeRows(self, plan, key_range)
        # Asked before the transaction, which takes its isolation level first.
        find = large.find if large.are_possible else lambda: ([], 0)
        with session.transaction(), session.errors():
            found, longest = find()
            condition = large.others if found else ""
            sql, values = self._select(plan, key_range, LoadFormat.ROWS, condition)
            most_long = min(FETCHED_OCTETS // max(longest, 1), LONG_BATCH_ROWS)
            size = BatchSize(plan, BATCH_ROWS, max(most_long, 1))
            yield from self._fetched(plan, sql, values, size)
            for row in found:
                yield [large.row(row)]

    def apart(
        self, plan: TablePlan, key_range: KeyRange, load_format: LoadFormat
    ) -> Raw:
        table, rows = self.table_and_rows(plan)
        where, values = self.condition(table, plan, key_range, "%s")
        octets = frozenset(_octets(plan, load_format))
        texts = [
            f"encode({self._octets(plan, column, load_format)}, 'hex')"
            if place in octets
            else self._by_itself(plan, column, load_format)
            for place, column in enumerate(plan.written)
        ]
        order = self.order(table, plan)
        sql = f"SELECT {', '.join(texts)} FROM {rows} WHERE {where}{order}"  # noqa: S608
        batches = self._apart(sql, values, octets)
        # As other engines say it: rows have their octets as they are.
        in_rows = load_format is LoadFormat.ROWS
        return Raw(batches, frozenset() if in_rows else octets)

    def _by_itself(
        self, plan: TablePlan, column: PlanColumn, load_format: LoadFormat
    ) -> str:
        if column.kind is ColumnKind.ADDRESS:
            # The cast of an inet to text adds /32, which its output does not.
            load_format = LoadFormat.ROWS
        return self.text_of(plan, column, load_format)

    def _apart(
        self, sql: str, values: list[KeyValue], octets: frozenset[int]
    ) -> Iterator[list[RawRow]]:
        # A generator, which ends the statement when it is closed.
        found = self._session.comparer.stream(sql, values, BATCH_ROWS)
        with closed(found) as batches:
            for batch in batches:
                yield _of_digits(octets, batch) if octets else batch

    def _octets(
        self, plan: TablePlan, column: PlanColumn, load_format: LoadFormat
    ) -> str:
        """Return a column that the text spells as octets, as octets."""
        if column.kind is ColumnKind.BINARY:
            return self._session.quote(column.name)
        return self._text(plan, column, LoadFormat.COPY)

    def _fetched(
        self, plan: TablePlan, sql: str, values: list[KeyValue], size: BatchSize
    ) -> Iterator[list[Row]]:
        binary = [i for i, c in enumerate(plan.written) if c.kind is ColumnKind.BINARY]
        # Declared by hand: psycopg2 has named cursors only outside of
        # autocommit, where it would begin transactions by itself.
        with self._session.driver.cursor() as cursor:
            declare = f"DECLARE migration_console_rows NO SCROLL CURSOR FOR {sql}"
            cursor.execute(declare, tuple(values))
            for batch in _fetched(cursor, size):
                yield _with_bytes(batch, binary) if binary else batch

    def _select(
        self,
        plan: TablePlan,
        key_range: KeyRange,
        load_format: LoadFormat,
        condition: str = "",
    ) -> tuple[str, list[KeyValue]]:
        table, rows = self.table_and_rows(plan)
        where, values = self.condition(table, plan, key_range, "%s")
        texts = ", ".join(self._text(plan, c, load_format) for c in plan.written)
        source = f"FROM {rows} WHERE {where}"
        return f"SELECT {texts} {source}{condition}{self.order(table, plan)}", values

    def text_of(
        self, plan: TablePlan, column: PlanColumn, load_format: LoadFormat
    ) -> str:
        """Return a column's text as a text, whatever type its expression has."""
        return f"({self._text(plan, column, load_format)})::text"

    def _text(
        self, plan: TablePlan, column: PlanColumn, load_format: LoadFormat
    ) -> str:
        name = self._session.quote(column.name)
        if column.numbers is not None:
            return self._session.renumbered(name, column.numbers)
        if load_format is LoadFormat.COPY:
            return _own_text(plan, column, name)
        return _foreign_text(plan, column, name, load_format)


def _index_of(node: dict[str, Any], rows: str) -> str:
    """Return the index by which a node, or one below it, reads the rows."""
    if "Relation Name" in node and node["Alias"] != rows:
        return ""
    # Without such a condition an index is read from end to end.
    if "Index Name" in node and "Index Cond" in node:
        return str(node["Index Name"])
    below = node.get("Plans", [])
    return next(filter(None, (_index_of(one, rows) for one in below)), "")


def _octets(plan: TablePlan, load_format: LoadFormat) -> Iterator[int]:
    """Yield the places of what travels as octets."""
    for place, column in enumerate(plan.written):
        in_rows = load_format is LoadFormat.ROWS
        if column.kind is ColumnKind.BINARY or (column.is_octets_there and not in_rows):
            yield place


def _of_digits(places: frozenset[int], batch: list[RawRow]) -> list[RawRow]:
    found: list[RawRow] = []
    for row in batch:
        values = list(row)
        for place in places:
            value = values[place]
            values[place] = None if value is None else bytes.fromhex(value.decode())
        found.append(tuple(values))
    return found


def _own_text(plan: TablePlan, column: PlanColumn, name: str) -> str:
    """Return a column for PostgreSQL, whose own output is mostly its own input."""
    old, new = column.source, column.destination
    match column.kind:
        case ColumnKind.TIMESTAMP if old.instant != new.instant:
            return _moment(plan, column, name)
        case ColumnKind.BOOLEAN if old.name == "bool" != new.name:
            return f"{name}::int"
        case ColumnKind.TEXT if old.holds_octets and not new.holds_octets:
            return _decoded(name)
        case ColumnKind.TEXT if new.holds_octets and not old.holds_octets:
            return f"convert_to({name}::text, 'UTF8')"
        case ColumnKind.UUID if old.holds_octets and not new.holds_octets:
            return f"encode({name}, 'hex')"
        case ColumnKind.UUID if new.holds_octets and not old.holds_octets:
            return f"decode({_digits(name)}, 'hex')"
        case ColumnKind.UUID if new.length == 32:
            return _digits(name)
        case ColumnKind.TEXT if old.name == "bpchar" != new.name:
            # The output pads it, and no other type drops what is padded.
            return f"{name}::text"
        case _ if old.name == "float4" != new.name:
            # The shortest text of a float4 is not that of the same double.
            return f"{name}::float8"
        case _:
            return name


def _digits(name: str) -> str:
    return f"replace({name}::text, '-', '')"


def _decoded(name: str) -> str:
    # An error where the octets are no UTF-8.
    return f"convert_from({name}, 'UTF8')"


def _foreign_text(
    plan: TablePlan, column: PlanColumn, name: str, load_format: LoadFormat
) -> str:
    """Return the text of a column for another engine, by its kind."""
    match column.kind:
        case ColumnKind.BOOLEAN:
            return f"{name}::int::text"
        case ColumnKind.BINARY:
            return name if load_format is LoadFormat.ROWS else f"encode({name}, 'hex')"
        case ColumnKind.TIMESTAMP:
            return _moment(plan, column, name)
        case ColumnKind.DURATION if column.source.name == "interval":
            return _microseconds(name)
        case ColumnKind.TEXT if column.source.holds_octets:
            if load_format is LoadFormat.CSV and column.is_octets_there:
                return f"encode({name}, 'hex')"
            return _decoded(name)
        case ColumnKind.TEXT if (
            load_format is LoadFormat.CSV and column.is_octets_there
        ):
            return f"encode(convert_to({name}::text, 'UTF8'), 'hex')"
        case ColumnKind.UUID if column.source.holds_octets:
            return f"encode({name}, 'hex')"
        case ColumnKind.FLOAT | ColumnKind.DECIMAL if column.source.name == "float4":
            # The shortest text of a float4 is not that of the same double.
            return f"{name}::float8::text"
        case ColumnKind.ADDRESS if column.source.name == "inet":
            # The cast to text would add /32, which the output does not.
            return f"CASE WHEN masklen({name}) = CASE family({name}) WHEN 4 THEN 32 ELSE 128 END THEN host({name}) ELSE {name}::text END"  # noqa: E501
        case _ if load_format is LoadFormat.CSV and column.source.name in PRINTED:
            return name
        case _:
            return f"{name}::text"


def _moment(plan: TablePlan, column: PlanColumn, name: str) -> str:
    if column.source.instant:
        zone = "UTC" if column.destination.instant else plan.zone
        return moments.digits(name, zone)
    if column.destination.instant:
        return moments.instant(name, plan.zone)
    return f"{name}::text"


def _microseconds(name: str) -> str:
    # A month is no number of microseconds: its text is one for nobody.
    return (
        f"CASE WHEN substr(interval_send({name}), 13, 4) = '\\x00000000'::bytea "
        f"THEN trunc(extract(epoch FROM {name}) * 1000000)::text "
        f"ELSE {name}::text END"
    )


def _fetched(cursor: Any, size: BatchSize) -> Iterator[list[Any]]:
    """Yield batches; the server makes the next one while one is being used."""
    # The thread waits in libpq, without the interpreter's lock.
    with ThreadPoolExecutor(1, "migration-console-fetch") as ahead:

        def fetch() -> Future[None]:
            sql = f"FETCH {size.rows} FROM migration_console_rows"
            return ahead.submit(cursor.execute, sql)

        fetching = fetch()
        while True:
            fetching.result()
            batch = cursor.fetchall()
            if not batch:
                return
            size.follow(batch)
            fetching = fetch()
            yield batch
            del batch


def _with_bytes(
    batch: list[tuple[str | memoryview | None, ...]], binary: list[int]
) -> list[Row]:
    rows: list[Row] = []
    for row in batch:
        values: list[Any] = list(row)
        for index in binary:
            value = values[index]
            values[index] = None if value is None else bytes(value)
        rows.append(tuple(values))
    return rows
