"""Reads MySQL as the bytes that the server sends."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from ...batches import BatchSize
from ...columns import ColumnKind
from ...keys import KeyRange, spelled_out
from ...plan import PlanColumn, TablePlan
from ...rows import LoadFormat
from ..reading import BlockReader, RawRow

if TYPE_CHECKING:
    from .session import MySQLSession

BATCH_ROWS = 5_000
LONG_BATCH_ROWS = 64


# MariaDB takes whatever stands beside such a value for one of its type, and for
# NULL where it is none (manual, "UUID Data Type" and "INET6").
OWN_LITERALS = {"uuid", "inet4", "inet6"}

HEX_PREFIX = {LoadFormat.COPY: b"\\x", LoadFormat.CSV: b""}


class Reader(BlockReader):
    """Reads ranges of a table in the key's own collation."""

    selector = staticmethod(spelled_out)
    _session: MySQLSession

    def sends_only_utf8(self, plan: TablePlan) -> bool:
        return not any(
            c.kind is ColumnKind.TEXT and c.source.holds_octets for c in plan.written
        )

    def key_text(self, column: PlanColumn) -> str:
        name = self._session.quote(column.name)
        return name if column.kind is ColumnKind.INTEGER else f"CAST({name} AS CHAR)"

    def raw(
        self, plan: TablePlan, key_range: KeyRange, load_format: LoadFormat
    ) -> Iterator[list[RawRow]]:
        source, values = self.selection(plan, key_range, "%s")
        if load_format is LoadFormat.ROWS:
            columns = ", ".join(self._expression(c, load_format) for c in plan.written)
            binary: list[int] = []
        else:
            columns, binary = self._groups(plan, load_format)
        sql = self._session.format(f"SELECT {columns} {source}", values)
        size = BatchSize(plan, BATCH_ROWS, LONG_BATCH_ROWS)
        for batch in self._fetch(sql, size):
            if binary:
                yield [_with_hex(row, binary, HEX_PREFIX[load_format]) for row in batch]
            else:
                yield batch

    def _groups(
        self, plan: TablePlan, load_format: LoadFormat
    ) -> tuple[str, list[int]]:
        """Return what to select for text, and which of it is binary.

        Neighbours that are short are set apart by the server, in the way of
        a block of lines, and arrive as one value: a value costs the client
        more than the server. Their lengths are bounded by InnoDB's row, so
        that the result never reaches max_allowed_packet, where it would be
        NULL.
        """
        selected: list[str] = []
        binary: list[int] = []
        for short, group in groupby(plan.written, _is_short):
            if short:
                parts = ", ".join(self._part(column, load_format) for column in group)
                selected.append(f"CONCAT_WS(X'FE', {parts})")
                continue
            for column in group:
                if column.is_octets_there:
                    binary.append(len(selected))
                selected.append(self._expression(column, load_format))
        return ", ".join(selected), binary

    def _part(self, column: PlanColumn, load_format: LoadFormat) -> str:
        text = self._expression(column, load_format)
        collation = column.source.collation
        if collation and not collation.startswith("utf8"):
            text = f"CONVERT({text} USING utf8mb4)"
        if column.source.name in OWN_LITERALS:
            text = f"CAST({text} AS CHAR)"
        is_text = collation or column.numbers is not None
        is_text = is_text or (
            column.kind is ColumnKind.UUID and column.source.holds_octets
        )
        if is_text or column.source.name in OWN_LITERALS:
            # Otherwise the server would make UTF-8 of the separators.
            text = f"CONVERT({text} USING binary)"
        return f"IFNULL({text}, X'FF')" if column.nullable else text

    def _fetch(self, sql: bytes, size: BatchSize) -> Iterator[list[RawRow]]:
        with self._session.errors():
            rows = self._session.driver.stream(sql)
            while batch := rows.fetch(size.rows):
                size.follow(batch)
                yield list(batch)

    def _expression(self, column: PlanColumn, load_format: LoadFormat) -> str:
        name = self._session.quote(column.name)
        if column.numbers is not None:
            return self._session.renumbered(name, column.numbers)
        match column.kind:
            case ColumnKind.FLOAT | ColumnKind.DECIMAL if column.source.name == "float":
                # FLOAT prints six digits; the arithmetic makes it a double,
                # also on a MySQL that has no CAST(… AS DOUBLE). A sum would
                # turn -0.0 into 0.0.
                return f"({name} * 1e0)"
            case ColumnKind.INTEGER | ColumnKind.BOOLEAN if column.source.name == "bit":
                return f"({name} + 0)"
            case ColumnKind.UUID:
                return _uuid(column, name, load_format)
            case ColumnKind.DURATION if load_format is LoadFormat.COPY:
                return _interval(name)
            case ColumnKind.TEXT if column.source.name == "enum":
                return f"CAST({name} AS CHAR)"
            case _:
                return name


def _uuid(column: PlanColumn, name: str, load_format: LoadFormat) -> str:
    text = f"LOWER(HEX({name}))" if column.source.holds_octets else name
    if load_format is LoadFormat.COPY and column.destination.holds_octets:
        # PostgreSQL's bytea; it refuses what is not hexadecimal.
        return f"CONCAT('\\\\x', REPLACE({text}, '-', ''))"
    return text


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


def _is_short(column: PlanColumn) -> bool:
    if column.is_octets_there:
        return False
    if column.kind is ColumnKind.TEXT:
        length = column.source.length
        return column.source.name in ("char", "varchar") and (
            length is not None and length <= SHORT_LENGTH
        )
    return column.kind in SHORT


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


def _with_hex(row: RawRow, binary: list[int], prefix: bytes) -> RawRow:
    values = list(row)
    for index in binary:
        value = values[index]
        if value is not None:
            values[index] = prefix + value.hex().encode()
    return tuple(values)
