"""Looks for rows of the source that refer to rows which it does not have."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from ..transfer.backends.many import tried
from ..transfer.changes import OF_ORPHANS, ChangeName
from ..transfer.columns import ForeignKey
from ..transfer.errors import TransferError
from .checked_plan import CheckedPlan, PlannedTable
from .sides import Side
from .value_checks import keys_listed

EXAMPLES = 5


def check_orphans(checked: CheckedPlan, sides: tuple[Side, Side]) -> None:
    """Refuse rows that a foreign key of the destination would refuse at the end.

    Of references among the tables that are copied; what leads out of them is said
    of every reference by ``check_references``.
    """
    source, destination = (side.session for side in sides)
    asked = list(_keys(checked, destination.catalog.foreign_keys()))
    counted, faults = tried(
        source,
        {here: source.schema.orphans_counted(here) for _, _, here in asked},
    )
    for planned, key, here in asked:
        if here in faults:
            _say_untried(checked, planned, key, faults[here])
        elif counted[here]:
            count, examples = source.schema.orphans(here, EXAMPLES)
            _say(checked, planned, key, count, keys_listed(examples))


def _keys(
    checked: CheckedPlan, keys: list[ForeignKey]
) -> Iterator[tuple[PlannedTable, ForeignKey, ForeignKey]]:
    """Yield the keys between planned tables, as both databases know them."""
    by_table = {planned.table: planned for planned in checked.tables}
    for key in keys:
        ours, other = by_table.get(key.table), by_table.get(key.to_table)
        if ours is None or other is None:
            continue
        columns = {column.name: column for column in ours.plan.columns}
        if any(
            name not in columns
            or columns[name].numbers is not None
            or getattr(columns[name].change, "name", None) in OF_ORPHANS
            for name in key.columns
        ):
            continue
        here = ForeignKey(
            key.name,
            ours.plan.source_table,
            tuple(map(ours.plan.in_source, key.columns)),
            other.plan.source_table,
            tuple(map(other.plan.in_source, key.to_columns)),
        )
        # What is filled is the same in every row, and in no table of the source.
        if all((*here.columns, *here.to_columns)):
            yield ours, key, here


def _say_untried(
    checked: CheckedPlan, planned: PlannedTable, key: ForeignKey, error: TransferError
) -> None:
    checked.warning(
        "W241",
        _("Foreign key '%(name)s' of table '%(table)s' was not tried: %(why)s")
        % {"name": key.name, "table": key.table, "why": error.message},
        error.remedy,
        planned.item.label,
    )


def _say(
    checked: CheckedPlan,
    planned: PlannedTable,
    key: ForeignKey,
    count: int,
    keys: str,
) -> None:
    field = planned.item.fields.get(key.columns[0])
    name = field.name if field is not None else key.columns[0]
    facts = {
        "table": key.table,
        "columns": ", ".join(key.columns),
        "other": key.to_table,
        "count": count,
        "keys": keys,
        "place": f"{planned.item.label}.{name}",
        "null": ChangeName.ORPHAN_TO_NULL,
        "skip": ChangeName.SKIP_ORPHANS,
    }
    checked.error(
        "E240",
        _(
            "%(count)d rows of table '%(table)s' refer by '%(columns)s' to rows of "
            "'%(other)s' that the source does not have (keys: %(keys)s)."
        )
        % facts,
        _(
            "Correct them in the source. Or choose under “Changes to values”, or by "
            "option: --change %(place)s=%(null)s, or, which leaves such rows out, "
            "--change %(place)s=%(skip)s"
        )
        % facts,
        planned.item.label,
    )
