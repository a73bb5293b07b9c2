"""The shape of a table: its columns and its key, as the catalogue gives them.

A plan holds the shapes of both tables. A column that is added later would take no
part, and a comparison would say of the others that every column is equal.
"""

from __future__ import annotations

from .columns import Column, Table

Shape = tuple[tuple[str, str], ...]
"""Every column's name with what it is in words, and the key under no name."""

KEY = ""


def shape_of(table: Table, *, folds: bool) -> Shape:
    """Return the shape of a table, whatever the order of its columns.

    Names are in small letters where the engine finds columns by any (``folds``).
    """

    def spelled(name: str) -> str:
        return name.lower() if folds else name

    columns = ((spelled(c.name), _in_words(c)) for c in table.columns)
    return ((KEY, ", ".join(map(spelled, table.key))), *sorted(columns))


def _in_words(column: Column) -> str:
    parts = [column.declared or column.type.name, column.type.collation]
    if not column.nullable:
        parts.append("not null")
    if column.generated:
        parts.append("generated")
    return " ".join(filter(None, parts))
