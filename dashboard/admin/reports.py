from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _

from .. import report
from ..models import MigrationRun

if TYPE_CHECKING:
    from .runs import MigrationRunAdmin


def page(runs: MigrationRunAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    run = runs.find(pk)
    context = runs.context(
        request,
        run,
        title=_("Report on migration %(number)d") % {"number": run.pk},
        report=report.build(run),
        run_url=runs.url("change", run.pk),
        files=files(runs, run),
    )
    return TemplateResponse(request, "migration_console/report.html", context)


def download(
    runs: MigrationRunAdmin, request: HttpRequest, pk: int, form: str
) -> HttpResponse:
    run = runs.find(pk)
    if form not in report.FORMS:
        raise Http404
    text, media_type = report.render(report.build(run), form)
    disposition = content_disposition_header(
        as_attachment=True, filename=f"{_name(run)}.{form}"
    )
    return HttpResponse(
        text,
        content_type=media_type,
        headers={
            "Content-Disposition": disposition or "attachment",
            "X-Content-Type-Options": "nosniff",
        },
    )


def files(runs: MigrationRunAdmin, run: MigrationRun) -> list[tuple[str, str]]:
    """Return the forms of the report and their addresses."""
    return [
        (form.upper(), runs.url("report_file", run.pk, form)) for form in report.FORMS
    ]


def _name(run: MigrationRun) -> str:
    # Letters, digits and hyphens only: aliases go into a header here.
    return f"migration-{run.pk}-{slugify(run.source)}-to-{slugify(run.destination)}"
