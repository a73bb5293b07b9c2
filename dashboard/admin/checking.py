"""Who makes the checks that a page asks for: a worker, or the request itself."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest

from ..models import MigrationRun
from ..runner import before_start, controls

HERE = "here"
"""The name of the field by which somebody asks for the short checks, at once."""


def check(
    request: HttpRequest,
    run: MigrationRun,
    actor: str,
    *,
    anew: Mapping[str, object] | None = None,
) -> None:
    """Ask a worker; without one, and where somebody asks, check in this request.

    Here values are looked through for some seconds only; the plan says so. ``anew``
    are fields of the run that somebody has chosen anew.
    """
    if HERE not in request.POST and before_start.is_worker_there():
        before_start.ask_for_checks(run, actor, anew=anew)
    else:
        controls.check(run, actor, anew=anew)


def check_with_emptying(request: HttpRequest, run: MigrationRun, actor: str) -> None:
    """Plan to empty the tables, and check; every other choice stays."""
    controls.require_copy(run)
    check(request, run, actor, anew={"empty_first": True})
