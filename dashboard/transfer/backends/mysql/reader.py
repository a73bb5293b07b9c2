"""Reads MySQL as the bytes that the server sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ...batches import gathered, is_long
from ...columns import ColumnKind
from ...keys import Key, KeyRange, spelled_out
from ...moments import conversion, is_converted
from ...plan import PlanColumn, TablePlan
from ...rows import LoadFormat
from ..reader import Raw, RawRow
from ..reading import BlockReader, copies_digits, copies_octets
from .catalog import OCTETS

if TYPE_CHECKING:
    from .session import MySQLSession

BATCH_ROWS = 5_000

# MySQL has another format of its own from version 9 on.
EXPLAIN = "EXPLAIN FORMAT=TRADITIONAL"
# Columns of MariaDB's EXPLAIN.
MARIADB = 10


# MariaDB takes whatever stands beside such a value for one of its type, and for
# NULL where it is none (manual, "UUID Data Type" and "INET6").
OWN_LITERALS = {"uuid", "inet4", "inet6"}

# A bound that were a text would be compared with a decimal as a double is.
EXACT_NUMBERS = {"tinyint", "smallint", "mediumint", "int", "bigint", "decimal"}
# Sorted by their numbers, and compared by them with a number only.
NUMBERED = {"enum", "set", "bit", "year"}

Conversion = Callable[[bytes], bytes]
Conversions = dict[int, Conversion]


@dataclass(frozen=True)
class _Selected:
    """What a statement selects, and where in a row what stands."""

    columns: list[str] = field(default_factory=list)
    conversions: Conversions = field(default_factory=dict)
    # What may be of any length, and what the text spells as octets.
    long: list[int] = field(default_factory=list)
    octets: list[int] = field(default_factory=list)
    # What are several values.
    several: list[int] = field(default_factory=list)


class Reader(BlockReader):
    """Reads ranges of a table in the key's own collation."""

    selector = staticmethod(spelled_out)
    _session: MySQLSession

    def sends_only_utf8(self, plan: TablePlan) -> bool:
        return not any(
            c.kind is ColumnKind.TEXT and c.source.holds_octets for c in plan.written
        )

    def literal(self, value: Any) -> str:
        return self._session.format("%s", [value]).decode()

    def serving_index(self, sql: str, rows: str) -> str:
        for row in self._session.query(f"{EXPLAIN} {sql}"):
            # MySQL has a column more in front of the type than MariaDB.
            _id, _select, table, *rest = row
            access, _possible, key = rest[1:4] if len(row) > MARIADB else rest[:3]
            if table == rows:
                return "" if access in ("ALL", "index") else str(key or "")
        return ""

    def key_text(self, column: PlanColumn) -> str:
        name, real = self._session.quote(column.name), column.source.name
        if real in EXACT_NUMBERS:
            return name
        if real in NUMBERED:
            return f"CAST({name} AS UNSIGNED)"
        if real in OCTETS:
            return f"HEX({name})"
        return f"CAST({name} AS CHAR)"

    def found_key(self, plan: TablePlan, row: tuple[Any, ...]) -> Key:
        return tuple(
            bytes.fromhex(value) if column.source.name in OCTETS else value
            for column, value in zip(plan.key_columns, row, strict=True)
        )

    def raw(self, plan: TablePlan, key_range: KeyRange, load_format: LoadFormat) -> Raw:
        return self._raw(plan, key_range, load_format, apart=False)

    def apart(
        self, plan: TablePlan, key_range: KeyRange, load_format: LoadFormat
    ) -> Raw:
        return self._raw(plan, key_range, load_format, apart=True)

    def _raw(
        self,
        plan: TablePlan,
        key_range: KeyRange,
        load_format: LoadFormat,
        *,
        apart: bool,
    ) -> Raw:
        source, values = self.selection(plan, key_range, "%s")
        selected = self._selected(plan, load_format, apart=apart)
        columns = ", ".join(selected.columns)
        sql = self._session.format(f"SELECT {columns} {source}", values)
        batches = self._fetch(sql, selected.long)
        if selected.conversions:
            batches = map(partial(_converted, selected.conversions), batches)
        return Raw(batches, frozenset(selected.octets), frozenset(selected.several))

    def _selected(
        self, plan: TablePlan, load_format: LoadFormat, *, apart: bool
    ) -> _Selected:
        """Return what to select, and what is made of it here.

        Neighbours that are short are set apart by the server, in the way of
        a block of lines, and arrive as one value: a value costs the client
        more than the server. Their lengths are bounded by InnoDB's row, so
        that the result never reaches max_allowed_packet, where it would be
        NULL.
        """
        found = _Selected()
        in_rows = load_format is LoadFormat.ROWS
        for short, group in groupby(plan.written, lambda c: _is_short(plan, c)):
            if short and not (in_rows or apart):
                parts = ", ".join(self._part(column, load_format) for column in group)
                found.several.append(len(found.columns))
                found.columns.append(f"CONCAT_WS(X'FE', {parts})")
                continue
            for column in group:
                position = len(found.columns)
                if column.is_octets_there and not in_rows:
                    found.octets.append(position)
                elif convert := _conversion(plan, column):
                    found.conversions[position] = convert
                if is_long(column):
                    found.long.append(position)
                found.columns.append(self.expression(column, load_format))
        return found

    def _part(self, column: PlanColumn, load_format: LoadFormat) -> str:
        text = self.expression(column, load_format)
        collation = column.source.collation
        if collation and not collation.startswith("utf8"):
            text = f"CONVERT({text} USING utf8mb4)"
        if column.source.name in OWN_LITERALS:
            text = f"CAST({text} AS CHAR)"
        is_text = collation or column.numbers is not None
        if (
            is_text
            or column.kind is ColumnKind.UUID
            or column.source.name in OWN_LITERALS
        ):
            # Otherwise the server would make UTF-8 of the separators.
            text = f"CONVERT({text} USING binary)"
        return f"IFNULL({text}, X'FF')" if column.nullable else text

    def _fetch(self, sql: bytes, long: Sequence[int]) -> Iterator[list[RawRow]]:
        with self._session.errors():
            rows = self._session.driver.stream(sql)
        batches = (
            gathered(rows.one, long)
            if long
            else iter(lambda: list(rows.fetch(BATCH_ROWS)), [])
        )

        def following() -> list[RawRow]:
            with self._session.errors():
                found = next(batches, [])
            if not found:
                rows.require_whole()
            return found

        return iter(following, [])

    def expression(self, column: PlanColumn, load_format: LoadFormat) -> str:
        name = self._session.quote(column.name)
        if column.numbers is not None:
            return self._session.renumbered(name, column.numbers)
        match column.kind:
            case ColumnKind.FLOAT | ColumnKind.DECIMAL if column.source.name == "float":
                # FLOAT prints six digits; the arithmetic makes it a double,
                # also on a MySQL that has no CAST(… AS DOUBLE). A sum would
                # turn -0.0 into 0.0.
                return f"({name} * 1e0)"
            case ColumnKind.INTEGER | ColumnKind.BOOLEAN if (
                column.source.name == "bit" or column.source.zerofill
            ):
                return f"({name} + 0)"
            case ColumnKind.UUID:
                return _uuid(column, name, load_format)
            case ColumnKind.DURATION if load_format is LoadFormat.COPY:
                return _interval(name)
            case ColumnKind.TEXT if column.source.name == "enum":
                return f"CAST({name} AS CHAR)"
            case _:
                return name


SHORT = {
    ColumnKind.INTEGER,
    ColumnKind.BOOLEAN,
    ColumnKind.DECIMAL,
    ColumnKind.UUID,
    ColumnKind.TIMESTAMP,
    ColumnKind.DATE,
    ColumnKind.TIME,
    ColumnKind.DURATION,
    ColumnKind.ADDRESS,
}
# Characters of a text that still counts as short.
SHORT_LENGTH = 1_000


def _is_short(plan: TablePlan, column: PlanColumn) -> bool:
    if column.is_octets_there or is_converted(plan, column):
        return False
    if column.kind is ColumnKind.TEXT:
        length = column.source.length
        return column.source.name in ("char", "varchar") and (
            length is not None and length <= SHORT_LENGTH
        )
    return column.kind in SHORT


def _uuid(column: PlanColumn, name: str, load_format: LoadFormat) -> str:
    if column.source.holds_octets:
        name = f"LOWER(HEX({name}))"
    if copies_octets(column, load_format):
        # A backslash and an x.
        return f"CONCAT(X'5C78', {_digits(name)})"
    if copies_digits(column, load_format):
        return _digits(name)
    return name


def _digits(name: str) -> str:
    return f"REPLACE(CAST({name} AS CHAR), '-', '')"


def _interval(name: str) -> str:
    # As Python's timedelta has it: whole days, possibly negative, and a rest
    # of seconds that never is. In integers: a division here is a rounded
    # decimal.
    day = 86_400_000_000
    rest = f"((({name} %% {day}) + {day}) %% {day})"
    return (
        f"CONCAT(({name} - {rest}) DIV {day}, ' days ', {rest} DIV 1000000, '.', "
        f"LPAD({rest} %% 1000000, 6, '0'), ' seconds')"
    )


def _conversion(plan: TablePlan, column: PlanColumn) -> Conversion | None:
    if convert := conversion(plan, column):
        return lambda value: convert(value.decode()).encode()
    return None


def _converted(conversions: Conversions, batch: list[RawRow]) -> list[RawRow]:
    return [_converted_row(conversions, row) for row in batch]


def _converted_row(conversions: Conversions, row: RawRow) -> RawRow:
    values = list(row)
    for index, convert in conversions.items():
        value = values[index]
        if value is not None:
            values[index] = convert(value)
    return tuple(values)
