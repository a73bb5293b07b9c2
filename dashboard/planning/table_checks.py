"""Checks of the tables on both sides, and the plan of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.utils.translation import gettext as _

from ..transfer.backends.base import Session, Size
from ..transfer.columns import FIELD_KINDS, ColumnKind, Table
from ..transfer.matching import plan_table
from .checked_plan import CheckedPlan, PlannedTable, listed
from .table_selection import ModelTable

NO_ROWS = Size(0, exact=True)


def plan_tables(
    checked: CheckedPlan,
    chosen: Sequence[ModelTable],
    source: Session,
    destination: Session,
    labels: Sequence[str],
    *,
    writes: bool,
) -> None:
    """Plan every table that both sides have.

    A model that ``labels`` name has to have a table; another one is left out.
    """
    missing: dict[str, list[ModelTable]] = defaultdict(list)
    for item in chosen:
        pair = [
            (side, side.catalog.table(item.table)) for side in (source, destination)
        ]
        absent = [side.database.alias for side, table in pair if table is None]
        if len(absent) == len(pair):
            _leave_out(checked, item, is_named=item.label in labels)
            continue
        for alias in absent:
            missing[alias].append(item)
        if not absent:
            sides = [(side, table) for side, table in pair if table is not None]
            _plan(checked, item, sides[0], sides[1], writes=writes)
    for alias, items in missing.items():
        _say_missing(checked, alias, items)
    if not checked.tables and not checked.is_blocked:
        _say_nothing_left(checked, source, destination)


def _leave_out(checked: CheckedPlan, item: ModelTable, *, is_named: bool) -> None:
    names = {"model": item.label, "table": item.table}
    if is_named:
        checked.error(
            "no table",
            _("%(model)s: neither database has a table '%(table)s'.") % names,
            _("Create it with manage.py migrate on both, or leave the model out."),
            item.label,
        )
        return
    checked.warning(
        "no table",
        _("%(model)s takes no part: neither database has a table '%(table)s'.") % names,
        _("A router, or a feature that the databases lack, may keep it out."),
        item.label,
    )


def _say_missing(checked: CheckedPlan, alias: str, items: list[ModelTable]) -> None:
    checked.error(
        "missing tables",
        _("Alias '%(alias)s' has no table %(tables)s.")
        % {"alias": alias, "tables": listed(item.table for item in items)},
        _("Create them: manage.py migrate --database=%(alias)s") % {"alias": alias},
    )


def _say_nothing_left(
    checked: CheckedPlan, source: Session, destination: Session
) -> None:
    checked.error(
        "no table",
        _("Neither database has a table of the chosen models."),
        _(
            "Create them: manage.py migrate --database=%(destination)s, and the same "
            "for '%(source)s'."
        )
        % {
            "destination": destination.database.alias,
            "source": source.database.alias,
        },
    )


def _plan(
    checked: CheckedPlan,
    item: ModelTable,
    source: tuple[Session, Table],
    destination: tuple[Session, Table],
    *,
    writes: bool,
) -> None:
    plan, remarks = plan_table(
        item.label,
        source,
        destination,
        {column: column_kind(item, column) for column in item.fields},
        item.key,
        checked.time_zone,
    )
    for remark in remarks:
        if remark.blocks:
            checked.error("table", remark.message, remark.remedy, item.label)
        else:
            checked.note("columns", remark.message, remark.remedy, item.label)
    if plan is not None:
        size = source[0].catalog.size(item.table)
        before = destination[0].catalog.size(item.table) if writes else NO_ROWS
        checked.tables.append(PlannedTable(item, plan, size, before))


def column_kind(item: ModelTable, column: str) -> ColumnKind | None:
    """Return what a column's field holds, or None for a custom field."""
    field = item.fields[column]
    target = field
    # A reference holds what it refers to.
    while target.is_relation and hasattr(target, "target_field"):
        target = target.target_field
    if hasattr(field, "output_field") and getattr(field, "generated", False):
        target = field.output_field
    return FIELD_KINDS.get(target.get_internal_type())
