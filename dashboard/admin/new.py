"""The page on which a migration is described."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..databases import aliases
from ..planning.row_counts import count_rows
from ..runner import controls
from ..wording import estimate
from .access import REFUSALS, Refusal
from .forms import DatabasesForm, MigrationForm, destinations

if TYPE_CHECKING:
    from ..planning.row_counts import AppChoice, ModelChoice
    from ..transfer.backends.base import Size
    from .runs import MigrationRunAdmin


@dataclass(frozen=True)
class ModelBox:
    """A line of the page: a model to tick."""

    label: str
    name: str
    table: str
    source: str
    destination: str
    rows: int
    exact: bool
    holds_rows: bool
    problem: str
    parts: tuple[str, ...]
    checked: bool


@dataclass(frozen=True)
class AppBox:
    label: str
    name: str
    models: tuple[ModelBox, ...]


def page(runs: MigrationRunAdmin, request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _submitted(runs, request)
    databases = DatabasesForm(request.GET or None, initial=_usual())
    if not databases.is_bound or not databases.is_valid():
        return _answer(runs, request, databases)
    source = databases.cleaned_data["source"]
    destination = databases.cleaned_data["destination"]
    try:
        found = count_rows(source, destination)
    except REFUSALS as refusal:
        return _answer(runs, request, databases, refusal=refusal)
    initial = {"source": source, "destination": destination}
    form = MigrationForm(survey=found, initial=initial)
    return _answer(runs, request, databases, form=form)


def _submitted(runs: MigrationRunAdmin, request: HttpRequest) -> HttpResponse:
    databases = DatabasesForm(request.POST)
    if not databases.is_valid():
        return _answer(runs, request, databases)
    source = databases.cleaned_data["source"]
    destination = databases.cleaned_data["destination"]
    try:
        found = count_rows(source, destination)
        form = MigrationForm(request.POST, survey=found)
        if not form.is_valid():
            return _answer(runs, request, databases, form=form)
        actor = request.user.get_username()
        run = controls.check(controls.draft(form.described(), actor), actor)
    except REFUSALS as refusal:
        return _answer(runs, request, databases, refusal=refusal)
    return HttpResponseRedirect(runs.url("change", run.pk))


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
    runs: MigrationRunAdmin,
    request: HttpRequest,
    databases: DatabasesForm,
    form: MigrationForm | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    apps = _boxes(form) if form else []
    skipped = sum(bool(model.problem) for app in apps for model in app.models)
    if skipped and form and not form.is_bound:
        messages.warning(request, _skipped(skipped))
    context = runs.context(
        request,
        None,
        title=_("New migration"),
        databases=databases,
        form=form,
        apps=apps,
        refusal=refusal,
        models_total=sum(len(app.models) for app in apps),
    )
    return TemplateResponse(request, "migration_console/new.html", context)


def _skipped(number: int) -> str:
    return ngettext(
        "%(number)d model has a problem and is not selected; its line says which.",
        "%(number)d models have a problem and are not selected; their lines say which.",
        number,
    ) % {"number": number}


def _boxes(form: MigrationForm) -> list[AppBox]:
    checked = form.checked()
    return [
        AppBox(
            label=app.label,
            name=app.name,
            models=tuple(_box(model, checked) for model in app.models),
        )
        for app in _with_models(form.survey)
    ]


def _with_models(survey: Iterable[AppChoice]) -> Iterable[AppChoice]:
    return (app for app in survey if app.models)


def _box(model: ModelChoice, checked: set[str]) -> ModelBox:
    return ModelBox(
        label=model.label,
        name=capfirst(model.name),
        table=model.table,
        source=_counted(model.source),
        destination=_counted(model.destination),
        rows=model.source.rows if model.source else 0,
        exact=model.source is None or model.source.exact,
        holds_rows=bool(model.destination and model.destination.rows),
        problem=model.problem,
        parts=model.parts,
        checked=model.label in checked,
    )


def _counted(number: Size | None) -> str:
    return "–" if number is None else estimate(number.rows, exact=number.exact)
