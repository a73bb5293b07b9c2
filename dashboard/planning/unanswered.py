"""What is said where a database could not answer what was asked of its rows."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ..transfer.errors import ConnectionFailed, ConnectionLost, TransferError
from .checked_plan import CheckedPlan, listed


def say_unanswered(
    checked: CheckedPlan, said: str, error: TransferError, label: str
) -> None:
    """Refuse a start where an error that lasts keeps rows from being looked at.

    As likely as not it would keep them from being copied, too.
    """
    remedy = _(
        "Or start without looking through values: --no-scan, or its box on the page."
    )
    checked.error("E241", said, f"{error.remedy} {remedy}".strip(), label)


class Lost:
    """Tables of which not all is known, since a database answers nobody any more."""

    def __init__(self) -> None:
        self._why = ""
        self._tables: dict[str, None] = {}

    def takes(self, table: str, error: TransferError) -> bool:
        """Keep a table whose error is one of the connection or the server."""
        if not isinstance(error, ConnectionLost | ConnectionFailed):
            return False
        self._why = self._why or error.message
        self._tables[table] = None
        return True

    def say(self, checked: CheckedPlan) -> None:
        """Refuse a start where there are any."""
        if self._tables:
            checked.error(
                "E243",
                _(
                    "The connection was lost while rows were looked through, and not "
                    "all is known of these tables: %(tables)s. %(why)s"
                )
                % {"tables": listed(self._tables), "why": self._why},
                _("Check again when it answers."),
            )
