"""By which key the rows of a file are found in a table that has rows."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from ..planning.modes import NO_KEYS, by_pairs
from ..transfer.plan import TablePlan
from .tables import ExchangeRefused, Found


def merged_plan(one: Found, plan: TablePlan, mode: str) -> TablePlan:
    """Return the plan that merges a file's rows by key. Raises ExchangeRefused."""
    if not plan.is_divisible:
        raise ExchangeRefused(
            _("'%(model)s' cannot be merged by key: it has none that is unique.")
            % {"model": one.label},
            _("Leave it out: --exclude; or replace its rows: --mode replace."),
        )
    plan = replace(by_pairs(one.item, plan), mode=mode)
    names = {column.name for column in plan.columns}
    if not set(plan.key) <= names or any(c.kind in NO_KEYS for c in plan.key_columns):
        raise ExchangeRefused(
            _("'%(model)s' cannot be merged by its key: %(names)s.")
            % {"model": one.label, "names": ", ".join(plan.key)},
            _("Leave it out: --exclude; or replace its rows: --mode replace."),
        )
    return plan
