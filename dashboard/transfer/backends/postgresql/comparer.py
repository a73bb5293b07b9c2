"""Counts and checksums inside PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from ... import canonical
from ...canonical import INLINE_CHARACTERS, INLINE_OCTETS
from ...checksums import Checksum, HashedColumn
from ...columns import ColumnKind, ColumnType
from ...errors import TransferError
from ...keys import KeyValue, row_comparison
from ...plan import PlanColumn
from ..comparing import SQLComparer
from ..hashing import BATCH_OCTETS, BATCH_ROWS, MODULUS, Row
from . import moments
from .copy_out import CopyOut

if TYPE_CHECKING:
    from .session import PostgreSQLSession

BY_KIND = {
    ColumnKind.INTEGER: [canonical.INTEGER],
    ColumnKind.BOOLEAN: [canonical.INTEGER],
    ColumnKind.DECIMAL: [canonical.DECIMAL],
    ColumnKind.FLOAT: [
        canonical.FLOAT_BITS,
        canonical.FLOAT_TEXT,
    ],
    ColumnKind.TEXT: [canonical.TEXT, canonical.BINARY],
    ColumnKind.BINARY: [canonical.BINARY],
    ColumnKind.UUID: [canonical.UUID_HEX],
    ColumnKind.TIMESTAMP: [canonical.LOCAL],
    ColumnKind.DATE: [canonical.DATE],
    ColumnKind.TIME: [canonical.TIME],
    ColumnKind.DURATION: [canonical.MICROSECONDS],
    ColumnKind.JSON: [canonical.JSON_TEXT],
    ColumnKind.ADDRESS: [canonical.TEXT],
    ColumnKind.OTHER: [f"{canonical.OTHER}postgresql"],
}

BY_TYPE = {
    "uuid": [canonical.UUID, canonical.UUID_HEX],
    "timestamptz": [canonical.INSTANT, canonical.LOCAL],
    "timestamp": [canonical.LOCAL, canonical.INSTANT],
    "interval": [canonical.INTERVAL, canonical.MICROSECONDS],
    "inet": [canonical.INET, canonical.ADDRESS],
}

FLOATS = {"float4", "float8"}

NO_MONTHS = r"'\x00000000'::bytea"


class Comparer(SQLComparer):
    """Spells values by casts, which cost little, wherever they suffice."""

    selector = staticmethod(row_comparison)
    _session: PostgreSQLSession

    def __init__(self, session: PostgreSQLSession) -> None:
        super().__init__(session)
        encoding = session.connection.info.parameter_status("server_encoding")
        self._is_utf8 = encoding == "UTF8"

    def canonical_forms(
        self, column: PlanColumn, column_type: ColumnType, zone: str
    ) -> list[str]:
        if column.kind is ColumnKind.OTHER:
            return BY_KIND[ColumnKind.OTHER]
        if column_type.holds_octets and column.kind is ColumnKind.TEXT:
            return [canonical.BINARY]
        names = BY_TYPE.get(column_type.name, BY_KIND[column.kind])
        if column.kind is ColumnKind.DECIMAL and column_type.name in FLOATS:
            # Rounded by a cast to a decimal: Python compares them.
            return []
        if column.kind is ColumnKind.DECIMAL:
            return canonical.with_scale(names, column_type.scale)
        return names

    # --- values -----------------------------------------------------------

    def text(self, column: HashedColumn, zone: str) -> str:
        name = self._session.quote(column.name)
        match column.canonical_form:
            case canonical.INTEGER if column.type.name in ("bool", "bit"):
                return f"{name}::int::text"
            case canonical.DECIMAL:
                return f"trim_scale({name}::numeric)::text"
            case canonical.FLOAT_BITS:
                return _float_bits(name)
            case canonical.FLOAT_TEXT:
                return _float_text(f"{name}::float8")
            case canonical.BINARY:
                return name if column.type.holds_octets else f"{name}::text"
            case canonical.UUID_HEX:
                return _uuid_hex(name, column.type)
            case canonical.INSTANT if not column.type.instant:
                return moments.instant(name, zone)
            case canonical.INSTANT:
                return f"({name} AT TIME ZONE 'UTC')::text"
            case canonical.LOCAL if column.type.instant:
                return moments.digits(name, zone)
            case canonical.INTERVAL:
                return f"encode(interval_send({name}), 'hex')"
            case canonical.MICROSECONDS if column.type.name == "interval":
                return _microseconds(name)
            case canonical.INET | canonical.ADDRESS:
                # The cast to text would add /32, which abbrev does not.
                return f"abbrev({name})"
            case _:
                return f"{name}::text"

    def shown(self, column: HashedColumn, zone: str) -> str:
        match column.kind:
            case ColumnKind.BINARY:
                return f"encode({self._session.quote(column.name)}, 'hex')"
            case ColumnKind.FLOAT:
                return f"{self._session.quote(column.name)}::text"
        return super().shown(column, zone)

    def raw(self, column: HashedColumn) -> str:
        name = self._session.quote(column.name)
        return f"{name}::float8" if column.type.name in FLOATS else f"{name}::text"

    # --- fields and hashes ------------------------------------------------

    def join(self, texts: Sequence[str]) -> str:
        return " || ".join(texts)

    def comma_ended(self, text: str) -> str:
        return f"coalesce({text}, '!') || ','"

    def prefixed(self, column: HashedColumn, text: str) -> str:
        utf8 = text if self._is_utf8 else self._octets(text)
        octets = f"octet_length({utf8})"
        whole = f"{octets} || ':' || {text}"
        length = column.type.length
        if length is not None and length <= INLINE_CHARACTERS:
            return f"coalesce({whole}, '!')"
        return (
            f"coalesce(CASE WHEN {octets} <= {INLINE_OCTETS} THEN {whole} "
            f"ELSE '#' || {self.digest(text)} END, '!')"
        )

    def hashed(self, column: HashedColumn, text: str) -> str:
        octets = text if column.type.holds_octets else self._octets(text)
        return f"coalesce('#' || {_digest(octets)}, '!')"

    def digest(self, text: str) -> str:
        return _digest(self._octets(text))

    def _octets(self, text: str) -> str:
        return f"convert_to({text}, 'UTF8')"

    def beginning(self, text: str, length: int) -> str:
        return f"left({text}, {length})"

    def sortable(self, text: str) -> str:
        return f'{text} COLLATE "C"'

    def sums(self, row: str) -> str:
        # sum and avg of one expression share their state, and so evaluate it
        # once; count of it would hash every row a second time.
        bits = f"encode(substr(sha256({self._octets(row)}), 1, 8), 'hex')"
        number = f"('x' || {bits})::bit(64)::bigint"
        return f"count(*), sum({number}), avg({number})"

    def checksum(self, columns: Sequence[Any]) -> Checksum:
        rows, total, average = columns
        if total is None:
            return Checksum(rows, 0, 0)
        # avg has sixteen digits: a row without a hash would show.
        hashed = round(total / average) if average else rows
        return Checksum(rows, hashed, int(total) % MODULUS)

    # --- rows -------------------------------------------------------------

    def stream(
        self, sql: str, values: Sequence[KeyValue], batch_rows: int
    ) -> Iterator[list[Row]]:
        output = CopyOut(self._session, f"COPY ({sql}) TO STDOUT", values)
        closed = False
        try:
            with output.reader() as lines:
                try:
                    yield from _batches(cast(BinaryIO, lines))
                except GeneratorExit:
                    closed = True
                    self._session.end_statement()
                    raise
        except TransferError:
            # Ended on demand, which the server reports as a cancelled query.
            if not closed:
                raise


def _batches(lines: Iterable[bytes]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    octets = 0
    for line in lines:
        batch.append(_values(line))
        octets += len(line)
        if len(batch) >= BATCH_ROWS or octets > BATCH_OCTETS:
            yield batch
            batch, octets = [], 0
    yield batch


ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
ESCAPED = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def _values(line: bytes) -> Row:
    """Return the values of a line of COPY's text format."""
    values = line[:-1].split(b"\t")
    if b"\\" not in line:
        return tuple(values)
    # A call for every NULL of a row would take longer than all else here.
    return tuple(
        [
            None if one == rb"\N" else one if b"\\" not in one else _unescaped(one)
            for one in values
        ]
    )


def _unescaped(value: bytes) -> bytes:
    return ESCAPE.sub(lambda found: ESCAPED.get(found[1], found[1]), value)


def _digest(octets: str) -> str:
    return f"encode(sha256({octets}), 'hex')"


def _float_bits(name: str) -> str:
    bits = f"encode(float8send({name}::float8), 'hex')"
    return f"CASE WHEN {name} = 'NaN' THEN 'NaN' ELSE {bits} END"


def _float_text(value: str) -> str:
    """Spell a float as MariaDB does, which writes 1e-15 to 1e15 in full."""
    return (
        f"CASE WHEN {value} = 0 OR abs({value}) >= 1e-4 AND abs({value}) < 1e15 "
        f"THEN {value}::text "
        f"WHEN abs({value}) >= 1e-15 AND abs({value}) < 1e-4 "
        f"THEN {value}::text::numeric::text "
        f"ELSE replace({value}::text, 'e+', 'e') END"
    )


def _uuid_hex(name: str, column_type: ColumnType) -> str:
    if column_type.name == "uuid":
        return f"encode(uuid_send({name}), 'hex')"
    if column_type.holds_octets:
        return f"encode({name}, 'hex')"
    text = f"lower({name}::text)"
    return f"CASE length({name}) WHEN 36 THEN replace({text}, '-', '') ELSE {text} END"


def _microseconds(name: str) -> str:
    # A month is no number of microseconds and keeps a text of its own.
    return (
        f"CASE WHEN substr(interval_send({name}), 13, 4) = {NO_MONTHS} "
        f"THEN trunc(extract(epoch FROM {name}) * 1000000)::text "
        f"ELSE {name}::text END"
    )
