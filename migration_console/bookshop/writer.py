"""Raw inserts into the bookshop's tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from django.db import connections, models

Row = tuple[Any, ...]


class Writer:
    """Raw inserts: no pre_save, so that `auto_now` keeps the values given."""

    def __init__(self, using: str) -> None:
        self.using = using
        self.connection = connections[using]
        self.written: dict[str, int] = {}

    def write(self, model: type[models.Model], names: str, rows: Iterable[Row]) -> int:
        """Insert rows whose values stand in the order of the attribute names."""
        fields = [self._field(model, name) for name in names.split()]
        return self.write_fields(model._meta.db_table, fields, rows)

    def write_pairs(self, through: type[models.Model], rows: Iterable[Row]) -> int:
        """Insert the pairs of an automatic many-to-many table."""
        fields = [f for f in through._meta.concrete_fields if not f.primary_key]
        return self.write_fields(through._meta.db_table, fields, rows)

    def write_fields(self, table: str, fields: list[Any], rows: Iterable[Row]) -> int:
        prepare = self._preparation(fields)
        head = self._head(table, fields)
        total = 0
        rows = iter(rows)
        while batch := list(islice(rows, 2000)):
            self._insert(head, len(fields), prepare, batch)
            total += len(batch)
        self.written[table] = self.written.get(table, 0) + total
        return total

    def _insert(
        self,
        head: str,
        width: int,
        prepare: Callable[[Row], Row],
        batch: list[Row],
    ) -> None:
        values = [prepare(row) for row in batch]
        marks = "(" + ", ".join(["%s"] * width) + ")"
        with self.connection.cursor() as cursor:
            if self.connection.vendor == "sqlite":
                cursor.executemany(head + marks, values)
            else:
                flat = [value for row in values for value in row]
                cursor.execute(head + ", ".join([marks] * len(batch)), flat)

    def _head(self, table: str, fields: list[Any]) -> str:
        quote = self.connection.ops.quote_name
        columns = ", ".join(quote(field.column) for field in fields)
        return f"INSERT INTO {quote(table)} ({columns}) VALUES "  # noqa: S608

    def _field(self, model: type[models.Model], name: str) -> Any:
        return next(
            field
            for field in model._meta.local_concrete_fields
            if name in (field.attname, field.name)
        )

    def _preparation(self, fields: list[Any]) -> Callable[[Row], Row]:
        special = [
            (place, field)
            for place, field in enumerate(fields)
            if not isinstance(getattr(field, "target_field", field), PLAIN_FIELDS)
        ]

        def prepare(row: Row) -> Row:
            values = list(row)
            for place, field in special:
                values[place] = self._value(field, values[place])
            return tuple(values)

        return prepare

    def _value(self, field: Any, value: Any) -> Any:
        if isinstance(field, models.JSONField):
            return value  # text already: SQL NULL and JSON null stay apart
        return field.get_db_prep_save(value, self.connection)


# What every driver takes as it is.
PLAIN_FIELDS = (
    models.BooleanField,
    models.CharField,
    models.TextField,
    models.IntegerField,
    models.FloatField,
)
