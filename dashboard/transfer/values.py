"""The values route: objects through the field's own converters.

For what has no safe text between two engines: a custom field whose columns
differ in type, such as an array here and JSON there. Slower by far than text,
and only as far as the table needs it. Never through a model's ``save``,
``bulk_create``, a manager or a signal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

from .backends.base import Session
from .columns import ColumnKind
from .keys import KeyRange
from .plan import PlanColumn, TablePlan

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field

BATCH_ROWS = 500

Convert = Callable[[Any], Any]


class ObjectRoute:
    """Reads with one Django connection and prepares for another.

    The connections are the route's own: made for it, closed with it.
    """

    def __init__(
        self,
        source: BaseDatabaseWrapper,
        destination: BaseDatabaseWrapper,
        fields: Mapping[str, Field[Any, Any]],
    ) -> None:
        self._source = source
        self._destination = destination
        self._fields = fields

    def batches(
        self, session: Session, plan: TablePlan, key_range: KeyRange
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Yield batches of values as the destination's driver takes them."""
        selection, values = session.reader.selection(plan, key_range, "%s")
        columns = ", ".join(session.quote(column.name) for column in plan.written)
        converters = [self._converter(column) for column in plan.written]
        with closing(self._source.cursor()) as cursor:
            for sql in session.guarding_sql():
                cursor.execute(sql)
            cursor.execute(f"SELECT {columns} {selection}", values)
            while batch := cursor.fetchmany(BATCH_ROWS):
                yield [
                    tuple(
                        convert(value)
                        for value, convert in zip(row, converters, strict=True)
                    )
                    for row in batch
                ]

    def close(self) -> None:
        """Close both connections."""
        self._source.close()
        self._destination.close()

    def _converter(self, column: PlanColumn) -> Convert:
        decode, encode = self._decoder(column.name), self._encoder(column.name)
        is_document = column.kind is ColumnKind.JSON

        def convert(value: Any) -> Any:
            if is_document and isinstance(value, str):
                # Parsed, a document that is null would be no document, and
                # long numbers would lose digits.
                return value
            return encode(decode(value))

        return convert

    def _decoder(self, column: str) -> Convert:
        field = self._fields[column]
        expression = field.get_col(field.model._meta.db_table)
        # The same converters, in the same order, as a queryset applies.
        converters = [
            *self._source.ops.get_db_converters(expression),
            *expression.get_db_converters(self._source),
        ]

        def decode(value: Any) -> Any:
            for convert in converters:
                value = convert(value, expression, self._source)
            return value

        return decode

    def _encoder(self, column: str) -> Convert:
        field = self._fields[column]
        return lambda value: field.get_db_prep_save(value, self._destination)
