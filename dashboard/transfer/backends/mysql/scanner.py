"""What columns of MySQL and MariaDB demand, and what of their own may break others'."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ...columns import Column, ColumnKind
from ...json_rules import Json, JsonNumbers, OneKey
from ...moment_rules import Address, Fraction, Moment, OnOneClock, Uuid, UuidDigits
from ...moments import odd_hours
from ...number_rules import (
    Canonical,
    Decimals,
    Digits,
    FloatBits,
    FloatRange,
    NoNegativeZero,
    NotNegative,
    Numeric,
    Unrounded,
    Whole,
)
from ...plan import PlanColumn, TablePlan
from ...rows import LoadFormat
from ...rules import Nothing, Rule, Sent
from ...text_rules import (
    Characters,
    CharacterSet,
    Cut,
    FilledOctets,
    NoNul,
    NoSpaceBehind,
    Octets,
    ValidText,
    Words,
    WordSet,
)
from ..scanner import Suspects
from ..scanning import SQLScanner, number_suspects, octet_rules
from .catalog import SHAPES
from .reader import Reader

if TYPE_CHECKING:
    from .session import MySQLSession

BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}
CODECS = {"latin1": "cp1252", "ascii": "ascii", "utf8mb3": "utf8mb3"}
CODECS |= {"utf8": "utf8mb3", "latin2": "iso8859-2", "greek": "iso8859-7"}
CODECS |= {"cp1250": "cp1250", "cp1251": "cp1251", "koi8r": "koi8-r"}
CODECS |= {"hebrew": "iso8859-8", "gbk": "gbk", "big5": "big5", "ucs2": "utf8mb3"}

WORD = re.compile(r"'((?:[^']|'')*)'")
# Types whose length information_schema gives in octets.
WORDY = ("enum", "set")
LONG_TEXTS = {"tinytext", "text", "mediumtext", "longtext"}
# The deepest that JSON_VALID reads (json_lib.h, JSON_DEPTH_LIMIT), and MySQL's
# own type (JSON_DOCUMENT_MAX_DEPTH).
MARIADB_DEPTH, MYSQL_DEPTH = 31, 100

JSON_CHECKED = """
    SELECT check_clause FROM information_schema.check_constraints
    WHERE constraint_schema = %s AND table_name = %s
"""


class Scanner(SQLScanner):
    """Scans typed columns; what is no text, no day or no time is among their values."""

    _session: MySQLSession

    # --- what is demanded here -----------------------------------------------------

    def is_alike(self, plan: TablePlan, column: PlanColumn) -> bool:
        # Not told: signs, words and the type that the other server has of that name.
        return (
            column.source == column.destination
            and column.kind not in (ColumnKind.FLOAT, ColumnKind.UUID, ColumnKind.JSON)
            and column.source.name not in ("enum", "set", *BITS, *SHAPES)
            and not (column.kind is ColumnKind.TEXT and column.source.holds_octets)
        )

    def rules(
        self, plan: TablePlan, column: PlanColumn, here: Column, *, foreign: bool
    ) -> list[Rule]:
        name = column.destination.name
        match column.kind:
            case ColumnKind.INTEGER | ColumnKind.BOOLEAN | ColumnKind.DURATION:
                return [*_integer(column, here), *_unsigned(column, here)]
            case ColumnKind.DECIMAL:
                return [*_decimal(column, here), *_unsigned(column, here)]
            case ColumnKind.FLOAT:
                return [*self._float(column, here), *_unsigned(column, here)]
            case ColumnKind.TEXT if self._by_rows:
                # Of octets as well texts are made.
                return [ValidText(), *_text(column, here)]
            case ColumnKind.TEXT | ColumnKind.BINARY:
                return _text(column, here)
            case ColumnKind.UUID if name == "uuid":
                return [Uuid(strict=True)]
            case ColumnKind.UUID if name in ("binary", "varbinary"):
                return [Uuid()]
            case ColumnKind.UUID if column.destination.length == 32:
                return [Uuid() if self._by_rows else UuidDigits()]
            case ColumnKind.JSON if name == "json":
                return [Json(MYSQL_DEPTH, doubles=True), OneKey(), JsonNumbers()]
            case ColumnKind.JSON if self._is_checked(plan.table, column.name):
                return [Json(MARIADB_DEPTH), *_text(column, here)]
            case ColumnKind.ADDRESS if name in ("inet4", "inet6"):
                return [Address((int(name[-1]),), masked=False)]
            case ColumnKind.TIMESTAMP | ColumnKind.DATE | ColumnKind.TIME:
                return _moment(column, foreign=foreign)
            case ColumnKind.UUID | ColumnKind.JSON | ColumnKind.ADDRESS:
                return _text(column, here)
            case ColumnKind.OTHER if name in SHAPES and not self._session.is_mariadb:
                return [Nothing()]
        return []

    @property
    def _by_rows(self) -> bool:
        return self._session.loader.load_format is LoadFormat.ROWS

    def _is_checked(self, table: str, column: str) -> bool:
        """Whether MariaDB proves a column, which it calls longtext, to be JSON."""
        if not self._session.is_mariadb:
            return False
        rows = self._session.query(JSON_CHECKED, self._session.place(table))
        clause = f"json_valid({self._session.quote(column).replace('%%', '%')})"
        return any(str(found).lower() == clause.lower() for (found,) in rows)

    def _float(self, column: PlanColumn, here: Column) -> list[Rule]:
        real = column.destination
        is_plain = real.name in ("float", "double") and real.scale is None
        keeps = is_plain and not self._session.is_mariadb
        zero: list[Rule] = [] if keeps else [NoNegativeZero()]
        if column.source == real:
            return zero
        bits = 32 if real.name == "float" else 64
        found: list[Rule] = [Numeric(), FloatRange(bits), FloatBits(bits), *zero]
        if real.scale is not None and real.precision is not None:
            found += [Decimals(real.precision, real.scale), Unrounded(real.scale)]
        return found

    # --- what may break another's demands ---------------------------------------------

    def text(self, plan: TablePlan, column: PlanColumn) -> str:
        name = self._session.quote(column.name)
        if column.source.name in WORDY:
            return f"CAST({name} AS CHAR)"
        # As octets: what is no UTF-8 is among them.
        if column.source.holds_octets:
            return f"HEX({name})"
        if column.source.collation:
            return f"HEX(CONVERT({name} USING utf8mb4))"
        reader = self._session.reader
        assert isinstance(reader, Reader)
        return f"CAST({reader.expression(column, LoadFormat.ROWS)} AS CHAR)"

    def sent(self, column: PlanColumn, value: Any) -> Sent:
        real = column.source
        if real.name in WORDY or not (real.holds_octets or real.collation):
            return str(value)
        octets = bytes.fromhex(str(value))
        if column.kind is ColumnKind.BINARY:
            return octets
        if column.kind is ColumnKind.UUID and real.holds_octets:
            return octets.hex()
        return octets.decode("utf-8", "surrogateescape")

    def narrowed(
        self, column: PlanColumn, rule: Rule, name: str
    ) -> Suspects | str | None:
        real = column.source
        every = Suspects(f"{name} IS NOT NULL")
        number = number_suspects(real, rule, name)
        if number != "" and not real.zerofill and real.name not in ("float", "double"):
            return number
        match rule:
            case Octets(most) | Cut(most):
                text = name if real.holds_octets else f"CONVERT({name} USING utf8mb4)"
                return f"LENGTH({text}) > {most}"
            case FilledOctets(length):
                return f"LENGTH({name}) < {length}"
            case NoNul() if not (real.collation or real.holds_octets):
                return None
            case NoNul():
                return f"LOCATE(X'00', CAST({name} AS BINARY)) > 0"
            case ValidText() if not real.holds_octets:
                return None
            case Moment():
                return _moment_suspects(column, rule, name) or every
            case OnOneClock():
                return _on_odd_hours(rule, name)
            case Fraction(most):
                if real.scale is not None and real.scale <= most:
                    return None
                return Suspects(f"MICROSECOND({name}) <> 0")
            case Canonical():
                return None
            case Numeric() | NoNegativeZero() if real.name in ("float", "double"):
                return Suspects(f"{name} = 0") if rule == NoNegativeZero() else None
        return _text_suspects(column, rule, name, every)


def _text_suspects(
    column: PlanColumn, rule: Rule, name: str, every: Suspects
) -> Suspects | str | None:
    real = column.source
    if real.holds_octets:
        return every
    match rule:
        case Characters(most):
            in_characters = real.name in ("char", "varchar") and real.length
            is_short = in_characters and (real.length or 0) <= most
            return None if is_short else f"CHAR_LENGTH({name}) > {most}"
        case NoSpaceBehind():
            # Not compared as texts: to most collations a space equals nothing.
            return f"HEX(RIGHT(CONVERT({name} USING utf8mb4), 1)) = '20'"
        case CharacterSet():
            if _codec(real.collation) == rule.codec:
                return None
            return Suspects(f"LENGTH({name}) <> CHAR_LENGTH({name})")
    return every


def _on_odd_hours(rule: OnOneClock, name: str) -> Suspects | None:
    hours = odd_hours(rule.zone, of_instants=rule.of_instants)
    if not hours:
        return None
    # Not by the server's own zones, which it may not have been given.
    hour = f"MONTH({name}) * 10000 + DAYOFMONTH({name}) * 100 + HOUR({name})"
    return Suspects(f"{hour} IN ({', '.join(map(str, hours))})")


def _moment_suspects(column: PlanColumn, rule: Moment, name: str) -> Suspects | None:
    if rule.form == "clock":
        return Suspects(f"({name} < '00:00:00' OR {name} >= '24:00:00')")
    if rule.lowest or rule.highest:
        return None
    if not rule.real:
        return Suspects("1 = 0")
    return Suspects(
        f"({name} < '0001-01-02' OR DAYOFMONTH({name}) = 0 OR MONTH({name}) = 0)"
    )


# --- rules of types -------------------------------------------------------------------


def _codec(collation: str) -> str:
    """Return Python's name of a collation's character set; "" for all of Unicode."""
    return CODECS.get(collation.partition("_")[0], "")


def _words(declared: str) -> tuple[str, ...]:
    return tuple(word.replace("''", "'") for word in WORD.findall(declared))


def _text(column: PlanColumn, here: Column) -> list[Rule]:
    real = column.destination
    if real.name in ("enum", "set"):
        kind = Words if real.name == "enum" else WordSet
        return [ValidText(), kind(_words(here.declared))]
    if real.name == "binary" and real.length is not None:
        return [Octets(real.length), FilledOctets(real.length)]
    if real.holds_octets:
        return octet_rules(column, real.length)
    found: list[Rule] = [ValidText()]
    if real.name in LONG_TEXTS:
        found += octet_rules(column, real.length)
    elif real.length is not None:
        found.append(Characters(real.length))
    if real.name == "char":
        found.append(NoSpaceBehind())
    codec = _codec(real.collation)
    return [*found, *([CharacterSet(codec)] if codec else [])]


def _integer(column: PlanColumn, here: Column) -> list[Rule]:
    real = column.destination
    if real.name == "decimal":
        scale = real.scale or 0
        return [Decimals(real.precision or 10, scale, exact=True), Canonical()]
    if real.name == "bit":
        return [Whole(0, (1 << (real.precision or 1)) - 1), Canonical()]
    if real.name == "year":
        return [Whole(1901, 2155, rounding=True), Canonical()]
    bits = BITS.get(real.name)
    if bits is None:
        return []
    rest: list[Rule] = [Unrounded(0), Canonical()]
    if "unsigned" in here.declared:
        return [Whole(0, (1 << bits) - 1, rounding=True), *rest]
    half = 1 << (bits - 1)
    return [Whole(-half, half - 1, rounding=True), *rest]


def _unsigned(column: PlanColumn, here: Column) -> list[Rule]:
    """Return what an unsigned column demands whose range is no rule by itself."""
    is_signed = "unsigned" not in here.declared
    return [] if is_signed or column.destination.name in BITS else [NotNegative()]


def _decimal(column: PlanColumn, here: Column) -> list[Rule]:
    real = column.destination
    if real.name in BITS:
        return [*_integer(column, here), NoNegativeZero()]
    if real.name in ("float", "double"):
        bits = 32 if real.name == "float" else 64
        return [Numeric(), FloatRange(bits), Digits(bits)]
    scale = real.scale or 0
    return [Decimals(real.precision or 10, scale, exact=True), NoNegativeZero()]


def _moment(column: PlanColumn, *, foreign: bool) -> list[Rule]:
    real, kind = column.destination, column.kind
    form = {ColumnKind.DATE: "day", ColumnKind.TIME: "clock"}.get(kind, "moment")
    found: list[Rule] = [Moment(form, real=foreign, zero=True)]
    if real.name == "timestamp":
        # Zero is none of them, and taken all the same.
        first, last = "1970-01-01 00:00:01", "2038-01-19 03:14:07.999999"
        found = [Moment(form, zero=True, lowest=first, highest=last)]
    if kind is not ColumnKind.DATE:
        found.append(Fraction(real.scale or 0))
    return found
