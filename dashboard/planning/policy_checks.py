"""Checks of row-level security and of rules, which change what statements do."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from .checked_plan import CheckedPlan, PlannedTable, listed
from .sides import Side


def check_policies(
    checked: CheckedPlan, sides: tuple[Side, Side], *, writes: bool
) -> None:
    """Name the tables whose rows a policy hides or refuses, and those with rules."""
    by_source = {one.plan.source_table: one for one in checked.tables}
    by_destination = {one.table: one for one in checked.tables}
    for side, tables in zip(sides, (by_source, by_destination), strict=True):
        _check_row_security(checked, side, tables)
    if writes:
        _check_rules(checked, sides[1], by_destination)


def _check_row_security(
    checked: CheckedPlan, side: Side, tables: Mapping[str, PlannedTable]
) -> None:
    passed = []
    for found in side.session.surroundings.row_security(list(tables)):
        if not found.holds:
            passed.append(found.table)
            continue
        checked.error(
            "E186",
            _(
                "Row-level security of table '%(table)s' in '%(alias)s' holds for this "
                "account: rows could be hidden or refused. %(why)s"
            )
            % {"table": found.table, "alias": side.alias, "why": found.why},
            found.remedy,
            tables[found.table].item.label,
        )
    if passed:
        checked.note(
            "I186",
            _(
                "These tables of '%(alias)s' have row-level security, which does not "
                "hold for this account: %(tables)s."
            )
            % {"tables": listed(passed), "alias": side.alias},
        )


def _check_rules(
    checked: CheckedPlan, side: Side, tables: Mapping[str, PlannedTable]
) -> None:
    """Name rules: COPY passes them by, a row that is inserted or deleted does not."""
    for rule in side.session.surroundings.rules(list(tables)):
        planned = tables[rule.table]
        facts = {"table": rule.table, "rule": rule.name, "event": rule.event}
        inserts = rule.event == "INSERT" and planned.plan.route == "values"
        deletes = rule.event == "DELETE" and bool(planned.before.rows)
        if inserts or deletes:
            checked.error(
                "E187",
                _(
                    "Rule '%(rule)s' of table '%(table)s' rewrites every %(event)s "
                    "that the run would do there."
                )
                % facts,
                _("ALTER TABLE %(table)s DISABLE RULE %(rule)s")
                % {
                    "table": side.session.quote_table(rule.table).replace("%%", "%"),
                    "rule": side.session.quote(rule.name).replace("%%", "%"),
                },
                planned.item.label,
            )
        else:
            checked.note(
                "I187",
                _(
                    "Rule '%(rule)s' of table '%(table)s' is for %(event)s, and does "
                    "not apply to the rows that are copied."
                )
                % facts,
                model=planned.item.label,
            )
