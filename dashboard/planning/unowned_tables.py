"""What the columns of a table hold that no model owns, and what its key is."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ..transfer.columns import Column, ColumnKind, Table
from .checked_plan import CheckedPlan, listed
from .sides import Side
from .table_selection import Item

Pair = tuple[Table, Table]

Description = tuple[dict[str, ColumnKind | None], tuple[str, ...], Pair]
"""What every column holds, the columns of the key, and the table on both sides."""


def described(
    checked: CheckedPlan, item: Item, sides: tuple[Side, Side], tables: Pair
) -> Description | None:
    """Describe a table by both catalogues alone; None where that does not do."""
    old, new = tables
    missing = [c.name for c in old.columns if new.column(c.name) is None]
    if missing:
        _refuse(
            checked,
            item,
            _("Table '%(table)s' of the destination has no column %(columns)s.")
            % {"table": item.table, "columns": listed(missing)},
            _("Add it there, or leave the table out."),
        )
        return None
    kinds = {c.name: _common_kind(sides, c, new.column(c.name)) for c in old.columns}
    one_engine = sides[0].session.vendor == sides[1].session.vendor
    unknown = [] if one_engine else [name for name in kinds if kinds[name] is None]
    if unknown:
        _refuse(
            checked,
            item,
            _(
                "Table '%(table)s' has no model to convert its values by, and the two "
                "engines have no text in common for %(columns)s."
            )
            % {"table": item.table, "columns": listed(unknown)},
            _("Give the columns types that both engines know, or leave the table out."),
        )
        return None
    # Without a key it is copied whole, and said so.
    return kinds, _common_key(tables), tables


def _refuse(checked: CheckedPlan, item: Item, message: str, remedy: str) -> None:
    checked.error("E109", message, remedy, item.label)


def _common_kind(
    sides: tuple[Side, Side], old: Column, new: Column | None
) -> ColumnKind | None:
    """Return the kind that both types can hold, the narrower one first.

    None where there is none, or no column on the other side.
    """
    if new is None:
        return None
    catalogs = [side.session.catalog for side in sides]
    natural = [catalogs[1].kind(new.type), catalogs[0].kind(old.type)]
    for kind in natural:
        if kind is not ColumnKind.OTHER and (
            catalogs[0].holds(kind, old.type) and catalogs[1].holds(kind, new.type)
        ):
            return kind
    return None


def _common_key(tables: Pair) -> tuple[str, ...]:
    """Return a key that both sides keep unique; () where there is none."""
    old, new = tables
    keys = [key for key in (old.key, new.key, *old.uniques, *new.uniques) if key]
    return next((key for key in keys if all(_keeps(t, key) for t in tables)), ())


def _keeps(table: Table, key: tuple[str, ...]) -> bool:
    """Whether a table has no two rows, and no row without a value, in a key."""
    columns = [table.column(name) for name in key]
    if any(column is None or column.nullable for column in columns):
        return False
    return any(
        set(unique) <= set(key) for unique in (table.key, *table.uniques) if unique
    )
