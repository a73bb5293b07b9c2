"""Counts and checksums inside MySQL and MariaDB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ... import canonical
from ...canonical import INLINE_CHARACTERS, INLINE_OCTETS
from ...checksums import Checksum, HashedColumn
from ...columns import ColumnKind, ColumnType
from ...keys import KeyValue, spelled_out
from ...plan import PlanColumn
from ..comparing import SQLComparer
from ..hashing import BATCH_ROWS, MODULUS, Row

if TYPE_CHECKING:
    from .session import MySQLSession

BY_KIND = {
    ColumnKind.INTEGER: [canonical.INTEGER],
    ColumnKind.BOOLEAN: [canonical.INTEGER],
    ColumnKind.DECIMAL: [canonical.DECIMAL],
    ColumnKind.FLOAT: [canonical.FLOAT_TEXT],
    ColumnKind.TEXT: [canonical.TEXT, canonical.BINARY],
    ColumnKind.BINARY: [canonical.BINARY],
    ColumnKind.UUID: [canonical.UUID_HEX],
    ColumnKind.TIMESTAMP: [canonical.LOCAL],
    ColumnKind.DATE: [canonical.DATE],
    ColumnKind.TIME: [canonical.TIME],
    ColumnKind.DURATION: [canonical.MICROSECONDS],
    ColumnKind.JSON: [canonical.JSON_TEXT],
    ColumnKind.ADDRESS: [canonical.TEXT, canonical.ADDRESS],
    ColumnKind.OTHER: [f"{canonical.OTHER}mysql"],
}

BY_TYPE = {
    "uuid": [canonical.UUID, canonical.UUID_HEX],
    "inet4": [canonical.ADDRESS],
    "inet6": [canonical.ADDRESS],
}

WITH_DIGITS = {ColumnKind.DECIMAL, ColumnKind.TIMESTAMP, ColumnKind.TIME}

# Character sets whose octets are those of utf8mb4; a text in ascii may hold others.
UTF8 = "utf8"

FLOATS = {"float", "double"}
NUMBERS = {ColumnKind.FLOAT, ColumnKind.DECIMAL}
# A bit is octets, and the year 0 has four digits.
PLUS_ZERO = {"bit", "year"}

# Added instead of a hash that is NULL: no sum of hashes comes near it.
NULLS = MODULUS << 40


class Comparer(SQLComparer):
    """Spells values as CONCAT does, which costs less than a CAST.

    The session's time zone is UTC.
    """

    selector = staticmethod(spelled_out)
    _session: MySQLSession

    def canonical_forms(
        self, column: PlanColumn, column_type: ColumnType, zone: str
    ) -> list[str]:
        if column.kind is ColumnKind.OTHER:
            return BY_KIND[ColumnKind.OTHER]
        if column.kind is ColumnKind.DECIMAL and column_type.name in FLOATS:
            # No text of a double is that of a decimal: Python compares them.
            return []
        if column_type.holds_octets and column.kind is ColumnKind.TEXT:
            return [canonical.BINARY]
        if column_type.name == "timestamp":
            names = [canonical.INSTANT, *([canonical.LOCAL] if zone == "UTC" else [])]
        else:
            names = BY_TYPE.get(column_type.name, BY_KIND[column.kind])
        if column.kind in WITH_DIGITS:
            return canonical.with_scale(names, column_type.scale)
        return names

    # --- values -----------------------------------------------------------

    def text(self, column: HashedColumn, zone: str) -> str:
        name = self._session.quote(column.name)
        if column.type.zerofill:
            name = f"({name} + 0)"
        match column.canonical_form:
            case canonical.INTEGER if column.type.name in PLUS_ZERO:
                return f"({name} + 0)"
            case canonical.DECIMAL if column.type.scale != 0:
                return _without_zeros(name)
            case canonical.FLOAT_TEXT:
                return _double(name)
            case canonical.UUID:
                return _as_text(name)
            case canonical.UUID_HEX:
                return _uuid_hex(name, column.type)
            case canonical.INSTANT | canonical.LOCAL | canonical.TIME:
                return _moment(name) if column.type.scale != 0 else name
            case canonical.ADDRESS if column.type.name.startswith("inet"):
                return _as_text(name)
            case canonical.ADDRESS:
                return f"COALESCE(INET6_NTOA(INET6_ATON({name})), {name})"
            case canonical.TEXT | canonical.JSON_TEXT | canonical.BINARY:
                return _utf8(name, column.type)
            case _:
                return name

    def shown(self, column: HashedColumn, zone: str) -> str:
        if column.kind is ColumnKind.BINARY or column.type.name == "bit":
            return f"LOWER(HEX({self._session.quote(column.name)}))"
        return super().shown(column, zone)

    def raw(self, column: HashedColumn) -> str:
        name = self._session.quote(column.name)
        if column.type.name in FLOATS and column.kind in NUMBERS:
            return _double(name)
        return f"({name} + 0)" if column.type.zerofill else name

    # --- fields and hashes ------------------------------------------------

    def join(self, texts: Sequence[str]) -> str:
        return f"CONCAT({', '.join(texts)})"

    def comma_ended(self, text: str) -> str:
        return f"IFNULL({text}, '!'), ','"

    def prefixed(self, column: HashedColumn, text: str) -> str:
        whole = f"CONCAT(LENGTH({text}), ':', {text})"
        length = column.type.length
        if length is not None and length <= INLINE_CHARACTERS:
            return f"IFNULL({whole}, '!')"
        # Not IFNULL: an overlong text becomes NULL when it is converted, and
        # must not pass for a column that is NULL.
        name = self._session.quote(column.name)
        return (
            f"CASE WHEN LENGTH({text}) <= {INLINE_OCTETS} THEN {whole} "
            f"WHEN {name} IS NULL THEN '!' ELSE CONCAT('#', {self.digest(text)}) END"
        )

    def hashed(self, column: HashedColumn, text: str) -> str:
        name = self._session.quote(column.name)
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
        session = self._session
        with session.errors():
            rows = session.driver.stream(session.format(sql, values))
            try:
                while batch := rows.fetch(batch_rows):
                    yield list(batch)
                rows.require_whole()
            except GeneratorExit:
                session.end_statement()
                with suppress(session.driver_error):
                    while rows.fetch(BATCH_ROWS):
                        pass
                raise


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
    if column_type.holds_octets:
        return f"LOWER(HEX({name}))"
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
