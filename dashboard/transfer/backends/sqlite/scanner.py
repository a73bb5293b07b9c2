"""What SQLite's columns demand, and what of its values may break other demands.

A column's type binds nobody here: whatever is not of the storage class that the
kind has is read, and looked at as it goes on its way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...columns import Column, ColumnKind
from ...moment_rules import Fraction, Moment, OnOneClock, Uuid, UuidDigits
from ...moments import is_converted
from ...number_rules import (
    Canonical,
    FloatBits,
    FloatDigits,
    NoNan,
    NoNegativeZero,
    Numeric,
    Whole,
)
from ...plan import PlanColumn, TablePlan
from ...rows import LoadFormat
from ...rules import Rule, Sent
from ...text_rules import (
    Characters,
    Cut,
    FilledOctets,
    NoNul,
    NoSpaceBehind,
    Octets,
    ValidText,
)
from ..scanner import Suspects
from ..scanning import SQLScanner
from .attached import is_declared_alike
from .plain import but, plain_moment, plain_number, plain_uuid
from .reader import Reader
from .rules import KeptDigits, NoOctets

if TYPE_CHECKING:
    from .session import SQLiteSession

TEXTS = {"text", "varchar", "char"}
KINDS = {
    "moment": ColumnKind.TIMESTAMP,
    "day": ColumnKind.DATE,
    "clock": ColumnKind.TIME,
}


class Scanner(SQLScanner):
    """Scans what is stored, value by value."""

    _session: SQLiteSession

    def __init__(self, session: SQLiteSession) -> None:
        super().__init__(session)
        session.connection.create_function(
            "mc_no_text", 1, _is_no_text, deterministic=True
        )

    def suspects(
        self, plan: TablePlan, column: PlanColumn, rule: Rule
    ) -> Suspects | None:
        if isinstance(rule, Moment) and is_converted(plan, column):
            # What the other clock shows is not known here.
            return Suspects(f"{self._session.quote(column.name)} IS NOT NULL")
        return super().suspects(plan, column, rule)

    # --- what is demanded here ----------------------------------------------------

    def is_alike(self, plan: TablePlan, column: PlanColumn) -> bool:
        # As a table: it is copied as it is, or value by value.
        return is_declared_alike(plan)

    def rules(
        self, plan: TablePlan, column: PlanColumn, here: Column, *, foreign: bool
    ) -> list[Rule]:
        real = column.destination
        match column.kind:
            case ColumnKind.INTEGER | ColumnKind.BOOLEAN | ColumnKind.DURATION:
                return [Whole(-(1 << 63), (1 << 63) - 1), Canonical()]
            case ColumnKind.DECIMAL if real.name in TEXTS:
                return []
            case ColumnKind.DECIMAL:
                return [Numeric(), KeptDigits()]
            case ColumnKind.FLOAT:
                specials = frozenset({"nan", "inf", "infinity"})
                found: list[Rule] = [Numeric(specials), NoNan(), FloatBits(64)]
                found.append(NoNegativeZero())
                return [*found, *([FloatDigits()] if real.name in TEXTS else [])]
            case ColumnKind.UUID if real.holds_octets or real.length == 32:
                return [Uuid()]
            case ColumnKind.TIMESTAMP:
                return [Moment("moment")]
            case ColumnKind.DATE:
                return [Moment("day")]
            case ColumnKind.TIME:
                return [Moment("clock", lowest="00:00:00", highest="23:59:59.999999")]
            case ColumnKind.BINARY | ColumnKind.OTHER:
                return []
        return [ValidText()]

    # --- what may break another's demands --------------------------------------------

    def reading_rules(self, column: PlanColumn) -> list[Rule]:
        # A column of numbers refuses what is sent for octets, a text takes it.
        is_text = column.destination.name in TEXTS
        return [NoOctets()] if is_text and column.kind is ColumnKind.DECIMAL else []

    def text(self, plan: TablePlan, column: PlanColumn) -> str:
        if column.kind is ColumnKind.BINARY:
            return f"hex({self._session.quote(column.name)})"
        reader = self._session.reader
        assert isinstance(reader, Reader)
        return reader.expression(plan, column, LoadFormat.ROWS)

    def sent(self, column: PlanColumn, value: Any) -> Sent:
        if column.kind is ColumnKind.BINARY:
            return bytes.fromhex(value)
        return repr(value) if isinstance(value, int | float) else str(value)

    def narrowed(
        self, column: PlanColumn, rule: Rule, name: str
    ) -> Suspects | str | None:
        every = Suspects(f"{name} IS NOT NULL")
        match rule:
            case NoOctets():
                return f"typeof({name}) = 'blob'"
            case NoNan() | NoNegativeZero():
                # Neither is stored: the one is NULL, the other an integer.
                return None
            case OnOneClock():
                # All moments are read, and put on their way, for their own rule.
                return None
            case Moment() if column.kind is KINDS[rule.form]:
                return but(name, plain_moment(rule, name))
            case Uuid() | UuidDigits():
                return but(name, plain_uuid(rule, name))
        plain = plain_number(rule, name)
        if plain is not None:
            return but(name, plain)
        return self._text_suspects(rule, name) or every

    def _text_suspects(self, rule: Rule, name: str) -> Suspects | str | None:
        """Return what of a text may break a rule; None where nothing is known."""
        octets = f"CAST({name} AS BLOB)"
        if isinstance(rule, ValidText) and self._session.file.encoding == "UTF-8":
            # A call for each is cheaper than to look for what is not ASCII by GLOB.
            return Suspects(f"mc_no_text({octets})")
        return text_suspects(rule, name, f"length({octets})")


def text_suspects(rule: Rule, name: str, octets: str) -> Suspects | str | None:
    """Return what of a text of so many octets may break a rule; None if unknown."""
    match rule:
        case Octets(most) | Cut(most):
            return f"{octets} > {most}"
        case FilledOctets(length):
            return f"{octets} < {length}"
        case Characters(most):
            # A text with a NUL in it counts as longer than its characters.
            return Suspects(f"{octets} > {most}")
        case NoNul():
            return Suspects(f"instr(CAST({name} AS BLOB), x'00') > 0")
        case NoSpaceBehind():
            return Suspects(f"substr({name}, -1) = ' '")
        case Fraction():
            return Suspects(f"instr({name}, '.') > 0")
    return None


def _is_no_text(octets: bytes | None) -> bool:
    try:
        (octets or b"").decode()
    except UnicodeDecodeError:
        return True
    return False
