"""Counts and checksums of SQLite: spelled in SQL, hashed in Python."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ... import canonical
from ...canonical import INLINE_OCTETS
from ...checksums import Checksum, HashedColumn, Layout, Selection
from ...columns import ColumnKind, ColumnType
from ...keys import EVERYTHING, KeyRange, KeyValue, row_comparison
from ...plan import PlanColumn, TablePlan
from ..changed_rows import count_changed
from ..comparing import SQLComparer
from ..hashing import Row, batch_rows
from ..projection import rows_read
from .functions import FUNCTIONS
from .pages import Part, row_number, sorting, windows

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

    def unsorted(
        self, columns: Sequence[str], layout: Layout, key_range: KeyRange
    ) -> Iterator[list[Row]]:
        for source, values in self._parts(layout, Selection(key_range)):
            sql = f"SELECT {', '.join(columns)} {source}"
            yield from self.stream(sql, values, batch_rows(layout))

    def sorted(
        self, columns: Sequence[str], layout: Layout, selection: Selection
    ) -> Iterator[list[Row]]:
        # Sorted in a file of this session's own: the other side takes its time.
        with sorting(self._session, len(columns)) as table:
            for source, values in self._parts(layout, selection):
                sql = f"INSERT INTO {table} SELECT {', '.join(columns)} {source}"
                self._session.execute(sql, values)
            sql = f"SELECT * FROM {table} ORDER BY 1"  # noqa: S608
            yield from self.stream(sql, (), batch_rows(layout))

    def own_columns(self, layout: Layout) -> Sequence[str]:
        number = row_number(self._session, layout.table, stored=layout.is_as_stored)
        return [number] if number else []

    def _parts(self, layout: Layout, selection: Selection) -> Iterator[Part]:
        """Divide the FROM and WHERE of the selected rows into short statements."""
        session, key_range = self._session, selection.key_range
        session.was_ended = False
        rows = self.rows_of(layout)
        selected, prefixes = self.condition(
            layout, Selection(EVERYTHING, selection.prefixes)
        )
        if key_range != EVERYTHING:
            # Then the key is one integer, and has an index.
            number = session.quote(layout.key[0].name)
        else:
            number = row_number(session, layout.table, stored=layout.is_as_stored)

        def condition(part: KeyRange) -> Part:
            return self.selector([number], ["?"], part)

        parts: Iterable[Part] = [condition(EVERYTHING)]
        if number:
            parts = windows(session, rows, number, condition, key_range)
        for where, values in parts:
            if session.was_ended:
                raise session.translate(sqlite3.OperationalError("interrupted"))
            yield f"FROM {rows} WHERE {where} AND {selected}", [*values, *prefixes]

    def count_changed(self, plan: TablePlan, key_range: KeyRange) -> dict[str, int]:
        if not plan.changed:
            return {}
        session = self._session
        stored = plan.is_as_stored
        number, own = row_number(session, plan.source_table, stored=stored), []
        if key_range != EVERYTHING:
            # Then the key is one integer, and has an index.
            number = session.quote(plan.key[0])
        elif number:
            own = [number]

        def condition(part: KeyRange) -> Part:
            return self.selector([number], ["?"], part)

        parts: Iterable[Part] = [("1=1", [])]
        if number:
            rows = rows_read(session, plan)[1]
            parts = windows(session, rows, number, condition, key_range)
        found: Counter[str] = Counter(dict.fromkeys((c.name for c in plan.changed), 0))
        for part in parts:
            found.update(count_changed(session, plan, part, own))
        return dict(found)

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
