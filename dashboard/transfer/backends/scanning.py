"""What the scanners of the three engines have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from ..batches import is_long
from ..columns import ColumnKind, ColumnType
from ..keys import Condition, Key, KeyRange
from ..moments import conversion
from ..number_rules import (
    Canonical,
    Decimals,
    FloatRange,
    NoNan,
    NoNegativeZero,
    NotNegative,
    Numeric,
    Unrounded,
    Whole,
)
from ..plan import PlanColumn, TablePlan
from ..rules import Nothing, NotNull, Rule, Sent
from ..text_rules import Octets
from .reading import SQLReader
from .scanner import Question, Scanner, Suspects

if TYPE_CHECKING:
    from .base import Session

# Long values are fetched so many at once.
LONG_ROWS = 50

INTEGERS = {"int2": 15, "int4": 31, "int8": 63}
INTEGERS |= {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}
"""Types that hold nothing but integers, and how many bits one has at most."""


class SQLScanner(Scanner):
    """Counts suspects by one statement, and fetches them in the key's order."""

    _session: Session

    def __init__(self, session: Session) -> None:
        self._session = session

    @abstractmethod
    def narrowed(
        self, column: PlanColumn, rule: Rule, name: str
    ) -> Suspects | str | None:
        """Return what may break a rule, by the column's quoted name.

        A condition that is exact, Suspects, or None where nothing can.
        """

    @abstractmethod
    def text(self, plan: TablePlan, column: PlanColumn) -> str:
        """Return SQL for what ``sent`` makes a value of."""

    @abstractmethod
    def sent(self, column: PlanColumn, value: Any) -> Sent:
        """Return what goes on its way for a value of ``text``."""

    def suspects(
        self, plan: TablePlan, column: PlanColumn, rule: Rule
    ) -> Suspects | None:
        name = self._session.quote(column.name)
        if isinstance(rule, NotNull):
            return Suspects(f"{name} IS NULL", exact=True)
        if isinstance(rule, Nothing):
            return Suspects(f"{name} IS NOT NULL", exact=True)
        if column.numbers is not None:
            # What they become is another database's own.
            return None
        found = self.narrowed(column, rule, name)
        return Suspects(found, exact=True) if isinstance(found, str) else found

    def counts(
        self, plan: TablePlan, key_range: KeyRange, questions: list[Question]
    ) -> tuple[int, list[int]]:
        source, values = self._source(plan, key_range)
        sums = "".join(
            f", sum(CASE WHEN {q.suspects.condition} THEN 1 ELSE 0 END)"
            for q in questions
        )
        row = self._session.query(f"SELECT count(*){sums} {source}", values)[0]
        return int(row[0]), [int(found or 0) for found in row[1:]]

    def suspected_rows(self, plan: TablePlan, questions: list[Question]) -> str:
        rows = self._reader.table_and_rows(plan)[1]
        conditions = " OR ".join(f"({one.suspects.condition})" for one in questions)
        return f"(SELECT count(*) FROM {rows} WHERE {conditions})"  # noqa: S608

    def suspected(
        self, plan: TablePlan, key_range: KeyRange, question: Question, most: int
    ) -> list[tuple[Key, Sent | None]]:
        reader = self._reader
        column, suspects = question.column, question.suspects
        source, values = self._source(plan, key_range)
        order = reader.order(reader.table_and_rows(plan)[0], plan)
        keys = [reader.key_text(one) for one in plan.key_columns]
        text = "NULL" if suspects.exact else self.text(plan, column)
        limit = min(most, LONG_ROWS) if is_long(column) else most
        rows = self._session.query(
            f"SELECT {', '.join([*keys, text])} {source} AND ({suspects.condition})"
            f"{order} LIMIT {int(limit)}",
            values,
        )
        return [
            (reader.found_key(plan, row[:-1]), self._on_its_way(plan, column, row[-1]))
            for row in rows
        ]

    def _on_its_way(
        self, plan: TablePlan, column: PlanColumn, value: Any
    ) -> Sent | None:
        if value is None:
            return None
        found = self.sent(column, value)
        convert = conversion(plan, column)
        if convert is None or isinstance(found, bytes) or not self.converts:
            return found
        try:
            return convert(found)
        except Exception:
            # A time that no clock shows, or that two instants have.
            return None

    # Whether moments are converted here and not by the server.
    converts = True

    @property
    def _reader(self) -> SQLReader:
        reader = self._session.reader
        assert isinstance(reader, SQLReader)
        return reader

    def _source(self, plan: TablePlan, key_range: KeyRange) -> Condition:
        table, rows = self._reader.table_and_rows(plan)
        where, values = self._reader.condition(
            table, plan, key_range, self._session.placeholder
        )
        return f"FROM {rows} WHERE {where}", values


def number_suspects(real: ColumnType, rule: Rule, name: str) -> Suspects | str | None:
    """Return what of a number of a type of its own may break a rule.

    The condition "" where nothing is known.
    """
    bits = INTEGERS.get(real.name)
    if bits is None and not (real.precision and real.scale is not None):
        return ""
    match rule:
        case Whole() if bits is not None:
            limit = 1 << bits
            if rule.lowest <= -limit and limit <= rule.highest:
                return None
            return f"{name} NOT BETWEEN {rule.lowest} AND {rule.highest}"
        case Whole() if not rule.rounding and real.scale == 0:
            return Suspects(f"NOT {name} BETWEEN {rule.lowest} AND {rule.highest}")
        case Unrounded():
            if bits is not None or (real.scale or 0) <= rule.scale:
                return None
            return f"{name} <> round({name}, {rule.scale})"
        case Decimals() if not rule.exact or (real.scale or 0) <= rule.scale:
            whole = rule.precision - rule.scale
            holds = 20 if bits else (real.precision or 0) - (real.scale or 0)
            if holds <= whole:
                return None
            return Suspects(f"abs({name}) >= {10**whole - 1}")
        case NotNegative():
            return f"{name} < 0"
        case NoNan() | Numeric() | FloatRange() | NoNegativeZero() | Canonical():
            return None
    return ""


def octet_rules(column: PlanColumn, most: int | None) -> list[Rule]:
    """Return the rule of a column of so many octets, None without a bound."""
    return [] if most is None or most >= 1 << 30 else [Octets(most)]


def is_number(column: PlanColumn) -> bool:
    """Whether a column holds numbers, or what is written as one."""
    return column.kind in (
        ColumnKind.INTEGER,
        ColumnKind.BOOLEAN,
        ColumnKind.DECIMAL,
        ColumnKind.FLOAT,
        ColumnKind.DURATION,
    )
