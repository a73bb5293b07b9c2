"""What PostgreSQL's columns demand, and what of its own may break other demands."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ...columns import Column, ColumnKind
from ...json_rules import Json, OneKey
from ...moment_rules import (
    Address,
    Fraction,
    HexDigits,
    Moment,
    OnOneClock,
    Uuid,
    UuidDigits,
)
from ...number_rules import (
    Canonical,
    Decimals,
    Digits,
    FloatBits,
    FloatRange,
    NoNan,
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
    Xml,
)
from ..scanner import Suspects
from ..scanning import SQLScanner, number_suspects
from . import moments
from .reader import Reader

BITS = {"int2": 15, "int4": 31, "int8": 63}
SPECIAL = frozenset({"nan", "inf", "infinity"})
LABELS = """
    SELECT enumlabel FROM pg_enum WHERE enumtypid = to_regtype(%s)
    ORDER BY enumsortorder
"""


class Scanner(SQLScanner):
    """Scans typed columns, whose values are what their types say."""

    # The server does it.
    converts = False

    # --- what is demanded here ---------------------------------------------------

    def is_alike(self, plan: TablePlan, column: PlanColumn) -> bool:
        return column.source == column.destination and column.source.name != "enum"

    def rules(
        self, plan: TablePlan, column: PlanColumn, here: Column, *, foreign: bool
    ) -> list[Rule]:
        name = column.destination.name
        match column.kind:
            case ColumnKind.INTEGER | ColumnKind.BOOLEAN:
                return _integer(column)
            case ColumnKind.DECIMAL:
                return _decimal(column)
            case ColumnKind.FLOAT:
                return _float(column)
            case ColumnKind.DURATION:
                if name == "interval":
                    least = -(1 << 63) + 1
                    return [Whole(least, (1 << 63) - 1)] if foreign else []
                return [Nothing()] if foreign or column.source.name != name else []
            case ColumnKind.TEXT:
                return self._text_rules(column, here)
            case ColumnKind.UUID if name == "bytea":
                return [HexDigits()]
            case ColumnKind.UUID if name == "uuid":
                return [Uuid()]
            case ColumnKind.UUID if column.destination.length == 32:
                return [UuidDigits()]
            case ColumnKind.JSON if name in ("json", "jsonb"):
                binary = name == "jsonb"
                found: list[Rule] = [Json(texts=binary, nul=not binary)]
                return [*found, *([OneKey()] if binary else [])]
            case ColumnKind.ADDRESS if name == "inet":
                return [Address()]
            case ColumnKind.TIMESTAMP | ColumnKind.DATE | ColumnKind.TIME:
                return _moment(column, foreign=foreign)
            case ColumnKind.UUID | ColumnKind.JSON | ColumnKind.ADDRESS:
                return [ValidText(), NoNul(), *_length(column)]
        return []

    def _text_rules(self, column: PlanColumn, here: Column) -> list[Rule]:
        name = column.destination.name
        if column.destination.holds_octets:
            return []
        found: list[Rule] = [ValidText(), NoNul()]
        if name == "enum":
            labels = self._session.query(LABELS, (here.declared,))
            return [*found, Words(tuple(str(label) for (label,) in labels))]
        if name == "name":
            return [*found, Cut(63)]
        if name == "xml":
            return [*found, Xml()]
        return [*found, *_length(column)]

    # --- what may break another's demands -----------------------------------------

    def reading_rules(self, column: PlanColumn) -> list[Rule]:
        is_text = column.kind is ColumnKind.TEXT and not column.destination.holds_octets
        # No text of this server's holds a NUL.
        return [NoNul()] if is_text and column.source.holds_octets else []

    def text(self, plan: TablePlan, column: PlanColumn) -> str:
        name = self._session.quote(column.name)
        if column.source.holds_octets:
            return f"encode({name}, 'hex')"
        reader = self._session.reader
        assert isinstance(reader, Reader)
        return reader.text_of(plan, column, LoadFormat.ROWS)

    def sent(self, column: PlanColumn, value: Any) -> Sent:
        if not column.source.holds_octets:
            return str(value)
        if column.kind is ColumnKind.UUID:
            return str(value)
        octets = bytes.fromhex(value)
        if column.kind is ColumnKind.BINARY:
            return octets
        return octets.decode("utf-8", "surrogateescape")

    def narrowed(
        self, column: PlanColumn, rule: Rule, name: str
    ) -> Suspects | str | None:
        real = column.source
        every = Suspects(f"{name} IS NOT NULL")
        if real.name == "bool" or isinstance(rule, Canonical):
            return None
        if real.name == "uuid":
            if isinstance(rule, Uuid) and rule.strict:
                return Suspects(f"substr({name}::text, 15, 1) >= '8'")
            return None
        if real.name in ("float4", "float8"):
            return _float_suspects(rule, name) or every
        number = number_suspects(real, rule, name)
        if number is None and real.name == "numeric":
            takes_nan = isinstance(rule, Unrounded) or "nan" in getattr(
                rule, "specials", ""
            )
            return None if takes_nan else Suspects(f"{name} = 'NaN'")
        if number != "":
            if isinstance(number, Suspects) and real.name == "numeric":
                return Suspects(f"({number.condition} OR {name} = 'NaN')")
            return number
        return _text_suspects(column, rule, name, every)


def _text_suspects(
    column: PlanColumn, rule: Rule, name: str, every: Suspects
) -> Suspects | str | None:
    real, text = column.source, _spelled(column, name)
    octets = name if real.holds_octets else text
    match rule:
        case Octets(most) | Cut(most):
            return f"octet_length({octets}) > {most}"
        case FilledOctets(length):
            return f"octet_length({octets}) < {length}"
        case Moment() | OnOneClock():
            return _moment_suspects(rule, name)
        case Fraction(most):
            if real.scale is not None and real.scale <= most:
                return None
            return Suspects(f"position('.' IN {text}) > 0")
        case NoNul() if real.holds_octets:
            return f"position('\\x00'::bytea IN {name}) > 0"
    if real.holds_octets:
        return every
    match rule:
        case Characters(most):
            is_short = real.length is not None and real.length <= most
            return None if is_short else f"char_length({text}) > {most}"
        case NoNul() | ValidText():
            return None
        case NoSpaceBehind():
            return f"right({text}, 1) = ' '"
        case CharacterSet():
            return Suspects(f"octet_length({text}) <> char_length({text})")
        case Json() | OneKey() if real.name == "jsonb":
            if isinstance(rule, OneKey) or (rule.depth is None and not rule.doubles):
                return None
            if rule.doubles:
                return every
            brackets = f"length({text}) - length(translate({text}, '[{{', ''))"
            return Suspects(f"{brackets} > {rule.depth}")
    return every


def _spelled(column: PlanColumn, name: str) -> str:
    # The cast would add the mask of one address, which is not sent.
    return f"abbrev({name})" if column.source.name == "inet" else f"{name}::text"


def _moment_suspects(rule: Moment | OnOneClock, name: str) -> Suspects | str | None:
    if isinstance(rule, OnOneClock):
        made = moments.is_repeated if rule.of_instants else moments.is_skipped
        return made(name, rule.zone)
    if rule.form == "clock":
        return Suspects(f"{name} >= '24:00:00'")
    return Suspects(_outside(rule, name))


def _outside(rule: Moment, name: str) -> str:
    # A day more at both ends: clocks of zones differ.
    margin = timedelta(days=2)
    lowest = date.fromisoformat(rule.lowest[:10] or "0001-01-01") + margin
    highest = date.fromisoformat(rule.highest[:10] or "9999-12-31") - margin
    return f"({name} < '{lowest}' OR {name} > '{highest}')"


def _float_suspects(rule: Rule, name: str) -> Suspects | str | None:
    match rule:
        case NoNegativeZero():
            return Suspects(f"{name} = 0")
        case NoNan():
            return f"{name} = 'NaN'"
        case NotNegative():
            return f"{name} < 0"
        case Numeric():
            return Suspects(f"{name} IN ('NaN', 'Infinity', '-Infinity')")
    return None


# --- rules of types ------------------------------------------------------------


def _length(column: PlanColumn) -> list[Rule]:
    length = column.destination.length
    found: list[Rule] = [] if length is None else [Characters(length)]
    if column.destination.name == "bpchar" and column.kind is ColumnKind.TEXT:
        found.append(NoSpaceBehind())
    return found


def _integer(column: PlanColumn) -> list[Rule]:
    name = column.destination.name
    if name == "numeric":
        return _decimal(column)
    if name in ("bool", "bit"):
        return [Whole(0, 1), Canonical()]
    bits = BITS.get(name)
    return [] if bits is None else [Whole(-(1 << bits), (1 << bits) - 1), Canonical()]


def _decimal(column: PlanColumn) -> list[Rule]:
    real = column.destination
    if real.name in BITS:
        return [*_integer(column), NoNegativeZero()]
    if real.name == "float4":
        return [Numeric(SPECIAL), FloatRange(32, underflow=True), Digits(32)]
    if real.name == "float8":
        return [Numeric(SPECIAL), FloatRange(64, underflow=True), Digits()]
    if real.precision is None:
        return [Numeric(SPECIAL), NoNegativeZero()]
    nan = frozenset({"nan"})
    scale = real.scale or 0
    return [Decimals(real.precision, scale, nan), Unrounded(scale), NoNegativeZero()]


def _float(column: PlanColumn) -> list[Rule]:
    real = column.destination
    if real.name == "float8":
        return [Numeric(SPECIAL), FloatRange(64, underflow=True), FloatBits(64)]
    if real.name == "float4":
        return [Numeric(SPECIAL), FloatRange(32, underflow=True), FloatBits(32)]
    return _decimal(column)


def _moment(column: PlanColumn, *, foreign: bool) -> list[Rule]:
    real, kind = column.destination, column.kind
    found: list[Rule] = []
    if foreign and kind is ColumnKind.TIME:
        found.append(Moment("clock", lowest="00:00:00", highest="24:00:00.000000"))
    elif foreign:
        form = "day" if kind is ColumnKind.DATE else "moment"
        found.append(Moment(form))
    if real.scale is not None and kind is not ColumnKind.DATE:
        found.append(Fraction(real.scale))
    return found
