"""The page on which a new migration run is described."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..databases import aliases, destinations
from ..models import MigrationRun
from ..planning.row_counts import Offer, look
from ..runner import controls, named_plans
from .checking import check
from .forms import DatabasesForm, MigrationForm
from .prefilled import Prefilled
from .refusals import REFUSALS, Refusal
from .run_form import Origin, answered, form_of, labels_of
from .site_pages import SitePages


def show(pages: SitePages, request: HttpRequest) -> HttpResponse:
    """Ask for the databases, then for the models, then check and plan.

    Begins with the choices of an old run, or of a plan with a name, if the address
    names one.
    """
    origin = Origin.of(request)
    if request.method == "POST":
        return _submitted(pages, request, origin)
    databases = DatabasesForm(_pair(request, origin), initial=_usual())
    if not databases.is_bound or not databases.is_valid():
        return _answer(pages, request, databases, origin)
    source = databases.cleaned_data["source"]
    destination = databases.cleaned_data["destination"]
    try:
        found = look(source, destination)
    except REFUSALS as refusal:
        return _answer(pages, request, databases, origin, refusal=refusal)
    filled = None
    if origin.run is None:
        initial = {"source": source, "destination": destination}
        form = MigrationForm(offered=found.groups, initial=initial)
    else:
        origin.run.source, origin.run.destination = source, destination
        filled = Prefilled.of(origin.run, labels_of(found))
        form = form_of(origin.run, found, filled)
        form.initial["keep_as"] = origin.plan.name if origin.plan else ""
    return _answer(pages, request, databases, origin, form, offer=found, filled=filled)


def _pair(request: HttpRequest, origin: Origin) -> QueryDict | dict[str, str] | None:
    """Return the databases that are asked for, or were before."""
    if "source" in request.GET or origin.run is None:
        given = request.GET.copy()
        for name, _value in origin.hidden:
            given.pop(name, None)
        return given or None
    return {"source": origin.run.source, "destination": origin.run.destination}


def _submitted(pages: SitePages, request: HttpRequest, origin: Origin) -> HttpResponse:
    databases = DatabasesForm(request.POST)
    if not databases.is_valid():
        return _answer(pages, request, databases, origin)
    source = databases.cleaned_data["source"]
    destination = databases.cleaned_data["destination"]
    try:
        found = look(source, destination)
        begun = origin.run or MigrationRun(labels=[], excluded=[])
        filled = Prefilled.of(begun, labels_of(found))
        form = answered(request.POST, found, filled)
        if not form.is_valid():
            return _answer(pages, request, databases, origin, form, offer=found)
        return _taken(pages, request, origin, form)
    except REFUSALS as refusal:
        return _answer(pages, request, databases, origin, refusal=refusal)


def _taken(
    pages: SitePages, request: HttpRequest, origin: Origin, form: MigrationForm
) -> HttpResponse:
    """Keep what was chosen, if it has a name, and make a run of it, if that is asked.

    Raises RequestRefused for a name that another plan has.
    """
    actor = request.user.get_username()
    run, name = form.described(), form.cleaned_data["keep_as"]
    only_keeps = "only_keep" in request.POST
    if name or only_keeps:
        is_the_same = origin.plan is not None and name == origin.plan.name
        plan = named_plans.keep(run, name, actor, origin.plan if is_the_same else None)
    if only_keeps:
        said = _("Plan “%(name)s” is kept.") % {"name": plan.name}
        messages.success(request, said)
        return HttpResponseRedirect(pages.url("plans"))
    controls.draft(run, actor)
    check(request, run, actor)
    return HttpResponseRedirect(pages.url("change", run.pk))


def _usual() -> dict[str, str]:
    """Offer the pair that is meant where there are only two databases."""
    names = aliases()
    if len(names) != 2 or "default" not in names:
        return {}
    other = next(name for name in names if name != "default")
    if "default" in destinations():
        return {"source": other, "destination": "default"}
    return {"source": "default", "destination": other}


def _answer(
    pages: SitePages,
    request: HttpRequest,
    databases: DatabasesForm,
    origin: Origin,
    form: MigrationForm | None = None,
    refusal: Refusal | None = None,
    offer: Offer | None = None,
    filled: Prefilled | None = None,
) -> HttpResponse:
    if form and not form.is_bound:
        _warn_of_problems(request, form)
    context = pages.context(
        request,
        None,
        title=_title(origin),
        databases=databases,
        form=form,
        refusal=refusal,
        prefilled=filled,
        plan=origin.plan,
        hidden=origin.hidden,
        may_keep=True,
        condition_url=pages.url("condition"),
        left_out=[entry.as_record() for entry in offer.left_out] if offer else [],
    )
    return TemplateResponse(request, "migration_console/new.html", context)


def _title(origin: Origin) -> str:
    if origin.plan is not None:
        return _("Plan “%(name)s”") % {"name": origin.plan.name}
    return _("Plan a migration run")


def _warn_of_problems(request: HttpRequest, form: MigrationForm) -> None:
    models = [model for model in form.offered() if not model.is_unowned]
    number = sum(bool(model.problem) for model in models)
    if number:
        text = ngettext(
            "%(number)d model cannot be copied as it is and is not selected. See"
            " the reason below its name.",
            "%(number)d models cannot be copied as they are and are not selected. See"
            " the reasons below their names.",
            number,
        )
        messages.warning(request, text % {"number": number})
