"""What is said where a database could not answer what was asked of its rows."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from ..transfer.errors import TransferError
from .checked_plan import CheckedPlan, listed


def say_unanswered(
    checked: CheckedPlan, said: str, error: TransferError, label: str
) -> None:
    """Refuse a start where an error that lasts keeps rows from being looked at.

    As likely as not it would keep them from being copied, too.
    """
    remedy = _("Or start without looking through values: --no-scan.")
    checked.error("E241", said, f"{error.remedy} {remedy}".strip(), label)


def say_lost(checked: CheckedPlan, tables: Sequence[str]) -> None:
    """Refuse a start where the connection ended before these tables were looked at."""
    if not tables:
        return
    checked.error(
        "E243",
        _(
            "The connection was lost while values were looked through; nothing is "
            "known of these tables: %(tables)s."
        )
        % {"tables": listed(dict.fromkeys(tables))},
        _("Check again when the database is back."),
    )
