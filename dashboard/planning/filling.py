"""Fills the columns of a model that the source lacks, and says so of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from ..transfer.backends.base import Session
from ..transfer.columns import FIELD_KINDS, Column, ColumnKind, Table
from ..transfer.plan import SourceColumn
from .checked_plan import CheckedPlan, listed
from .fills import Fill, NoFill, fill_of, filled_before
from .sides import Side
from .table_selection import ModelTable


def column_kind(item: ModelTable, column: str) -> ColumnKind | None:
    """Return what a column's field holds, or None for a custom field."""
    return FIELD_KINDS.get(holder(item, column).get_internal_type())


def holder(item: ModelTable, column: str) -> Any:
    """Return the field whose values a column holds."""
    field: Any = item.fields[column]
    target = field
    # A reference holds what it refers to.
    while target.is_relation and hasattr(target, "target_field"):
        target = target.target_field
    if hasattr(field, "output_field") and getattr(field, "generated", False):
        target = field.output_field
    return target


class Filling:
    """Decides what fills the columns of one model."""

    def __init__(
        self,
        checked: CheckedPlan,
        item: ModelTable,
        sides: tuple[Side, Side],
        new: Table,
        *,
        writes: bool,
    ) -> None:
        self._checked = checked
        self._item = item
        self._sides = sides
        self._new = new
        self._writes = writes

    def fill(self, missing: Sequence[str]) -> list[SourceColumn] | None:
        """Return what fills the missing columns; None where one cannot be filled."""
        found: list[SourceColumn] = []
        kept: list[str] = []
        refused = False
        for name in missing:
            column = self._new.column(name)
            if column is None or self._is_left_to_destination(name, column):
                kept.append(name)
                continue
            try:
                filled = self._filled(name, column)
            except NoFill as error:
                self._refuse(name, error)
                refused = True
                continue
            found += [filled] if filled else []
        for unique in self._alike(found):
            self._refuse(unique[0], _not_unique(unique))
            refused = True
        if kept:
            self._say_kept(kept)
        return None if refused else found

    def _alike(self, filled: Sequence[SourceColumn]) -> list[tuple[str, ...]]:
        """Return the unique sets of columns that no two rows would differ in."""
        # NULL is never another NULL's equal there.
        alike = {one.name for one in filled if one.constant is not None}
        return [one for one in self._new.uniques if one and set(one) <= alike]

    def _is_left_to_destination(self, name: str, column: Column) -> bool:
        if column.generated:
            return True
        field: Any = self._item.fields[name]
        is_plain = not (field.has_default() or getattr(field, "auto_now_add", False))
        kind = self._kind(name, column)
        return is_plain and (
            column.has_default or (column.nullable and kind is ColumnKind.OTHER)
        )

    def _kind(self, name: str, column: Column) -> ColumnKind:
        known = column_kind(self._item, name)
        return known or self._sides[1].session.catalog.kind(column.type)

    def _filled(self, name: str, column: Column) -> SourceColumn | None:
        if name in self._item.key:
            raise NoFill(_("it belongs to the key"))
        kind = self._kind(name, column)
        if kind is ColumnKind.OTHER:
            raise NoFill(_("its type has no text that the source could give"))
        alias, zone = self._sides[1].alias, self._checked.time_zone
        fill = fill_of(self._item.fields[name], kind, column, alias, zone)
        if fill.is_passing and not self._writes:
            before = filled_before(self._sides[0].alias, alias, self._item.label)
            if name not in before:
                self._say_uncompared(name)
                return None
            fill = Fill(before[name])
        self._say_filled(name, fill)
        return SourceColumn(name, "", kind, fill.value)

    # --- words ------------------------------------------------------------

    def _say_filled(self, name: str, fill: Fill) -> None:
        facts = {
            "column": name,
            "table": self._new.name,
            "value": "NULL" if fill.value is None else f"'{fill.value}'",
        }
        message = _(
            "The source has no column '%(column)s' of table '%(table)s': every row "
            "gets %(value)s."
        )
        if fill.is_passing:
            message = _(
                "The source has no column '%(column)s' of table '%(table)s': every row "
                "gets the moment of these checks, %(value)s."
            )
        self._checked.warning(
            "W160",
            message % facts,
            _(
                "If it is there under another name: %(option)s. If a migration fills "
                "it, run that in the source first."
            )
            % {"option": self._option(name)},
            self._item.label,
        )

    def _option(self, name: str) -> str:
        field = self._item.fields[name].name
        return f"--renamed {self._item.label}.{field}=old_name"

    def _refuse(self, name: str, error: NoFill) -> None:
        facts = {"column": name, "table": self._new.name, "why": error.message}
        self._checked.error(
            "E160",
            _(
                "The source has no column '%(column)s' of table '%(table)s', and "
                "nothing can fill it: %(why)s."
            )
            % facts,
            error.remedy % {"option": self._option(name)},
            self._item.label,
        )

    def _say_uncompared(self, name: str) -> None:
        self._checked.warning(
            "W161",
            _(
                "Column '%(column)s' of table '%(table)s' is not compared: the source "
                "does not have it, and no run is known that filled it."
            )
            % {"column": name, "table": self._new.name},
            "",
            self._item.label,
        )

    def _say_kept(self, names: Sequence[str]) -> None:
        self._checked.warning(
            "W114",
            _(
                "Only the destination has the columns %(columns)s of table "
                "'%(table)s': they keep their defaults."
            )
            % {"table": self._item.table, "columns": listed(names)},
            "",
            self._item.label,
        )


def _not_unique(columns: Sequence[str]) -> NoFill:
    if len(columns) == 1:
        return NoFill(_("it is unique, and a default is the same in every row"))
    return NoFill(
        _("%(columns)s are unique together, and defaults are the same in every row")
        % {"columns": listed(columns)}
    )


def with_filled(table: Table, filled: Sequence[SourceColumn], source: Session) -> Table:
    """Return the source's table with the columns that it will seem to have."""
    columns = [
        Column(
            one.name,
            source.constant(one.kind, one.constant)[1],
            nullable=one.constant is None,
        )
        for one in filled
    ]
    return replace(table, columns=(*table.columns, *columns))
