"""Checks of what a run would replace in the destination."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.utils.translation import gettext as _

from ..transfer.backends.base import Session
from ..transfer.backends.many import counts, filled
from ..transfer.confirmed import referring, refers
from .checked_plan import CheckedPlan, PlannedTable, listed
from .modes import mode_of
from .natural_keys import CONTENT_TYPE, PERMISSION, SITE

# Filled by migrate itself; a count of them says nothing about data.
MADE_BY_MIGRATE = (CONTENT_TYPE, PERMISSION)


def check_emptied(
    checked: CheckedPlan,
    destination: Session,
    modes: Mapping[str, str],
    *,
    empty_first: bool,
) -> None:
    """Check that nothing is deleted that nobody asked to be.

    Where ``modes`` are said, only tables are emptied that they name. What is to be
    deleted is counted, however long that takes: a person confirms a number, and more
    rows than that are never deleted.
    """
    _count(checked, destination, empty_first=empty_first)
    filled = [planned for planned in checked.tables if planned.rows_to_delete]
    data = [p for p in filled if not _made_by_migrate(p, destination)]
    if data and not empty_first:
        checked.error(
            "E140",
            _("These tables of the destination hold rows: %(tables)s.")
            % {"tables": listed(planned.table for planned in data)},
            _("Have the chosen tables emptied first, or exclude them."),
        )
    unsaid = [planned.table for planned in data if not mode_of(planned.item, modes)]
    if modes and empty_first and unsaid:
        checked.error(
            "E264",
            _("These tables hold rows, and no mode is said of them: %(tables)s.")
            % {"tables": listed(unsaid)},
            _("Say one for all tables, such as --mode merge, or exclude them."),
        )
    _check_referring(checked, destination, {planned.table for planned in filled})


def _count(checked: CheckedPlan, destination: Session, *, empty_first: bool) -> None:
    """Count the rows of what is emptied, or is empty after all."""
    estimated = [p.table for p in checked.tables if not (p.before.exact or p.plan.mode)]
    if empty_first:
        found = counts(destination, estimated)
    else:
        empty = set(estimated) - filled(destination, estimated)
        found = dict.fromkeys(empty, 0)
    checked.tables = [
        replace(p, before=replace(p.before, rows=found[p.table], exact=True))
        if p.table in found
        else p
        for p in checked.tables
    ]


def _check_referring(
    checked: CheckedPlan, destination: Session, emptied: set[str]
) -> None:
    chosen = {planned.table for planned in checked.tables}
    for key in referring(destination, emptied, chosen):
        checked.error(
            "E141",
            refers(key),
            _("Choose '%(table)s' as well, or exclude '%(other)s'.")
            % {"table": key.table, "other": key.to_table},
        )


def _made_by_migrate(planned: PlannedTable, destination: Session) -> bool:
    label, rows = planned.item.label, planned.before.rows
    return made_by_migrate(label, planned.table, rows, destination)


def made_by_migrate(label: str, table: str, rows: int, destination: Session) -> bool:
    """Whether so many rows of a model are nothing but what ``migrate`` makes."""
    if label in MADE_BY_MIGRATE:
        return True
    if label != SITE or rows > 1:
        return False
    name = destination.rows_of(table)
    domains = destination.query(f"SELECT domain FROM {name}")  # noqa: S608
    return domains in ([], [("example.com",)])
