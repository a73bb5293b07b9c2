"""Checks of triggers: what fires for a load, and whether it can be put back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext as _

from ..transfer.plan import UPDATING
from ..transfer.schema_items import SchemaItem
from .checked_plan import CheckedPlan, PlannedTable, listed
from .sides import Side


def check_triggers(checked: CheckedPlan, sides: tuple[Side, Side]) -> None:
    """Name the destination's triggers that fire, and those that only the source has.

    Where they are taken off for the load, what could not be put back as it is prevents
    the start.
    """
    are_off = sides[1].has_triggers_off
    items = coming_off(checked.tables, sides[1])
    labels = {one.table: one.item.label for one in checked.tables}
    by_table: dict[str, list[SchemaItem]] = defaultdict(list)
    for item in items:
        by_table[item.table].append(item)
    for table, found in by_table.items():
        say = _say_off if are_off else _say_kept
        say(checked, table, labels[table], found)
    if are_off:
        _check_hindrances(checked, sides[1], items, labels)
    _compare(checked, sides)


def coming_off(tables: Iterable[PlannedTable], destination: Side) -> list[SchemaItem]:
    """Return the triggers that fire for what a run does to these tables."""
    planned = list(tables)
    emptied = [one for one in planned if one.rows_to_delete]
    return destination.session.schema.triggers(
        [one.table for one in planned],
        emptied=[one.table for one in emptied if not one.item.replaced_last],
        deleted=[one.table for one in emptied if one.item.replaced_last],
        updated=[one.table for one in planned if one.plan.mode in UPDATING],
    )


def _say_kept(
    checked: CheckedPlan, table: str, label: str, items: list[SchemaItem]
) -> None:
    checked.warning(
        "W111",
        _(
            "Table '%(table)s' of the destination has triggers that run for every "
            "row that is copied or updated, or deleted first: %(triggers)s. What they "
            "write into other tables is compared with nothing."
        )
        % {"table": table, "triggers": listed(item.name for item in items)},
        _(
            "Have them off during the load, by --triggers off or the choice on the "
            "page: they are put back as they are."
        ),
        label,
    )


def _say_off(
    checked: CheckedPlan, table: str, label: str, items: list[SchemaItem]
) -> None:
    checked.note(
        "I181",
        _(
            "Triggers of table '%(table)s' are off during the load, and put back as "
            "they are: %(triggers)s. What they would do for the copied rows, nobody "
            "does."
        )
        % {"table": table, "triggers": listed(item.name for item in items)},
        model=label,
    )


def _check_hindrances(
    checked: CheckedPlan,
    destination: Side,
    items: list[SchemaItem],
    labels: dict[str, str],
) -> None:
    for found in destination.session.schema.hindrances(items):
        checked.error(
            "E181",
            _("%(item)s of table '%(table)s' could not be put back as it is: %(why)s")
            % {"item": found.item, "table": found.item.table, "why": found.why},
            found.remedy,
            labels[found.item.table],
        )


def _compare(checked: CheckedPlan, sides: tuple[Side, Side]) -> None:
    """Name what the source does for new rows and the destination does not."""
    old, new = sides
    for planned in checked.tables:
        theirs = old.triggers(planned.plan.source_table)
        ours = {name.lower() for name in new.triggers(planned.table)}
        missing = [name for name in theirs if name.lower() not in ours]
        if missing:
            checked.note(
                "I182",
                _(
                    "Table '%(table)s' of the source has triggers for new rows that "
                    "the destination does not have: %(triggers)s."
                )
                % {"table": planned.plan.source_table, "triggers": listed(missing)},
                _("Make them there after the run, if the project needs them."),
                planned.item.label,
            )
