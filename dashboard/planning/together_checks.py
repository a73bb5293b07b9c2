"""What two choices for one table cannot be proved together."""

from __future__ import annotations

from django.utils.translation import gettext as _

from .checked_plan import CheckedPlan, PlannedTable


def check_together(checked: CheckedPlan) -> None:
    """Refuse a function for rows that are merged, or chosen by what it may change."""
    for planned in checked.tables:
        if planned.plan.transform is None:
            continue
        if planned.plan.mode:
            checked.error(
                "E273",
                _(
                    "The rows of '%(label)s' go through a function and are merged: "
                    "what the merge finds and changes is proved of rows as they are."
                )
                % {"label": planned.item.label},
                _undo(planned),
                planned.item.label,
            )
        elif _may_change_filter(planned):
            checked.error(
                "E274",
                _(
                    "The rows of '%(label)s' are chosen by columns that its function "
                    "may change: they would not be found again to be compared."
                )
                % {"label": planned.item.label},
                _("Let the function name the fields that it changes. %(undo)s")
                % {"undo": _undo(planned)},
                planned.item.label,
            )


def _may_change_filter(planned: PlannedTable) -> bool:
    """Whether the destination may not have what a condition asks of the source."""
    chosen, transform = planned.plan.filter, planned.plan.transform
    if chosen is None or chosen.is_alone or transform is None:
        return False
    if transform.fields is None or transform.makes_keys:
        return True
    return bool(set(chosen.columns) & set(transform.fields))


def _undo(planned: PlannedTable) -> str:
    said = _("Or copy without it: --transform %(label)s=none")
    return said % {"label": planned.item.label}
