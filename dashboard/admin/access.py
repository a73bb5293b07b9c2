"""Who may do what. Being staff is not enough, being superuser is not needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from ..runner.refusals import RequestRefused
from ..transfer.errors import TransferError

Refusal = RequestRefused | TransferError
REFUSALS = (RequestRefused, TransferError)
"""What carries a message and a remedy for the person who asked."""

VIEW = "view"
START = "start"
CONTROL = "control"

METHODS = {
    True: ["POST"],
    False: ["GET", "HEAD"],
    None: ["GET", "HEAD", "POST"],
}

View = Callable[..., HttpResponse]


def permitted(request: HttpRequest, what: str) -> bool:
    """Tell whether somebody may; starting and controlling include viewing."""
    names = (VIEW, START, CONTROL) if what == VIEW else (what,)
    return any(
        request.user.has_perm(f"migration_console.{name}_migrationrun")
        for name in names
    )


def guarded(view: View, *, needs: str, post: bool | None = False) -> View:
    """Ask for the permission first and for the method then.

    ``post`` is True for what changes something, False for what only looks, and
    None for a form that does one or the other.
    """
    answer = require_http_methods(METHODS[post])(view)

    def check(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not permitted(request, needs):
            raise PermissionDenied
        return answer(request, *args, **kwargs)

    return check
