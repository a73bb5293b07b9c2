"""Where each column of a model is in a source that has another schema."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..transfer.columns import Table
from .checked_plan import CheckedPlan, listed
from .renames import nearest
from .sides import Side
from .table_selection import ModelTable


@dataclass(frozen=True)
class Places:
    """Columns of the source by those of the model, and those that it lacks."""

    found: Mapping[str, str]
    missing: tuple[str, ...]

    @property
    def is_plain(self) -> bool:
        """Whether every column has its own name."""
        return not self.missing and all(a == b for a, b in self.found.items())


def find_columns(
    checked: CheckedPlan,
    item: ModelTable,
    source: Side,
    table: Table,
    without: Collection[str],
) -> Places | None:
    """Find the columns of a model in its table; None where a map leads nowhere.

    ``without`` are those that nobody copies.
    """
    renamed = source.renames.columns.get(item.label, {})
    real = [column.name for column in table.columns]
    found: dict[str, str] = {}
    for column in item.fields:
        if column in without and column not in renamed:
            continue
        wanted = renamed.get(column, column)
        free = real if column in renamed else _unused(real, item, renamed)
        if name := _match(wanted, free):
            found[column] = name
        elif column in renamed:
            _say_nowhere(checked, item, table, column, wanted)
            return None
    _note(checked, item, table, found)
    lacking = [name for name in item.fields if name not in {*found, *without}]
    return Places(found, tuple(lacking))


def _unused(real: list[str], item: ModelTable, renamed: Mapping[str, str]) -> list[str]:
    """Return columns that a column of another letters' case may be meant by."""
    named = {*item.fields, *renamed.values()}
    return [name for name in real if name in item.fields or name not in named]


def _match(wanted: str, names: list[str]) -> str | None:
    """Return a name as it is written, or the only one in letters of another case."""
    if wanted in names:
        return wanted
    alike = [name for name in names if name.casefold() == wanted.casefold()]
    return alike[0] if len(alike) == 1 else None


def _say_nowhere(
    checked: CheckedPlan, item: ModelTable, table: Table, column: str, wanted: str
) -> None:
    names = [one.name for one in table.columns]
    checked.error(
        "E164",
        _(
            "'%(label)s.%(field)s' is to be read from '%(name)s': table '%(table)s' "
            "of the source has no such column."
        )
        % {
            "label": item.label,
            "field": item.fields[column].name,
            "name": wanted,
            "table": table.name,
        },
        _("Correct the name; the table has: %(names)s.")
        % {"names": nearest(wanted, names)},
        item.label,
    )


def _note(
    checked: CheckedPlan, item: ModelTable, table: Table, found: Mapping[str, str]
) -> None:
    pairs = [f"{old} → {new}" for new, old in found.items() if old != new]
    if pairs:
        checked.note(
            "I165",
            _("From table '%(table)s' of the source: %(columns)s.")
            % {"table": table.name, "columns": listed(pairs)},
            "",
            item.label,
        )
