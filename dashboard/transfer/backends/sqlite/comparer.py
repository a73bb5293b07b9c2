"""Counts and checksums of SQLite: spelled in SQL, hashed in Python."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from ipaddress import ip_interface
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ... import canonical
from ...canonical import INLINE_OCTETS
from ...checksums import Checksum, HashedColumn, Layout
from ...columns import ColumnKind, ColumnType
from ...keys import KeyRange, KeyValue, row_comparison
from ...plan import PlanColumn
from ..comparing import SQLComparer
from ..hashing import Row

if TYPE_CHECKING:
    from .session import SQLiteSession

BY_KIND = {
    ColumnKind.INTEGER: [canonical.INTEGER],
    ColumnKind.BOOLEAN: [canonical.INTEGER],
    ColumnKind.DECIMAL: [canonical.DECIMAL],
    ColumnKind.FLOAT: [canonical.FLOAT_BITS, canonical.FLOAT_TEXT],
    ColumnKind.TEXT: [canonical.TEXT, canonical.BINARY],
    ColumnKind.BINARY: [canonical.BINARY],
    ColumnKind.UUID: [canonical.UUID_HEX],
    ColumnKind.TIMESTAMP: [canonical.LOCAL],
    ColumnKind.DATE: [canonical.DATE],
    ColumnKind.TIME: [canonical.TIME],
    ColumnKind.DURATION: [canonical.MICROSECONDS],
    ColumnKind.JSON: [canonical.JSON_TEXT],
    ColumnKind.ADDRESS: [canonical.TEXT, canonical.ADDRESS],
    ColumnKind.OTHER: [f"{canonical.OTHER}sqlite"],
}


FLOAT_FUNCTIONS = {canonical.FLOAT_BITS: "mc_bits", canonical.FLOAT_TEXT: "mc_float"}
NUMBERS = {ColumnKind.FLOAT, ColumnKind.DECIMAL}


class Comparer(SQLComparer):
    """Takes nothing for granted: a column holds whatever was put there.

    A value that is none of its column's kind is spelled with a question mark
    and what SQLite itself writes, which equals nothing of another engine.
    """

    selector = staticmethod(row_comparison)
    _session: SQLiteSession

    def __init__(self, session: SQLiteSession) -> None:
        super().__init__(session)
        for name, (arguments, function) in FUNCTIONS.items():
            session.connection.create_function(
                name, arguments, function, deterministic=True
            )
        self._is_utf8 = session.file.encoding == "UTF-8"

    def canonical_forms(
        self, column: PlanColumn, column_type: ColumnType, zone: str
    ) -> list[str]:
        if column.kind is ColumnKind.TIMESTAMP:
            return [canonical.LOCAL, canonical.INSTANT]
        return BY_KIND[column.kind]

    # --- values -----------------------------------------------------------

    def text(self, column: HashedColumn, zone: str) -> str:
        name = self._session.quote(column.name)
        match column.canonical_form:
            case canonical.INTEGER:
                # Octets may be spelled as an integer is; nothing else is.
                return f"iif({name} >= x'', {_unreadable(name)}, {name})"
            case canonical.MICROSECONDS:
                return name
            case canonical.DECIMAL:
                number = f"iif(typeof({name}) = 'text', {self._blob(name)}, {name})"
                rest = _by_type(name, "'real', 'text'", f"mc_decimal({number})")
                return _by_type(name, "'integer'", name, rest)
            case canonical.FLOAT_BITS | canonical.FLOAT_TEXT:
                function = FLOAT_FUNCTIONS[column.canonical_form]
                text = f"{function}({self._blob(name)})"
                rest = _by_type(name, "'text'", text)
                return _by_type(name, "'real', 'integer'", f"{function}({name})", rest)
            case canonical.UUID_HEX:
                return _uuid_hex(name)
            case canonical.INSTANT if zone != "UTC":
                return f"mc_instant({self._blob(name)}, '{zone}')"
            case canonical.INSTANT | canonical.LOCAL:
                rest = f"mc_moment({self._blob(name)}, '{zone}')"
                length = f"length({name}) * (substr({name}, 11, 1) = ' ')"
                return _moment(name, length, 19, rest)
            case canonical.TIME:
                rest = f"mc_time({self._blob(name)})"
                return _moment(name, f"length({name})", 8, rest)
            case canonical.DATE:
                rest = f"mc_date({self._blob(name)})"
                return f"CASE length({name}) WHEN 10 THEN {name} ELSE {rest} END"
            case canonical.ADDRESS:
                return f"mc_address({self._blob(name)})"
            case canonical.BINARY | canonical.JSON_TEXT | canonical.TEXT:
                return name
            case _:
                return f"quote({name})"

    def shown(self, column: HashedColumn, zone: str) -> str:
        name = self._session.quote(column.name)
        if column.kind is ColumnKind.FLOAT:
            return name
        text = super().shown(column, zone)
        return f"iif(typeof({name}) = 'blob', lower(hex({name})), {text})"

    def raw(self, column: HashedColumn) -> str:
        name = self._session.quote(column.name)
        if column.kind in NUMBERS:
            # A text and octets arrive alike.
            return f"iif({name} >= x'', {_unreadable(name)}, {name})"
        return name

    def _blob(self, text: str) -> str:
        # CAST gives the octets of the file's own encoding.
        return f"CAST({text} AS BLOB)" if self._is_utf8 else f"mc_utf8({text})"

    # --- fields and hashes ------------------------------------------------

    def join(self, texts: Sequence[str]) -> str:
        return " || ".join(texts)

    def comma_ended(self, text: str) -> str:
        return f"coalesce({text}, '!') || ','"

    def prefixed(self, column: HashedColumn, text: str) -> str:
        octets = f"length({self._blob(text)})"
        return (
            f"CASE WHEN {octets} <= {INLINE_OCTETS} THEN {octets} || ':' || {text} "
            f"WHEN {text} IS NULL THEN '!' ELSE '#' || {self.digest(text)} END"
        )

    def hashed(self, column: HashedColumn, text: str) -> str:
        name = self._session.quote(column.name)
        return f"CASE WHEN {name} IS NULL THEN '!' ELSE '#' || {self.digest(text)} END"

    def digest(self, text: str) -> str:
        return f"mc_digest({self._blob(text)})"

    def short(self, column: HashedColumn, zone: str) -> str:
        # Otherwise a number would come as one.
        return f"CAST({super().short(column, zone)} AS TEXT)"

    def beginning(self, text: str, length: int) -> str:
        return f"substr({text}, 1, {length})"

    def checksums(
        self, layout: Layout, key_range: KeyRange, digits: int = 0
    ) -> dict[str, Checksum]:
        row = self.row(layout)
        # A function called from SQL costs more than a loop over the result.
        text = self.digest(row) if layout.python_hashed else row
        return self.sums_in_python(layout, key_range, digits, text)

    # --- rows -------------------------------------------------------------

    def stream(
        self, sql: str, values: Sequence[KeyValue], batch_rows: int
    ) -> Iterator[list[Row]]:
        with self._session.errors():
            cursor = self._session.connection.execute(sql, values)
            try:
                while batch := cursor.fetchmany(batch_rows):
                    yield batch
            finally:
                cursor.close()


def _by_type(name: str, types: str, text: str, rest: str = "") -> str:
    rest = rest or _unreadable(name)
    return (
        f"CASE WHEN typeof({name}) IN ({types}) THEN {text} "
        f"WHEN {name} IS NULL THEN NULL ELSE {rest} END"
    )


def _unreadable(name: str) -> str:
    # A value that is none of its column's kind equals nothing of another engine.
    return f"'?' || quote({name})"


def _moment(name: str, length: str, whole: int, rest: str) -> str:
    # Seven more: a point and six digits.
    return (
        f"CASE {length} WHEN {whole + 7} THEN rtrim(rtrim({name}, '0'), '.') "
        f"WHEN {whole} THEN {name} ELSE {rest} END"
    )


def _uuid_hex(name: str) -> str:
    return (
        f"CASE length({name}) WHEN 36 THEN lower(replace({name}, '-', '')) "
        f"WHEN 16 THEN iif(typeof({name}) = 'blob', lower(hex({name})), lower({name})) "
        f"ELSE lower({name}) END"
    )


FINER = re.compile(r"[.,]\d{7}")

# --- what SQL has no words for --------------------------------------------

Stored = str | bytes | float | int | None


def _digest(value: Stored) -> str | None:
    if value is None:
        return None
    octets = value if isinstance(value, bytes) else str(value).encode()
    return canonical.digest(octets).hexdigest()


def _utf8(value: Stored) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    return str(value).encode("utf-8", "surrogatepass")


NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?|[-+]?inf(inity)?|nan", re.I)


def _number(spell: Callable[[float], str]) -> Callable[[float | bytes], str]:
    """Return a function that spells a float, also where a text or integer is one."""

    def function(value: float | bytes) -> str:
        given: float | str
        if isinstance(value, bytes):
            given = value.decode("utf-8", "replace")
            if not NUMBER.fullmatch(given):
                return f"?{value!r}"
        else:
            given = value
        try:
            return spell(canonical.exact_float(given))
        except (ValueError, OverflowError):
            return f"?{value!r}"

    return function


def _spelled(read: Callable[[str], str]) -> Callable[[Stored], str | None]:
    """Return a function that spells what cannot be read as it is stored."""

    def function(value: Stored) -> str | None:
        if value is None:
            return None
        try:
            return read(value.decode() if isinstance(value, bytes) else str(value))
        except (ValueError, ArithmeticError):
            return f"?{value!r}"

    return function


_decimal = _spelled(canonical.decimal_text)


def _moment_of(value: bytes | None, zone: str) -> str | None:
    def read(text: str) -> str:
        moment = _exact(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(ZoneInfo(zone))
            # The digits are those of the hour before.
            if moment.fold:
                raise ValueError
        return _without_zeros(moment.replace(tzinfo=None).isoformat(" "))

    return _spelled(read)(value)


def _instant_of(value: bytes | None, zone: str) -> str | None:
    def read(text: str) -> str:
        moment, clock = _exact(text), ZoneInfo(zone)
        if moment.tzinfo is None:
            instant = moment.replace(tzinfo=clock).astimezone(UTC)
            if instant.astimezone(clock).replace(tzinfo=None) != moment:
                raise ValueError
            moment = instant
        text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
        return _without_zeros(text)

    return _spelled(read)(value)


def _exact(text: str) -> datetime:
    # Python leaves out what is smaller than a microsecond.
    if FINER.search(text):
        raise ValueError
    return datetime.fromisoformat(text)


def _time_of(text: str) -> str:
    if FINER.search(text):
        raise ValueError
    return _without_zeros(time.fromisoformat(text).isoformat())


def _date_of(text: str) -> str:
    moment = _exact(text)
    if moment != datetime.combine(moment.date(), time()):
        raise ValueError
    return date.isoformat(moment.date())


def _without_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _address_of(text: str) -> str:
    address = ip_interface(text)
    host = "/32" if address.version == 4 else "/128"
    return str(address).removesuffix(host)


FUNCTIONS: dict[str, tuple[int, Callable[..., Stored]]] = {
    "mc_digest": (1, _digest),
    "mc_utf8": (1, _utf8),
    "mc_decimal": (1, _decimal),
    "mc_bits": (1, _number(canonical.float_bits)),
    "mc_float": (1, _number(canonical.float_text)),
    "mc_moment": (2, _moment_of),
    "mc_instant": (2, _instant_of),
    "mc_time": (1, _spelled(_time_of)),
    "mc_date": (1, _spelled(_date_of)),
    "mc_address": (1, _spelled(_address_of)),
}
