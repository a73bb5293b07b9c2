"""What rows refer to that neither arrives nor is there already."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ..transfer.columns import ForeignKey
from ..transfer.references import Missing
from .checked_plan import CheckedPlan, Choice, ChoiceKind, listed


def say_lost(checked: CheckedPlan, key: ForeignKey, label: str, lost: Missing) -> None:
    """Refuse rows of a table that refer to what a filter leaves out.

    The destination's table keeps its rows, and has not got those.
    """
    facts = {
        "count": lost.rows,
        "table": key.table,
        "columns": ", ".join(key.columns),
        "other": key.to_table,
        "number": lost.keys,
        "such": listed(lost.examples),
    }
    which = _("%(number)d of them, such as %(such)s") if lost.examples else "%(number)d"
    checked.error(
        "E253",
        _(
            "%(count)d rows of table '%(table)s' refer by '%(columns)s' to rows of "
            "'%(other)s' that neither arrive nor are in the destination (%(which)s)."
        )
        % {**facts, "which": which % facts},
        _(
            "Bring the rows that are referred to (--with-parents), or widen the filter "
            "of '%(other)s'."
        )
        % facts,
        label,
        [Choice(ChoiceKind.PARENTS)],
    )
