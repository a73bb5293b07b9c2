"""Counts and checksums inside MySQL and MariaDB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import MySQLdb
from MySQLdb import _mysql

from ... import canonical
from ...canonical import INLINE_CHARACTERS, INLINE_OCTETS
from ...columns import ColumnType, Kind
from ...errors import TransferError
from ...keys import KeyValue, spelled_out
from ...plan import PlanColumn
from ..base import Cell, Checksum
from ..comparing import BATCH_ROWS, MODULUS, Row, SQLComparer

if TYPE_CHECKING:
    from .session import MySQLSession

BY_KIND = {
    Kind.INTEGER: [canonical.INTEGER],
    Kind.BOOLEAN: [canonical.INTEGER],
    Kind.DECIMAL: [canonical.DECIMAL],
    Kind.FLOAT: [canonical.FLOAT_TEXT],
    Kind.TEXT: [canonical.TEXT],
    Kind.BINARY: [canonical.BINARY],
    Kind.UUID: [canonical.UUID_HEX],
    Kind.TIMESTAMP: [canonical.LOCAL],
    Kind.DATE: [canonical.DATE],
    Kind.TIME: [canonical.TIME],
    Kind.DURATION: [canonical.MICROSECONDS],
    Kind.JSON: [canonical.JSON_TEXT],
    Kind.ADDRESS: [canonical.TEXT, canonical.ADDRESS],
    Kind.OTHER: [f"{canonical.OTHER}mysql"],
}

BY_TYPE = {
    "uuid": [canonical.UUID, canonical.UUID_HEX],
    "inet4": [canonical.ADDRESS],
    "inet6": [canonical.ADDRESS],
}

WITH_DIGITS = {Kind.DECIMAL, Kind.TIMESTAMP, Kind.TIME}

# Character sets whose octets are those of utf8mb4.
UTF8 = ("utf8", "ascii")

# Added instead of a hash that is NULL: no sum of hashes comes near it.
NULLS = MODULUS << 40


class Comparer(SQLComparer):
    """Spells values as CONCAT does, which costs less than a CAST.

    The session's time zone is UTC.
    """

    selector = staticmethod(spelled_out)

    def __init__(self, session: MySQLSession) -> None:
        super().__init__(session)
        self._connection = session.connection
        # mysqlclient answers nothing to a second thread during a statement.
        self._thread_id = session.connection.thread_id()
        # MariaDB stores the sign of a zero no more than it prints it.
        self.has_negative_zero = not session.is_mariadb

    def renderings(
        self, column: PlanColumn, column_type: ColumnType, zone: str
    ) -> list[str]:
        if column.kind is Kind.OTHER:
            return BY_KIND[Kind.OTHER]
        if column_type.name == "timestamp":
            names = [canonical.INSTANT, *([canonical.LOCAL] if zone == "UTC" else [])]
        else:
            names = BY_TYPE.get(column_type.name, BY_KIND[column.kind])
        if column.kind in WITH_DIGITS:
            return canonical.with_scale(names, column_type.scale)
        return names

    # --- values -----------------------------------------------------------

    def text(self, cell: Cell, zone: str) -> str:
        name = self._session.quote(cell.name)
        match cell.rendering:
            case canonical.INTEGER if cell.type.name == "bit":
                return f"({name} + 0)"
            case canonical.DECIMAL if cell.type.scale != 0:
                return _without_zeros(name)
            case canonical.FLOAT_TEXT:
                return _double(name)
            case canonical.UUID:
                return _as_text(name)
            case canonical.UUID_HEX:
                return _uuid_hex(name, cell.type)
            case canonical.INSTANT | canonical.LOCAL | canonical.TIME:
                return _moment(name) if cell.type.scale != 0 else name
            case canonical.ADDRESS if cell.type.name.startswith("inet"):
                return _as_text(name)
            case canonical.ADDRESS:
                return f"COALESCE(INET6_NTOA(INET6_ATON({name})), {name})"
            case canonical.TEXT | canonical.JSON_TEXT:
                return _utf8(name, cell.type)
            case _:
                return name

    def raw(self, cell: Cell) -> str:
        name = self._session.quote(cell.name)
        return _double(name) if cell.kind is Kind.FLOAT else name

    # --- fields and hashes ------------------------------------------------

    def join(self, texts: Sequence[str]) -> str:
        return f"CONCAT({', '.join(texts)})"

    def comma_ended(self, text: str) -> str:
        return f"IFNULL({text}, '!'), ','"

    def prefixed(self, cell: Cell, text: str) -> str:
        whole = f"CONCAT(LENGTH({text}), ':', {text})"
        length = cell.type.length
        if length is not None and length <= INLINE_CHARACTERS:
            return f"IFNULL({whole}, '!')"
        # Not IFNULL: an overlong text becomes NULL when it is converted, and
        # must not pass for a column that is NULL.
        name = self._session.quote(cell.name)
        return (
            f"CASE WHEN LENGTH({text}) <= {INLINE_OCTETS} THEN {whole} "
            f"WHEN {name} IS NULL THEN '!' ELSE CONCAT('#', {self.digest(text)}) END"
        )

    def hashed(self, cell: Cell, text: str) -> str:
        name = self._session.quote(cell.name)
        return f"IF({name} IS NULL, '!', CONCAT('#', {self.digest(text)}))"

    def digest(self, text: str) -> str:
        return f"SHA2({text}, 256)"

    def beginning(self, text: str, length: int) -> str:
        return f"LEFT({text}, {length})"

    def sums(self, row: str) -> str:
        # CONV gives a text, whose sum would be a double.
        number = f"CAST(CONV(LEFT({self.digest(row)}, 16), 16, 10) AS UNSIGNED)"
        return f"COUNT(*), SUM(IFNULL({number}, {NULLS}))"

    def checksum(self, columns: Sequence[Any]) -> Checksum:
        rows, total = columns
        nulls, total = divmod(int(total or 0), NULLS)
        return Checksum(int(rows), int(rows) - nulls, total % MODULUS)

    # --- rows -------------------------------------------------------------

    def stream(
        self, sql: str, values: Sequence[KeyValue], batch_rows: int
    ) -> Iterator[list[Row]]:
        session: MySQLSession = self._session  # type: ignore[assignment]
        with session.errors():
            self._connection.query(session.format(sql, values))
            result: Any = _mysql.result(self._connection, 1, {})
            try:
                while batch := result.fetch_row(batch_rows, 0):
                    yield batch
            except GeneratorExit:
                self.stop()
                with suppress(MySQLdb.Error):
                    while result.fetch_row(BATCH_ROWS, 0):
                        pass
                raise

    def stop(self) -> None:
        """End the statement by a second connection; this one is waiting."""
        from .session import connect

        session: MySQLSession = self._session  # type: ignore[assignment]
        other = connect(session.database, session.label, writing=False, loading=False)
        # It may have ended by itself.
        with other, suppress(TransferError):
            other.execute(f"KILL QUERY {self._thread_id}")


def _as_text(name: str) -> str:
    # IFNULL with a UUID or an address takes the other text for one too.
    return f"CAST({name} AS CHAR)"


def _without_zeros(name: str) -> str:
    return f"TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM {name}))"


def _moment(name: str) -> str:
    # To cut zeros off costs twice what the text does, and few moments end in one.
    return f"IF(MICROSECOND({name}) MOD 10, {name}, {_without_zeros(name)})"


def _double(name: str) -> str:
    # FLOAT prints six digits, as a double all of them; the product keeps the
    # sign of zero, which a sum does not.
    return f"({name} * 1e0)"


def _uuid_hex(name: str, column_type: ColumnType) -> str:
    if column_type.name == "uuid":
        return f"REPLACE({_as_text(name)}, '-', '')"
    text = f"LOWER({name})"
    if column_type.name == "char" and column_type.length == 32:
        return text
    return f"IF(CHAR_LENGTH({name}) = 36, REPLACE({text}, '-', ''), {text})"


def _utf8(name: str, column_type: ColumnType) -> str:
    if column_type.name == "json":
        return f"CAST({name} AS CHAR)"
    if not column_type.collation or column_type.collation.startswith(UTF8):
        return name
    return f"CONVERT({name} USING utf8mb4)"
