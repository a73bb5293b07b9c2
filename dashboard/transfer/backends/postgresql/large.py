"""Rows of a megabyte and more, which the server sends value by value, in slices.

libpq holds a row whole, twice, and a binary value in hexadecimal. What the octets
of a value are is known without reading it, so that finding such rows costs little.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from ...batches import LARGE_OCTETS, is_long
from ...columns import ColumnKind
from ...keys import KeyRange
from ...lines import FORMATS, SLICE_OCTETS, pieces
from ...plan import PlanColumn, TablePlan
from ...rows import LargeText, LoadFormat, Row
from ...stream import TextStream
from .copy_out import CopyOut

if TYPE_CHECKING:
    from .reader import Reader

# Of these the octets of a value are known; of others what it takes, compressed.
MEASURED = {"text", "varchar", "bpchar", "bytea"}
COMPRESSION = 8

# A row is large only if the table has a place outside of its pages.
HAS_OUTSIDE = """
    SELECT relkind = 'p' OR pg_relation_size(nullif(reltoastrelid, 0)) > 0
    FROM pg_class WHERE oid = to_regclass(%s) AND relkind IN ('r', 'p', 'm')
"""

# A row by the table that it is in, one of many partitions, and its place there.
Place = tuple[int, str]
PLACE = ("tableoid", "ctid")
AT_PLACE = "tableoid = %s AND ctid = %s::tid"


class LargeRows:
    """The large rows of a range.

    Found and read in one transaction, which sees one state of the table.
    """

    def __init__(self, reader: Reader, plan: TablePlan, key_range: KeyRange) -> None:
        self.session = reader._session
        self._reader = reader
        self._plan = plan
        self._range = key_range
        self._table, self._from = reader.table_and_rows(plan)

    @cached_property
    def are_possible(self) -> bool:
        """Whether the table may hold such rows, by what its files hold."""
        if not any(map(is_long, self._plan.written)):
            return False
        name = self.session.regclass(self._plan.source_table)
        found = self.session.query(HAS_OUTSIDE, (name,))
        return bool(found and found[0][0])

    @property
    def others(self) -> str:
        """The condition of all other rows, behind that of the range."""
        return f" AND {self._octets} < {LARGE_OCTETS}"

    @cached_property
    def _octets(self) -> str:
        """An expression for about as many octets as the long values have."""
        long = [column for column in self._plan.written if is_long(column)]
        return f"({' + '.join(map(self._octets_of, long))})"

    def _octets_of(self, column: PlanColumn) -> str:
        name = self.session.quote(column.name)
        if column.source.name in MEASURED:
            return f"coalesce(octet_length({name}), 0)::bigint"
        return f"coalesce(pg_column_size({name}), 0)::bigint * {COMPRESSION}"

    def find(self) -> tuple[list[Place], int]:
        """Return where the large rows are, and the octets of the longest other one.

        Call it first in a transaction, which sees one state from then on.
        """
        self.session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        source = f"FROM {self._from} WHERE "
        where, values = self._reader.condition(
            self._table, self._plan, self._range, "%s"
        )
        longest, large = self.session.query(
            f"SELECT max(o) FILTER (WHERE o < {LARGE_OCTETS}), "  # noqa: S608
            f"count(*) FILTER (WHERE o >= {LARGE_OCTETS}) "
            f"FROM (SELECT {self._octets} AS o {source}{where}) s",
            values,
        )[0]
        if not large:
            return [], int(longest or 0)
        sql = f"SELECT tableoid::bigint, ctid::text {source}{where}"
        found = self.session.query(
            f"{sql} AND {self._octets} >= {LARGE_OCTETS}", values
        )
        return [(int(table), str(place)) for table, place in found], int(longest or 0)

    def line(self, place: Place, load_format: LoadFormat) -> Iterator[bytes]:
        """Yield the line of a row in pieces."""
        written = enumerate(self._plan.written)
        octets = [i for i, c in written if c.is_octets_there or _is_octets(c)]
        return pieces(self._values(place, load_format), octets, FORMATS[load_format])

    def row(self, place: Place) -> Row:
        """Return a row as ``Reader.rows`` does."""
        found: list[Any] = []
        values = self._values(place, LoadFormat.ROWS)
        for column, value in zip(self._plan.written, values, strict=True):
            is_binary = column.kind is ColumnKind.BINARY
            if value is None:
                found.append(None)
            elif isinstance(value, bytes):
                found.append(value if is_binary else value.decode())
            else:
                whole = BytesIO()
                for part in value:
                    whole.write(part)
                found.append(_kept(whole.getvalue(), is_binary=is_binary))
        return tuple(found)

    def _values(
        self, place: Place, load_format: LoadFormat
    ) -> list[bytes | Iterator[bytes] | None]:
        """Return the values of a row: the octets of long ones in slices.

        Only one can be read at a time, and in their order.
        """
        quote = self.session.quote
        columns = []
        for column in self._plan.written:
            if is_long(column):
                columns.append(f"({quote(column.name)} IS NULL)::int::text")
            else:
                columns.append(self._reader.text_of(self._plan, column, load_format))
        sql = f"SELECT {', '.join(columns)} FROM {self._from} WHERE {AT_PLACE}"  # noqa: S608
        (row,) = self.session.query(sql, place)
        return [
            self._value(place, column, value)
            for column, value in zip(self._plan.written, row, strict=True)
        ]

    def _value(
        self, place: Place, column: PlanColumn, value: str | None
    ) -> bytes | Iterator[bytes] | None:
        if not is_long(column):
            return None if value is None else value.encode()
        return None if value == "1" else self._slices(place, column)

    def _slices(self, place: Place, column: PlanColumn) -> Iterator[bytes]:
        """Yield the octets of a value; the server reads it once."""
        name = self.session.quote(column.name)
        if not column.source.holds_octets:
            name = f"convert_to({name}::text, 'UTF8')"
        elif not _is_octets(column):
            # An error where the octets are no UTF-8.
            name = f"convert_to(convert_from({name}, 'UTF8'), 'UTF8')"
        sql = (
            f"SELECT substr(v.o, g.n + 1, {SLICE_OCTETS}) FROM "  # noqa: S608
            f"(SELECT {name} AS o FROM {self._from} WHERE {AT_PLACE} OFFSET 0) v "
            "CROSS JOIN LATERAL "
            f"generate_series(0, octet_length(v.o) - 1, {SLICE_OCTETS}) g(n)"
        )
        with self.session.driver.cursor() as cursor:
            cursor.execute(
                f"DECLARE migration_console_slices NO SCROLL CURSOR FOR {sql}", place
            )
            while True:
                cursor.execute("FETCH 1 FROM migration_console_slices")
                found = cursor.fetchone()
                if found is None:
                    break
                yield bytes(found[0])
            cursor.execute("CLOSE migration_console_slices")


def _is_octets(column: PlanColumn) -> bool:
    """Whether a value is octets and no text in them, also between two bytea."""
    if column.kind is ColumnKind.OTHER:
        return column.source.holds_octets
    return column.kind is ColumnKind.BINARY


def _kept(octets: bytes, *, is_binary: bool) -> bytes | str | LargeText:
    if is_binary:
        return octets
    # What a value takes says only about how long its text is: a loader looks for
    # a LargeText in a row of as many octets alone.
    return octets.decode() if len(octets) < LARGE_OCTETS else LargeText(octets)


class LargeAside(TextStream):
    """The output of one COPY without its large rows, and then these."""

    def __init__(
        self,
        large: LargeRows,
        copy: Callable[..., CopyOut],
        load_format: LoadFormat,
    ) -> None:
        self._large = large
        self._copy = copy
        self._format = load_format

    def write_to(self, sink: BinaryIO) -> None:
        session = self._large.session
        with session.transaction(), session.errors():
            found, _ = self._large.find()
            output = self._copy(self._large.others if found else "")
            output.write_to(sink)
            self.rows = output.rows
            for place in found:
                for piece in self._large.line(place, self._format):
                    sink.write(piece)
                self.rows += 1
