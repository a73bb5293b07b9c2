"""The values route: what has no safe text goes through its field's converters.

For a custom field whose columns differ in type, such as an array here and JSON
there. Slower by far than text, and only as far as the table needs it: all other
columns of such a table are read, loaded and compared as text. Never through a
model's ``save``, ``bulk_create``, a manager or a signal.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain, islice, zip_longest
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from .backends.base import Session
from .columns import ColumnKind
from .errors import Busy, DataRefused
from .keys import KeyRange
from .plan import PlanColumn, TablePlan
from .rows import LargeText, closed

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field

BATCH_ROWS = 500

Convert = Callable[[Any], Any]
Row = tuple[Any, ...]

# What every driver takes, and spells so that the server reads the same value.
PLAIN = (str, bytes, int, float, Decimal, date, datetime, time, timedelta, UUID)


class ObjectRoute:
    """Reads with one Django connection and prepares for another.

    The connections are the route's own: made for it, closed with it. Whether
    ``source`` reaches what the session reads is for whoever makes it to ask.
    """

    def __init__(
        self,
        source: BaseDatabaseWrapper,
        destination: BaseDatabaseWrapper,
        fields: Mapping[str, Field[Any, Any]],
    ) -> None:
        self.source = source
        self._destination = destination
        self._fields = fields

    def batches(
        self, session: Session, plan: TablePlan, key_range: KeyRange
    ) -> Iterator[list[Row]]:
        """Yield batches of rows: text as a reader gives it, and driver values."""
        converted = [c for c in plan.written if c.kind is ColumnKind.OTHER]
        texts = [c for c in plan.written if c.kind is not ColumnKind.OTHER]
        # The key on both ways, in the source's numbers: two reads may see two
        # states of the table.
        key = [replace(c, numbers=None) for c in texts if c.name in plan.key]
        read = [*key, *(column for column in texts if column not in key)]
        rows = self._rows(session, plan, key_range, [*key, *converted])
        order = _order(plan, read, converted)
        with ExitStack() as stack:
            found = stack.enter_context(closed(rows))
            if read:
                part = replace(plan, columns=tuple(read))
                texts_of = session.reader.rows(part, key_range)
                batches = stack.enter_context(closed(texts_of))
                as_text = map(_decoded, chain.from_iterable(batches))
                found = _paired(plan, as_text, found, key)
            while batch := list(islice(found, BATCH_ROWS)):
                yield [tuple(row[index] for index in order) for row in batch]

    def tried(
        self, session: Session, plan: TablePlan, key_range: KeyRange
    ) -> Iterator[tuple[Row, list[PlanColumn]]]:
        """Yield of every row its key, and the columns whose field refuses its value.

        A driver holds all of a range at once. A key is as it gives it, and whatever it
        raises comes up.
        """
        converted = [c for c in plan.written if c.kind is ColumnKind.OTHER]
        key = [c for c in plan.written if c.name in plan.key]
        converters = [self._converter(plan, column) for column in converted]
        columns = [*key, *converted]
        for row in self._raw_rows(session, plan, key_range, columns):
            attempts = zip(converted, converters, row[len(key) :], strict=True)
            refused = [c for c, convert, value in attempts if _refuses(convert, value)]
            yield row[: len(key)], refused

    def _rows(
        self,
        session: Session,
        plan: TablePlan,
        key_range: KeyRange,
        columns: list[PlanColumn],
    ) -> Iterator[Row]:
        """Yield the columns of every row as the destination's driver takes them."""
        converters = [self._converter(plan, column) for column in columns]
        with closing(self._raw_rows(session, plan, key_range, columns)) as rows:
            for row in rows:
                yield tuple(
                    convert(value)
                    for value, convert in zip(row, converters, strict=True)
                )

    def _raw_rows(
        self,
        session: Session,
        plan: TablePlan,
        key_range: KeyRange,
        columns: list[PlanColumn],
    ) -> Generator[Row]:
        """Yield the columns of every row as the source's driver gives them."""
        # No change of another column's: what it is made by, Django's connection may
        # not have.
        part = replace(plan, columns=tuple(columns))
        selection, values = session.reader.selection(part, key_range, "%s")
        names = ", ".join(session.quote(column.name) for column in columns)
        with closing(self.source.cursor()) as cursor:
            for sql in session.guarding_sql():
                cursor.execute(sql)
            cursor.execute(f"SELECT {names} {selection}", values)
            while batch := cursor.fetchmany(BATCH_ROWS):
                yield from batch

    def close(self) -> None:
        """Close both connections."""
        self.source.close()
        self._destination.close()

    def _converter(self, plan: TablePlan, column: PlanColumn) -> Convert:
        if column.kind is not ColumnKind.OTHER:
            return _unchanged
        decode, encode = self._decoder(column.name), self._encoder(column.name)
        takes_lists = column.destination.name.startswith("_")

        def convert(value: Any) -> Any:
            try:
                found = encode(decode(value))
            except Exception:
                # A converter is the project's own and may raise anything; what it
                # says may quote the value.
                raise _refused(plan, column) from None
            if isinstance(found, memoryview | bytearray):
                found = bytes(found)
            if found is None or isinstance(found, PLAIN):
                return found
            if takes_lists and isinstance(found, list):
                return found
            raise _refused(plan, column)

        return convert

    def _decoder(self, column: str) -> Convert:
        field = self._fields[column]
        expression = field.get_col(field.model._meta.db_table)
        # The same converters, in the same order, as a queryset applies.
        converters = [
            *self.source.ops.get_db_converters(expression),
            *expression.get_db_converters(self.source),
        ]

        def decode(value: Any) -> Any:
            for convert in converters:
                value = convert(value, expression, self.source)
            return value

        return decode

    def _encoder(self, column: str) -> Convert:
        field = self._fields[column]
        return lambda value: field.get_db_prep_save(value, self._destination)


def _decoded(row: Row) -> Row:
    """Return a row whose large texts are decoded, as a driver takes them."""
    return tuple(str(v) if isinstance(v, LargeText) else v for v in row)


def _refuses(convert: Convert, value: Any) -> bool:
    try:
        convert(value)
    except DataRefused:
        return True
    return False


def _unchanged(value: Any) -> Any:
    return value


def _order(
    plan: TablePlan, read: list[PlanColumn], converted: list[PlanColumn]
) -> list[int]:
    """Return where each written column is in a pair of rows, one behind the other."""
    # A renumbered column of the key is there as it was, too.
    found = [*read, *converted]
    return [found.index(column) for column in plan.written]


def _paired(
    plan: TablePlan,
    texts: Iterator[Row],
    objects: Iterator[Row],
    key: Sequence[PlanColumn],
) -> Iterator[Row]:
    """Yield the texts of a row and, behind them, its objects without the key."""
    for text, values in zip_longest(texts, objects):
        if text is None or values is None or not all(map(_same, key, text, values)):
            raise Busy(
                _("Rows of table '%(table)s' were written while they were read.")
                % {"table": plan.table},
                _("The run tries again."),
            )
        yield (*text, *values[len(key) :])


def _same(column: PlanColumn, text: Any, value: Any) -> bool:
    """Whether a driver's value is the one that a reader spelled so."""
    match value:
        case bytes() | memoryview() if column.kind is ColumnKind.UUID:
            return bool(bytes(value).hex() == text.replace("-", "").lower())
        case bytes() if column.source.name == "bit":
            return bool(int.from_bytes(value) == int(text))
        case int() | Decimal():
            return bool(Decimal(text) == value)
        case UUID():
            return bool(value == UUID(text))
        case bytes() | memoryview():
            octets = text.encode() if isinstance(text, str) else text
            return bool(bytes(value) == octets)
        case str():
            # A driver may have padded a CHAR, or not.
            return bool(value.rstrip(" ") == str(text).rstrip(" "))
        case _:
            return True


def _refused(plan: TablePlan, column: PlanColumn) -> DataRefused:
    return DataRefused(
        _(
            "Column '%(column)s' of table '%(table)s' holds a value that its field "
            "does not make into %(type)s."
        )
        % {
            "table": plan.table,
            "column": column.name,
            "type": column.destination.name or _("a column without a type"),
        },
        _(
            "Let the field convert it (from_db_value, get_db_prep_value), or exclude "
            "the table."
        ),
    )
