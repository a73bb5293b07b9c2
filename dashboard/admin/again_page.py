"""Going on with a run that stood still, and the question before it deletes rows."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ..models import MigrationRun
from ..runner.confirmations import Confirmation, ConfirmationNeeded
from .confirm_forms import TypedForm
from .permissions import START, permitted
from .refusals import REFUSALS, tell
from .site_pages import SitePages

GoOn = Callable[[MigrationRun, str, Confirmation | None], None]


def go_on(
    pages: SitePages,
    request: HttpRequest,
    run: MigrationRun,
    name: str,
    ask: GoOn,
    table: str = "",
) -> HttpResponse:
    """Resume or retry a run, or show what has to be confirmed first.

    ``table`` is one that is copied again.
    """
    actor = request.user.get_username()
    form = None
    confirmation = None
    if "confirmation" in request.POST:
        asked = Confirmation.asked(run, actor, {})
        form = TypedForm(request.POST, asked=asked)
        if form.is_valid() and permitted(request, START):
            confirmation = form.cleaned_data["confirmation"]
    try:
        ask(run, actor, confirmation)
    except ConfirmationNeeded as needed:
        if permitted(request, START):
            return _asking(pages, request, run, name, needed, form, table)
        tell(request, needed)
    except REFUSALS as refusal:
        tell(request, refusal)
    return HttpResponseRedirect(pages.url("change", run.pk))


def _asking(
    pages: SitePages,
    request: HttpRequest,
    run: MigrationRun,
    name: str,
    needed: ConfirmationNeeded,
    answered: TypedForm | None,
    table: str,
) -> HttpResponse:
    """Name the rows that would be deleted, and ask for the name of the destination."""
    if answered is not None and answered.is_valid():
        text = _("More rows are there than you confirmed. These are counted again.")
        messages.warning(request, text)
    actor = request.user.get_username()
    asked = Confirmation.asked(run, actor, needed.rows)
    context = pages.context(
        request,
        run,
        title=_("Before run %(number)d goes on") % {"number": run.pk},
        subtitle=f"{run.source} → {run.destination}",
        doomed=needed.doomed,
        rows=sum(needed.rows.values()),
        form=TypedForm(asked=asked),
        errors=answered.errors if answered is not None else {},
        url=pages.url(name, run.pk),
        back=pages.url("change", run.pk),
        is_retry=name == "retry",
        table=table,
    )
    return TemplateResponse(request, "migration_console/again.html", context)
