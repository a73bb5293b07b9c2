"""The plans with a name: listed, run, kept of a run, and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ..models import MigrationRun, NamedPlan
from ..planning.table_selection import ALL
from ..runner import named_plans
from .checking import check
from .refusals import REFUSALS, tell
from .site_pages import SitePages

SHOWN = 4  # labels of a plan that its line names


@dataclass(frozen=True)
class PlanLine:
    """A plan of the list, and its last run."""

    plan: NamedPlan
    what: str
    how: str
    commands: str
    last: MigrationRun | None
    urls: dict[str, str]


def show(pages: SitePages, request: HttpRequest) -> HttpResponse:
    """List every plan with its last run."""
    context = pages.context(
        request,
        None,
        title=_("Plans"),
        lines=list(_lines(pages)),
        new_url=pages.url("new"),
    )
    return TemplateResponse(request, "migration_console/plans.html", context)


def _lines(pages: SitePages) -> Iterator[PlanLine]:
    plans = list(NamedPlan.objects.all())
    runs = MigrationRun.objects.filter(named_plan__in=plans).order_by("pk")
    columns = ("named_plan", "status", "verdict", "started_at", "created_at")
    last = {run.named_plan_id: run for run in runs.only(*columns)}
    for plan in plans:
        urls = {
            "run": pages.url("plan_run", plan.pk),
            "delete": pages.url("plan_delete", plan.pk),
            "edit": f"{pages.url('new')}?plan={plan.pk}",
        }
        found = last.get(plan.pk)
        if found is not None:
            urls["last"] = pages.url("change", found.pk)
        yield PlanLine(plan, _what(plan), _how(plan), _commands(plan), found, urls)


def _what(plan: NamedPlan) -> str:
    """Say what takes part, in a line."""
    labels = [label for label in plan.choices.get("labels", ()) if label != ALL]
    if not labels:
        return _("everything")
    some = ", ".join(labels[:SHOWN])
    more = len(labels) - SHOWN
    if more <= 0:
        return some
    return _("%(some)s and %(more)d more") % {"some": some, "more": more}


def _how(plan: NamedPlan) -> str:
    """Say which rows it takes, and into what; "" where it is all of them."""
    choices = plan.choices
    modes = {
        mode if label == ALL else f"{label}={mode}"
        for label, mode in choices.get("modes", {}).items()
    }
    said = [
        (choices.get("filters"), _("only some rows of %(them)s")),
        (choices.get("newer"), _("newer than the last run: %(them)s")),
        (modes, _("into tables that hold rows: %(them)s")),
        (choices.get("transforms"), _("through functions: %(them)s")),
    ]
    lines = [text % {"them": ", ".join(sorted(them))} for them, text in said if them]
    return "; ".join(lines)


def _commands(plan: NamedPlan) -> str:
    names = ("commands_before", "commands_after")
    return ", ".join(one for name in names for one in plan.choices.get(name, ()))


def run(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Make a run of a plan and check it: whoever starts it confirms what it deletes."""
    plan = get_object_or_404(NamedPlan, pk=pk)
    actor = request.user.get_username()
    try:
        made = named_plans.draft(plan, actor)
        check(request, made, actor)
    except REFUSALS as refusal:
        tell(request, refusal)
        return HttpResponseRedirect(pages.url("plans"))
    return HttpResponseRedirect(pages.url("change", made.pk))


def keep(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the choices of a run as a plan."""
    found = pages.find(pk)
    actor = request.user.get_username()
    try:
        plan = named_plans.keep(found, request.POST.get("name", ""), actor)
    except REFUSALS as refusal:
        tell(request, refusal)
    else:
        messages.success(request, _("Plan “%(name)s” is kept.") % {"name": plan.name})
    return HttpResponseRedirect(pages.url("change", found.pk))


def delete(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a plan; its runs stay."""
    plan = get_object_or_404(NamedPlan, pk=pk)
    plan.delete()
    messages.success(request, _("Plan “%(name)s” is deleted.") % {"name": plan.name})
    return HttpResponseRedirect(pages.url("plans"))
