"""Reads SQLite as the text that its values stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ...batches import is_long
from ...columns import ColumnKind
from ...keys import (
    EVERYTHING,
    Condition,
    Key,
    KeyRange,
    KeyValue,
    row_comparison,
)
from ...lines import is_utf8
from ...moments import conversion
from ...plan import PlanColumn, TablePlan
from ...rows import LoadFormat
from ..reader import Raw, RawRow
from ..reading import BlockReader, copies_digits, copies_octets
from . import pages
from .moments import NONE, clock_sent, day_sent, moment_sent

if TYPE_CHECKING:
    from .session import SQLiteSession

BY_INDEX = r"USING (?:COVERING )?(?:INDEX (\S+)|(INTEGER PRIMARY KEY))"
"""How EXPLAIN QUERY PLAN goes on of a table that is not read from end to end."""

NUMBERS = {ColumnKind.FLOAT, ColumnKind.DECIMAL}

Conversion = Callable[[Any], bytes | None]


# Whole days, possibly negative, and a rest of seconds that never is.
DAY = 86_400_000_000
INTERVAL = (
    "(({name} - (({name} % {day}) + {day}) % {day}) / {day}) || ' days ' || "
    "printf('%d.%06d', ((({name} % {day}) + {day}) % {day}) / 1000000, "
    "((({name} % {day}) + {day}) % {day}) % 1000000) || ' seconds'"
)


# No word of PostgreSQL's for a moment, such as "allballs", looks like that.
DAY_GLOB = "????-??-??"
CLOCK_GLOB = "??:[0-5]?:[0-5]?"


def row_range(
    names: Sequence[str], placeholders: Sequence[str], key_range: KeyRange
) -> Condition:
    """Select a range as ``row_comparison`` does, also by a text that is no UTF-8.

    The driver binds no such text, but its octets. A cast alone would have an
    affinity, and numbers of the column would be compared as texts.
    """
    parts: list[str] = []
    values: list[KeyValue] = []
    for one in (KeyRange(key_range.lower), KeyRange(None, key_range.upper)):
        bound = [_octets_of(value) for value in one.lower or one.upper or ()]
        marks = [
            mark if octets is None else f"+CAST({mark} AS TEXT)"
            for mark, octets in zip(placeholders, bound, strict=False)
        ]
        part, found = row_comparison(names, marks, one)
        if found:
            parts.append(part)
            pairs = zip(found, bound, strict=True)
            values += [v if octets is None else octets for v, octets in pairs]
    return " AND ".join(parts) or "1=1", values


def _octets_of(value: KeyValue) -> bytes | None:
    """Return the octets of a text of a file in UTF-8 that is none, else None."""
    if not isinstance(value, str):
        return None
    octets = value.encode("utf-8", "surrogateescape")
    return None if is_utf8(octets) else octets


class Reader(BlockReader):
    """Reads ranges of a table in the key's own collation."""

    selector = staticmethod(row_range)
    odd_text = ("?", NONE)
    _session: SQLiteSession

    def __init__(self, session: SQLiteSession) -> None:
        super().__init__(session)
        create = session.connection.create_function
        create("mc_moment_sent", 2, moment_sent, deterministic=True)
        create("mc_day_sent", 1, day_sent, deterministic=True)
        create("mc_clock_sent", 1, clock_sent, deterministic=True)

    def literal(self, value: Any) -> str:
        if isinstance(value, str) and ("%" in value or "\0" in value):
            # The one is formatted where Django's own connection runs a statement, and
            # quote() ends at the other. Without an affinity, as a literal is.
            return f"+CAST(x'{value.encode().hex()}' AS TEXT)"
        return str(self._session.query("SELECT quote(?)", (value,))[0][0])

    def serving_index(self, sql: str, rows: str) -> str:
        for *_numbers, detail in self._session.query(f"EXPLAIN QUERY PLAN {sql}"):
            found = re.match(rf"SEARCH {rows} {BY_INDEX}", str(detail))
            if found:
                return found[1] or found[2]
        return ""

    def own_columns(self, plan: TablePlan) -> Sequence[str]:
        stored = plan.is_as_stored
        number = pages.row_number(self._session, plan.source_table, stored=stored)
        return [number] if number else []

    def key_text(self, column: PlanColumn) -> str:
        name = self._session.quote(column.name)
        return f"{name}, typeof({name})"

    def found_key(self, plan: TablePlan, row: tuple[Any, ...]) -> Key:
        # Octets and text sort apart, whatever they are.
        return tuple(
            value.encode("utf-8", "surrogateescape") if kind == "blob" else value
            for value, kind in zip(row[::2], row[1::2], strict=True)
        )

    def raw(self, plan: TablePlan, key_range: KeyRange, load_format: LoadFormat) -> Raw:
        columns = [self.expression(plan, c, load_format) for c in plan.written]
        batches = self._fetch(self._pages(plan, key_range, columns))
        if conversions := _conversions(plan, load_format):
            batches = map(partial(_converted, conversions), batches)
        in_rows = load_format is LoadFormat.ROWS
        octets = (i for i, c in enumerate(plan.written) if c.is_octets_there)
        return Raw(batches, frozenset(() if in_rows else octets))

    def _fetch(self, batches: Iterator[list[RawRow]]) -> Iterator[list[RawRow]]:
        def following() -> list[RawRow]:
            with self._session.errors():
                return next(batches, [])

        return iter(following, [])

    def _pages(
        self, plan: TablePlan, key_range: KeyRange, columns: list[str]
    ) -> Iterator[list[RawRow]]:
        """Yield batches; what uses one may take its time, nothing is locked."""
        session = self._session
        long = [i for i, column in enumerate(plan.written) if is_long(column)]
        if self.is_sorted(plan):
            order = [session.quote(name) for name in plan.key]
            return pages.pages(
                session,
                columns,
                order,
                lambda part: self.selection(plan, part, "?"),
                key_range,
                long,
            )
        stored = plan.is_as_stored
        number = pages.row_number(session, plan.source_table, stored=stored)
        found = self.selection(plan, key_range, "?")
        if not number:
            return pages.whole(session, columns, found, long)

        def numbered(part: KeyRange) -> pages.Part:
            condition, values = self.selector([number], ["?"], part)
            source = f"{found[0]} AND {condition} ORDER BY {number}"
            return source, [*found[1], *values]

        return pages.pages(session, columns, [number], numbered, EVERYTHING, long)

    def _moment(self, plan: TablePlan, column: PlanColumn, name: str) -> str:
        """Return a moment in the one spelling that every engine reads."""
        # As octets, where a text of the file is UTF-8: it may be none.
        stored = name
        if self._session.file.encoding == "UTF-8":
            stored = f"iif(typeof({name}) = 'text', CAST({name} AS BLOB), {name})"
        match column.kind:
            case ColumnKind.DATE:
                plain, rest = f"{name} GLOB '{DAY_GLOB}'", f"mc_day_sent({stored})"
            case ColumnKind.TIME:
                plain = f"length({name}) IN (8, 15) AND {name} GLOB '{CLOCK_GLOB}*'"
                rest = f"mc_clock_sent({stored})"
            case _:
                glob = f"{DAY_GLOB} {CLOCK_GLOB}*"
                plain = f"length({name}) IN (19, 26) AND {name} GLOB '{glob}'"
                rest = f"mc_moment_sent({stored}, '{plan.zone}')"
        text = f"typeof({name}) = 'text' AND {plain}"
        return f"CASE WHEN {text} THEN {name} ELSE {rest} END"

    def expression(
        self, plan: TablePlan, column: PlanColumn, load_format: LoadFormat
    ) -> str:
        name = self._session.quote(column.name)
        if column.numbers is not None:
            return self._session.renumbered(name, column.numbers)
        match column.kind:
            case ColumnKind.BINARY:
                return name
            case ColumnKind.FLOAT | ColumnKind.DECIMAL:
                # Octets are greater than any other value; typeof() would cost more.
                return f"iif({name} >= x'', '?', {name})"
            case ColumnKind.INTEGER | ColumnKind.BOOLEAN:
                # Octets that happen to be digits are no number.
                return f"iif({name} >= x'', '?', CAST({name} AS TEXT))"
            case ColumnKind.UUID:
                return (
                    f"iif(typeof({name}) = 'blob' AND length({name}) = 16, "
                    f"lower(hex({name})), CAST({name} AS TEXT))"
                )
            case ColumnKind.DURATION:
                text = f"CAST({name} AS TEXT)"
                if load_format is LoadFormat.COPY:
                    text = INTERVAL.format(name=name, day=DAY)
                return _by_type(name, "integer", text)
            case ColumnKind.TIMESTAMP | ColumnKind.DATE | ColumnKind.TIME:
                return self._moment(plan, column, name)
            case _:
                return f"CAST({name} AS TEXT)"


def _by_type(name: str, kind: str, text: str) -> str:
    """Return the text of values of a storage class, and NONE of all others."""
    return (
        f"CASE WHEN typeof({name}) = '{kind}' THEN {text} "
        f"WHEN {name} IS NOT NULL THEN '{NONE}' END"
    )


def _conversions(plan: TablePlan, load_format: LoadFormat) -> dict[int, Conversion]:
    found: dict[int, Conversion] = {}
    for index, column in enumerate(plan.written):
        if column.kind in NUMBERS:
            found[index] = _number
        elif column.kind is ColumnKind.UUID and copies_octets(column, load_format):
            found[index] = _copy_uuid
        elif column.kind is ColumnKind.UUID and copies_digits(column, load_format):
            found[index] = _digits
        elif column.kind is ColumnKind.TIMESTAMP and (
            convert := conversion(plan, column)
        ):
            found[index] = _in_text(convert)
    return found


def _in_text(convert: Callable[[str], str]) -> Conversion:
    return lambda value: None if value is None else convert(value.decode()).encode()


def _number(value: Any) -> bytes | None:
    """Spell a number in the fewest digits that are that double again.

    A text that stands where a number should is passed on for the destination to
    read or refuse.
    """
    if value is None or isinstance(value, bytes):
        return value
    return repr(value).encode()


def _copy_uuid(value: Any) -> bytes | None:
    digits = _digits(value)
    return None if digits is None else b"\\x" + digits


def _digits(value: Any) -> bytes | None:
    return None if value is None else _bytes(value).replace(b"-", b"")


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _converted(conversions: dict[int, Conversion], batch: list[RawRow]) -> list[RawRow]:
    rows = []
    for row in batch:
        values = list(row)
        for index, convert in conversions.items():
            values[index] = convert(values[index])
        rows.append(tuple(values))
    return rows
