"""What could not be done, with a message and a remedy for the person who asked."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from ..runner.refusals import RequestRefused
from ..transfer.errors import TransferError

Refusal = RequestRefused | TransferError
REFUSALS = (RequestRefused, TransferError)


def unavailable() -> str:
    """Say that the control database could not be asked."""
    return _(
        "The database that holds the runs is locked or does not answer. A run that is "
        "under way waits for it and goes on by itself. Look again in a moment whether "
        "what you asked for has happened."
    )


def changed() -> RequestRefused:
    """Return the refusal of what was confirmed for a run in another status."""
    return RequestRefused(
        _("The run has changed since it was shown."),
        _("Look at it again, then ask again."),
    )


def tell(request: HttpRequest, refusal: Refusal) -> None:
    """Show a refusal on the next page."""
    messages.error(request, f"{refusal.message} {refusal.remedy}".strip())
