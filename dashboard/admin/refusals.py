"""What could not be done, with a message and a remedy for the person who asked."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest

from ..runner.refusals import RequestRefused
from ..transfer.errors import TransferError

Refusal = RequestRefused | TransferError
REFUSALS = (RequestRefused, TransferError)


def tell(request: HttpRequest, refusal: Refusal) -> None:
    """Show a refusal on the next page."""
    messages.error(request, f"{refusal.message} {refusal.remedy}".strip())
