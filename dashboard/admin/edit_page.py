"""The page on which a run that has not begun is described anew."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ..models import MigrationRun
from ..planning.row_counts import look
from ..runner import controls
from ..statuses import Status
from .checking import check
from .forms import MigrationForm
from .prefilled import Prefilled, alike, offered
from .refusals import REFUSALS, changed, tell
from .run_form import answered, form_of, labels_of
from .site_pages import SitePages

BEFORE_START = (Status.DRAFT, Status.READY)


def show(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Show every choice of a run, with those of the address put to them, or take them.

    What is chosen is checked anew; the plan from before is void.
    """
    run = pages.find(pk)
    back = HttpResponseRedirect(pages.url("change", run.pk))
    if run.status not in BEFORE_START:
        tell(request, changed())
        return back
    try:
        found = look(run.source, run.destination)
        labels = labels_of(found)
        filled = Prefilled.of(run, labels)
        if request.method != "POST":
            _choose(run, filled, request, labels)
            return _answer(pages, request, run, form_of(run, found, filled), filled)
        data = request.POST.copy()
        data["source"], data["destination"] = run.source, run.destination
        form = answered(data, found, filled)
        if not form.is_valid():
            return _answer(pages, request, run, form, filled)
        anew = controls.described(form.described())
        check(request, run, request.user.get_username(), anew=anew)
    except REFUSALS as refusal:
        tell(request, refusal)
    return back


def _choose(
    run: MigrationRun, filled: Prefilled, request: HttpRequest, labels: list[str]
) -> None:
    """Take the choices of the address: one, or a change for all that it mends.

    Only what a finding offers: anybody may write an address.
    """
    asked = [one.partition(":")[::2] for one in request.GET.getlist("choose")]
    on_offer = offered(run) if asked else set()
    choices = [one for one in asked if one in on_offer]
    if choices != asked:
        messages.warning(
            request,
            _(
                "What the link chooses is no longer offered by any finding, so it was "
                "not filled in. Read the findings again, or choose below."
            ),
        )
    if name := request.GET.get("all", ""):
        choices += [(kind, value) for kind, value in alike(run, name)]
    for kind, value in choices:
        filled.choose(kind, value, labels)


def _answer(
    pages: SitePages,
    request: HttpRequest,
    run: MigrationRun,
    form: MigrationForm,
    filled: Prefilled,
) -> HttpResponse:
    context = pages.context(
        request,
        run,
        title=_("Change migration run %(number)d") % {"number": run.pk},
        subtitle=f"{run.source} → {run.destination}",
        form=form,
        prefilled=filled,
        condition_url=pages.url("condition"),
        change_url=pages.url("change", run.pk),
    )
    return TemplateResponse(request, "migration_console/new.html", context)
