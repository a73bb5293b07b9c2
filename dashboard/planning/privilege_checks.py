"""Checks of what the accounts may do, for everything that a run will touch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from django.utils.translation import gettext as _

from ..transfer.backends.base import Session
from ..transfer.backends.many import filled
from ..transfer.backends.surroundings import Lacking, Needs
from ..transfer.plan import UPDATING, TablePlan
from ..transfer.schema_items import SchemaItem
from .checked_plan import CheckedPlan, listed
from .sides import Side


def check_readable(checked: CheckedPlan, destination: Side, *, writes: bool) -> None:
    """Check that the destination's account may count and compare its rows."""
    columns = _columns(checked)
    _check_reading(checked, destination, columns)
    if writes and not checked.is_blocked:
        _check_reading(checked, destination, _beside(destination.session, columns))


def _check_reading(
    checked: CheckedPlan, destination: Side, columns: Mapping[str, Sequence[str]]
) -> None:
    if columns:
        for lacking in destination.session.surroundings.lacking(Needs(read=columns)):
            say_lacking(checked, destination.alias, lacking)


def check_privileges(
    checked: CheckedPlan, destination: Side, items: Sequence[SchemaItem]
) -> None:
    """Check that the destination's account may do all that the run does there.

    ``items`` are what comes off and goes back.
    """
    session = destination.session
    emptied = [one for one in checked.tables if one.rows_to_delete]
    columns = _columns(checked)
    needs = Needs(
        written=columns,
        emptied=[one.table for one in emptied if not one.item.replaced_last],
        deleted=[one.table for one in emptied if one.item.replaced_last],
        updated=[one.table for one in checked.tables if one.plan.mode in UPDATING],
        items=items,
        numbered=_numbered(session, list(columns)),
        makes_tables=True,
        stages=any(one.plan.mode for one in checked.tables),
    )
    for lacking in session.surroundings.lacking(needs):
        say_lacking(checked, destination.alias, lacking)


def _beside(session: Session, chosen: Collection[str]) -> dict[str, list[str]]:
    """Return the tables beside the chosen ones whose rows are looked at.

    Those that keys lead to, and those whose keys come from there to a table that holds
    rows: whether anything refers to them decides whether it may be emptied.
    """
    found: dict[str, list[str]] = defaultdict(list)
    keys = session.catalog.foreign_keys()
    for key in keys:
        if key.table in chosen and key.to_table not in chosen:
            found[key.to_table] += key.to_columns
    coming = [k for k in keys if k.to_table in chosen and k.table not in chosen]
    holding = filled(session, list(dict.fromkeys(key.to_table for key in coming)))
    for key in coming:
        if key.to_table in holding:
            found[key.table] += key.columns
    return found


def _columns(checked: CheckedPlan) -> dict[str, list[str]]:
    return {
        one.table: [column.name for column in one.plan.written]
        for one in checked.tables
    }


def _numbered(destination: Session, tables: list[str]) -> set[str]:
    """Return the tables whose next number is their own, not a sequence's."""
    found = destination.schema.sequences(tables)
    return {one.table for one in found if not one.name}


def say_lacking(checked: CheckedPlan, alias: str, lacking: Lacking) -> None:
    """Say what an account lacks, and the GRANT."""
    facts = {
        "alias": alias,
        "privilege": lacking.privilege,
        "tables": listed(lacking.tables),
        "why": lacking.why,
    }
    if lacking.tables:
        text = _(
            "The account of '%(alias)s' lacks %(privilege)s of %(tables)s, %(why)s."
        )
    else:
        text = _("The account of '%(alias)s' lacks %(privilege)s, %(why)s.")
    remedy = "; ".join(lacking.statements)
    if lacking.needed:
        checked.error("E183", text % facts, remedy)
    else:
        checked.warning("W183", text % facts, remedy)


def reading_grants(source: Session, plan: TablePlan) -> str:
    """Return what lets the source's account read a table, or "" if that is not it."""
    columns = [plan.in_source(column.name) for column in plan.columns]
    needs = Needs(read={plan.source_table: list(filter(None, columns))})
    found = source.surroundings.lacking(needs)
    policies = source.surroundings.row_security([plan.source_table])
    return "; ".join(
        [
            *(sql for one in found for sql in one.statements),
            *(one.remedy for one in policies if one.holds),
        ]
    )
