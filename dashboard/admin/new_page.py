"""The page on which a new migration run is described."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..databases import aliases, destinations
from ..planning.row_counts import Offer, look
from ..runner import controls
from .checking import check
from .forms import DatabasesForm, MigrationForm
from .refusals import REFUSALS, Refusal
from .site_pages import SitePages


def show(pages: SitePages, request: HttpRequest) -> HttpResponse:
    """Ask for the databases, then for the models, then check and plan."""
    if request.method == "POST":
        return _submitted(pages, request)
    databases = DatabasesForm(request.GET or None, initial=_usual())
    if not databases.is_bound or not databases.is_valid():
        return _answer(pages, request, databases)
    source = databases.cleaned_data["source"]
    destination = databases.cleaned_data["destination"]
    try:
        found = look(source, destination)
    except REFUSALS as refusal:
        return _answer(pages, request, databases, refusal=refusal)
    initial = {"source": source, "destination": destination}
    form = MigrationForm(offered=found.groups, initial=initial)
    return _answer(pages, request, databases, form=form, offer=found)


def _submitted(pages: SitePages, request: HttpRequest) -> HttpResponse:
    databases = DatabasesForm(request.POST)
    if not databases.is_valid():
        return _answer(pages, request, databases)
    source = databases.cleaned_data["source"]
    destination = databases.cleaned_data["destination"]
    try:
        found = look(source, destination)
        form = MigrationForm(request.POST, offered=found.groups)
        if not form.is_valid():
            return _answer(pages, request, databases, form=form, offer=found)
        actor = request.user.get_username()
        run = controls.draft(form.described(), actor)
        check(request, run, actor)
    except REFUSALS as refusal:
        return _answer(pages, request, databases, refusal=refusal)
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
    form: MigrationForm | None = None,
    refusal: Refusal | None = None,
    offer: Offer | None = None,
) -> HttpResponse:
    if form and not form.is_bound:
        _warn_of_problems(request, form)
    context = pages.context(
        request,
        None,
        title=_("Plan a migration run"),
        databases=databases,
        form=form,
        refusal=refusal,
        condition_url=pages.url("condition"),
        left_out=[entry.as_record() for entry in offer.left_out] if offer else [],
    )
    return TemplateResponse(request, "migration_console/new.html", context)


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
