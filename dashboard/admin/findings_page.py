"""All findings of one level or model, where the plan shows the first of them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ..models import Finding
from ..statuses import Status
from .findings import sections
from .permissions import START, permitted
from .site_pages import SitePages

MOST = 200
"""Findings of a level on one page."""


def show(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Show the findings that the address asks for."""
    run = pages.find(pk)
    level = request.GET.get("level", "")
    is_planned = run.status in (Status.DRAFT, Status.READY)
    context = pages.context(
        request,
        run,
        title=_("Findings of migration run %(number)d") % {"number": run.pk},
        subtitle=f"{run.source} → {run.destination}",
        change_url=pages.url("change", run.pk),
        model=request.GET.get("model", ""),
        sections=sections(
            pages,
            run,
            may_start=is_planned and permitted(request, START),
            level=level if level in Finding.Level.values else "",
            model=request.GET.get("model"),
            most=MOST,
        ),
    )
    return TemplateResponse(request, "migration_console/findings_page.html", context)
