"""A table of the source with its columns under the names of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product

from .columns import Table
from .plan import SourceColumn


def as_seen(table: Table, columns: Sequence[SourceColumn]) -> Table:
    """Return the table under the names of a plan, without what the plan lacks.

    Without ``columns`` it is returned as it is. A column may be read twice; what is
    filled is in no catalogue and left out.
    """
    if not columns:
        return table
    names: dict[str, list[str]] = {}
    for one in columns:
        if not one.is_filled:
            names.setdefault(one.in_source, []).append(one.name)
    return replace(
        table,
        columns=tuple(
            replace(column, name=name)
            for column in table.columns
            for name in names.get(column.name, ())
        ),
        key=next(iter(_renamed(table.key, names)), ()),
        uniques=tuple(
            found for unique in table.uniques for found in _renamed(unique, names)
        ),
    )


def _renamed(
    columns: Iterable[str], names: dict[str, list[str]]
) -> list[tuple[str, ...]]:
    """Return what a set of columns is called, in every way; nothing where one lacks."""
    return list(product(*(names.get(name, []) for name in columns)))
