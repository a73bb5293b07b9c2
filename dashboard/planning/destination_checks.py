"""Checks of what a run would replace in the destination."""

from __future__ import annotations

from django.apps import apps
from django.utils.translation import gettext as _

from ..transfer.backends.base import Session
from .checked_plan import CheckedPlan, PlannedTable, listed
from .table_selection import references

CONTENT_TYPE = "contenttypes.ContentType"
PERMISSION = "auth.Permission"
# Filled by migrate itself; a count of them says nothing about data.
MADE_BY_MIGRATE = (CONTENT_TYPE, PERMISSION)

Numbers = dict[int, tuple[object, ...]]


def check_emptied(
    checked: CheckedPlan, destination: Session, *, empty_first: bool
) -> None:
    """Check that nothing is deleted that nobody asked to be."""
    filled = [planned for planned in checked.tables if planned.before.rows]
    data = [p for p in filled if not _made_by_migrate(p, destination)]
    if data and not empty_first:
        checked.error(
            "not empty",
            _("These tables of the destination hold rows: %(tables)s.")
            % {"tables": listed(planned.table for planned in data)},
            _("Have the chosen tables emptied first (--empty), or exclude them."),
        )
    _check_referring(checked, destination, {planned.table for planned in filled})


def _check_referring(
    checked: CheckedPlan, destination: Session, emptied: set[str]
) -> None:
    chosen = {planned.table for planned in checked.tables}
    for key in destination.catalog.foreign_keys():
        if key.to_table not in emptied or key.table in chosen:
            continue
        if not destination.is_empty(key.table):
            names = {"table": key.table, "other": key.to_table}
            checked.error(
                "referring table",
                _(
                    "Table '%(table)s' of the destination is not chosen, holds rows "
                    "and refers to '%(other)s', which would be emptied."
                )
                % names,
                _("Choose '%(table)s' as well, or exclude '%(other)s'.") % names,
            )


def _made_by_migrate(planned: PlannedTable, destination: Session) -> bool:
    if planned.item.label in MADE_BY_MIGRATE:
        return True
    if planned.item.label != "sites.Site" or planned.before.rows > 1:
        return False
    name = destination.rows_of(planned.table)
    domains = destination.query(f"SELECT domain FROM {name}")  # noqa: S608
    return domains == [("example.com",)]


def check_numbers(checked: CheckedPlan, source: Session, destination: Session) -> None:
    """Refuse references to content types whose numbers mean something else."""
    if not apps.is_installed("django.contrib.contenttypes"):
        return
    for label, columns, what in (
        (CONTENT_TYPE, ("app_label", "model"), _("content types")),
        (PERMISSION, ("content_type_id", "codename"), _("permissions")),
    ):
        app = label.partition(".")[0]
        if label in checked.labels or not apps.is_installed(f"django.contrib.{app}"):
            continue
        users = [p for p in checked.tables if references(p.item, label)]
        table = apps.get_model(label)._meta.db_table
        if users and _numbers(source, table, columns) != _numbers(
            destination, table, columns
        ):
            models = listed(planned.item.label for planned in users)
            checked.error(
                "content types",
                _(
                    "%(models)s refer to %(what)s, which have other numbers in the "
                    "destination."
                )
                % {"models": models, "what": what},
                _("Copy everything, or choose %(label)s and what refers to it as well.")
                % {"label": label},
            )


def _numbers(session: Session, table: str, names: tuple[str, str]) -> Numbers | None:
    if session.catalog.table(table) is None:
        return None
    columns = ", ".join(session.quote(name) for name in ("id", *names))
    rows = session.query(f"SELECT {columns} FROM {session.quote(table)}")  # noqa: S608
    return {row[0]: tuple(row[1:]) for row in rows}
