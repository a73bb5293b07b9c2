"""Reads SQLite as the text that its values stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ...batches import BatchSize
from ...columns import ColumnKind
from ...keys import Key, KeyRange, row_comparison
from ...moments import conversion
from ...plan import PlanColumn, TablePlan
from ...rows import LoadFormat
from ..reading import BlockReader, RawRow, copies_octets
from .moments import NONE, clock_sent, day_sent, moment_sent

if TYPE_CHECKING:
    from .session import SQLiteSession

BATCH_ROWS = 2_000
LONG_BATCH_ROWS = 64

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


class Reader(BlockReader):
    """Reads ranges of a table in the key's own collation."""

    selector = staticmethod(row_comparison)
    _session: SQLiteSession

    def __init__(self, session: SQLiteSession) -> None:
        super().__init__(session)
        create = session.connection.create_function
        create("mc_moment_sent", 2, moment_sent, deterministic=True)
        create("mc_day_sent", 1, day_sent, deterministic=True)
        create("mc_clock_sent", 1, clock_sent, deterministic=True)

    def key_text(self, column: PlanColumn) -> str:
        name = self._session.quote(column.name)
        return f"{name}, typeof({name})"

    def found_key(self, plan: TablePlan, row: tuple[Any, ...]) -> Key:
        # Octets and text sort apart, whatever they are.
        return tuple(
            value.encode("utf-8", "surrogateescape") if kind == "blob" else value
            for value, kind in zip(row[::2], row[1::2], strict=True)
        )

    def raw(
        self, plan: TablePlan, key_range: KeyRange, load_format: LoadFormat
    ) -> Iterator[list[RawRow]]:
        source, values = self.selection(plan, key_range, "?")
        columns = ", ".join(
            self._expression(plan, c, load_format) for c in plan.written
        )
        conversions = _conversions(plan, load_format)
        size = BatchSize(plan, BATCH_ROWS, LONG_BATCH_ROWS)
        with self._session.errors():
            cursor = self._session.connection.execute(
                f"SELECT {columns} {source}", values
            )
            while batch := cursor.fetchmany(size.rows):
                size.follow(batch)
                yield _converted(batch, conversions) if conversions else batch

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

    def _expression(
        self, plan: TablePlan, column: PlanColumn, load_format: LoadFormat
    ) -> str:
        name = self._session.quote(column.name)
        match column.kind:
            case ColumnKind.FLOAT | ColumnKind.DECIMAL | ColumnKind.BINARY:
                return name
            case ColumnKind.DURATION:
                text = f"CAST({name} AS TEXT)"
                if load_format is LoadFormat.COPY:
                    text = INTERVAL.format(name=name, day=DAY)
                return _by_type(name, "integer", text)
            case ColumnKind.TIMESTAMP | ColumnKind.DATE | ColumnKind.TIME:
                return self._moment(plan, column, name)
            case ColumnKind.UUID:
                return _uuid(column, name, load_format)
            case _:
                return f"CAST({name} AS TEXT)"


def _by_type(name: str, kind: str, text: str) -> str:
    """Return the text of values of a storage class, and NONE of all others."""
    return (
        f"CASE WHEN typeof({name}) = '{kind}' THEN {text} "
        f"WHEN {name} IS NOT NULL THEN '{NONE}' END"
    )


def _uuid(column: PlanColumn, name: str, load_format: LoadFormat) -> str:
    if column.source.name == "blob":
        name = f"iif(typeof({name}) = 'blob', lower(hex({name})), {name})"
    if copies_octets(column, load_format):
        return rf"'\x' || replace({name}, '-', '')"
    return f"CAST({name} AS TEXT)"


def _conversions(plan: TablePlan, load_format: LoadFormat) -> dict[int, Conversion]:
    found: dict[int, Conversion] = {}
    for index, column in enumerate(plan.written):
        match column.kind:
            case ColumnKind.FLOAT:
                found[index] = _float
            case ColumnKind.DECIMAL:
                found[index] = _decimal
            case ColumnKind.BINARY if load_format is LoadFormat.COPY:
                found[index] = _copy_hex
            case ColumnKind.BINARY if load_format is LoadFormat.CSV:
                found[index] = _csv_hex
            case ColumnKind.TIMESTAMP if convert := conversion(plan, column):
                found[index] = _in_text(convert)
    return found


def _in_text(convert: Callable[[str], str]) -> Conversion:
    return lambda value: None if value is None else convert(value.decode()).encode()


def _float(value: Any) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    return repr(value).encode()


def _decimal(value: Any) -> bytes | None:
    if isinstance(value, float):
        # A decimal that SQLite keeps as a double has 15 digits that mean
        # something, which is also what Django reads.
        return format(Decimal(f"{value:.15g}"), "f").encode()
    return _float(value)


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _copy_hex(value: Any) -> bytes | None:
    return None if value is None else b"\\x" + _bytes(value).hex().encode()


def _csv_hex(value: Any) -> bytes | None:
    return None if value is None else _bytes(value).hex().encode()


def _converted(batch: list[RawRow], conversions: dict[int, Conversion]) -> list[RawRow]:
    rows = []
    for row in batch:
        values = list(row)
        for index, convert in conversions.items():
            values[index] = convert(values[index])
        rows.append(tuple(values))
    return rows
