"""Who makes the checks that a page asks for: a worker, or the request itself."""

from __future__ import annotations

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
    with_emptying: bool = False,
) -> None:
    """Ask a worker; without one, and where somebody asks, check in this request.

    Here values are looked through for some seconds only; the plan says so.
    """
    if HERE not in request.POST and before_start.is_worker_there():
        before_start.ask_for_checks(run, actor, with_emptying=with_emptying)
    elif with_emptying:
        controls.check_with_emptying(run, actor)
    else:
        controls.check(run, actor)
