"""What changes a run. Every one of these is a POST and leads back to its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from ..models import MigrationRun
from ..runner import controls
from ..statuses import Status
from . import show
from .access import REFUSALS, Refusal
from .forms import StartForm

if TYPE_CHECKING:
    from .runs import MigrationRunAdmin


def start(runs: MigrationRunAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    run = runs.find(pk)
    form = StartForm(request.POST, run=run, deletes=bool(show.emptied(run)))
    if run.status == Status.READY and not form.is_valid():
        return show.plan(runs, request, run, form=form)
    plan_hash = request.POST.get("plan_hash", "")
    return _do(runs, request, run, lambda actor: controls.start(run, actor, plan_hash))


def check(runs: MigrationRunAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    run = runs.find(pk)
    return _do(runs, request, run, lambda actor: controls.check(run, actor))


def discard(runs: MigrationRunAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Give up what was never started; whoever may start may do that."""
    run = runs.find(pk)
    if run.status not in (Status.DRAFT, Status.READY):
        messages.error(request, _("The run has been started; cancel it instead."))
        return _back(runs, run)
    return _do(runs, request, run, lambda actor: controls.cancel(run, actor))


def compare(runs: MigrationRunAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    run = runs.find(pk)
    try:
        actor = request.user.get_username()
        again = controls.check(controls.compare_again(run, actor), actor)
    except REFUSALS as refusal:
        _tell(request, refusal)
        return _back(runs, run)
    return _back(runs, again)


def pause(runs: MigrationRunAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    run = runs.find(pk)
    return _do(runs, request, run, lambda actor: controls.pause(run, actor))


def resume(runs: MigrationRunAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    run = runs.find(pk)
    return _do(runs, request, run, lambda actor: controls.resume(run, actor))


def cancel(runs: MigrationRunAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    run = runs.find(pk)
    return _do(runs, request, run, lambda actor: controls.cancel(run, actor))


def retry(runs: MigrationRunAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    run = runs.find(pk)
    return _do(runs, request, run, lambda actor: controls.retry(run, actor))


def _do(
    runs: MigrationRunAdmin,
    request: HttpRequest,
    run: MigrationRun,
    ask: Callable[[str], object],
) -> HttpResponse:
    try:
        ask(request.user.get_username())
    except REFUSALS as refusal:
        _tell(request, refusal)
    return _back(runs, run)


def _tell(request: HttpRequest, refusal: Refusal) -> None:
    messages.error(request, f"{refusal.message} {refusal.remedy}".strip())


def _back(runs: MigrationRunAdmin, run: MigrationRun) -> HttpResponse:
    return HttpResponseRedirect(runs.url("change", run.pk))
