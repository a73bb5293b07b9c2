"""What changes a run. Every one of these is a POST and leads back to its page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from ..control_database import AWAY
from ..models import MigrationRun
from ..runner import before_start, command_calls, controls, copied_again, exits
from ..runner.pace import change
from ..statuses import Status
from . import again_page, checking, plan_page
from .confirm_forms import StartForm
from .pace_form import PaceForm
from .refusals import REFUSALS, changed, tell, unavailable
from .site_pages import SitePages


def start(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Start the plan that was confirmed, or show it again with what is missing."""
    run = pages.find(pk)
    form = StartForm(request.POST, run=run, actor=request.user.get_username())
    if not form.is_valid():
        if run.status == Status.READY:
            return plan_page.show(pages, request, run, form=form)
        # Also where checks that plan the same once more end in this moment.
        tell(request, changed())
        return _back(pages, run)
    if form.cleaned_data["checked"] not in (None, run.check_number):
        tell(request, changed())
        return _back(pages, run)
    plan_hash = form.cleaned_data["plan_hash"]
    return _do(pages, request, run, lambda actor: controls.start(run, actor, plan_hash))


def check(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Check the run again, and plan it anew."""
    run = pages.find(pk)
    return _do(pages, request, run, partial(checking.check, request, run))


def empty(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Plan to empty the tables first, and check again."""
    run = pages.find(pk)
    return _do(pages, request, run, partial(checking.check_with_emptying, request, run))


def dry_run(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Try the first rows of every table of the plan."""
    run = pages.find(pk)
    ask = partial(before_start.ask_for_dry_run, run)
    return _do(pages, request, run, ask)


def stop(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Stop the checks, or the dry run, that a worker was asked for."""
    run = pages.find(pk)
    kind = request.POST.get("kind", "")
    return _do(pages, request, run, lambda actor: before_start.stop(run, actor, kind))


def discard(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Give up what was never started; whoever may start may do that."""
    run = pages.find(pk)
    if run.status not in (Status.DRAFT, Status.CHECKING, Status.READY):
        text = _("The run has been started and cannot be discarded. Cancel it instead.")
        messages.error(request, text)
        return _back(pages, run)
    return _do(pages, request, run, lambda actor: controls.cancel(run, actor))


def compare(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Plan a comparison of what the run copied."""
    run = pages.find(pk)
    try:
        actor = request.user.get_username()
        again = controls.compare_again(run, actor)
        checking.check(request, again, actor)
    except REFUSALS as refusal:
        tell(request, refusal)
        return _back(pages, run)
    return _back(pages, again)


def pause(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the lanes to stop."""
    run = pages.find(pk)
    return _do(pages, request, run, lambda actor: controls.pause(run, actor))


def resume(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Go on after a pause; asks where rows would be deleted."""
    return again_page.go_on(pages, request, pages.find(pk), "resume", controls.resume)


def pace(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Change how many rows a second and how many lanes the run may have."""
    run = pages.find(pk)
    form = PaceForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.said())
        return _back(pages, run)
    ask = partial(change, run, pace=form.pace(), shown=form.shown())
    return _do(pages, request, run, ask)


def cancel(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """End the run; what has been copied stays."""
    run = pages.find(pk)
    return _do(pages, request, run, lambda actor: controls.cancel(run, actor))


def retry(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Go on with a run that failed or was cancelled; asks where rows would go."""
    return again_page.go_on(pages, request, pages.find(pk), "retry", controls.retry)


def decide_command(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Let a command that did not succeed run again, or take it as done; then go on."""
    run = pages.find(pk)
    name, done = request.POST.get("command", ""), request.POST.get("decision") == "done"
    try:
        actor = request.user.get_username()
        command_calls.settle(run, actor, name, done=done)
    except REFUSALS as refusal:
        tell(request, refusal)
        return _back(pages, run)
    return again_page.go_on(pages, request, pages.find(pk), "retry", controls.retry)


def copy_again(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Copy one table of an ended run from its beginning; asks before it is emptied."""
    run = pages.find(pk)
    name = request.POST.get("table", "")
    try:
        tables = copied_again.chosen(run, [name])
    except REFUSALS as refusal:
        tell(request, refusal)
        return _back(pages, run)
    ask = partial(controls.retry, anew=tables)
    return again_page.go_on(pages, request, run, "again", ask, table=name)


def restore(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Put back what an ended run has left off the destination's schema."""
    run = pages.find(pk)
    return _do(pages, request, run, lambda actor: exits.restore(run, actor))


def force(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """End a run that nothing serves."""
    run = pages.find(pk)
    return _do(pages, request, run, lambda actor: exits.force(run, actor))


def _do(
    pages: SitePages,
    request: HttpRequest,
    run: MigrationRun,
    ask: Callable[[str], object],
) -> HttpResponse:
    try:
        ask(request.user.get_username())
    except REFUSALS as refusal:
        tell(request, refusal)
    except AWAY:
        messages.error(request, unavailable())
    return _back(pages, run)


def _back(pages: SitePages, run: MigrationRun) -> HttpResponse:
    return HttpResponseRedirect(pages.url("change", run.pk))
