"""The report of a run: as a page of the admin, and as files."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _

from .. import report
from ..models import MigrationRun
from .permissions import may_see_output
from .site_pages import SitePages


def show(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Show the report and offer its files."""
    run = pages.find(pk)
    context = pages.context(
        request,
        run,
        title=_("Report on migration run %(number)d") % {"number": run.pk},
        report=report.build(run, with_output=may_see_output(request)),
        run_url=pages.url("change", run.pk),
        files=files(pages, run),
    )
    return TemplateResponse(request, "migration_console/report.html", context)


def download(
    pages: SitePages, request: HttpRequest, pk: int, file_type: str
) -> HttpResponse:
    """Answer with the report as a file of one type."""
    run = pages.find(pk)
    if file_type not in report.FILE_TYPES:
        raise Http404
    built = report.build(run, with_output=may_see_output(request))
    text, media_type = report.render(built, file_type)
    disposition = content_disposition_header(
        as_attachment=True, filename=f"{_name(run)}.{file_type}"
    )
    return HttpResponse(
        text,
        content_type=media_type,
        headers={
            "Content-Disposition": disposition or "attachment",
            "X-Content-Type-Options": "nosniff",
        },
    )


def files(pages: SitePages, run: MigrationRun) -> list[tuple[str, str]]:
    """Return the file types of the report and their addresses."""
    return [
        (file_type.upper(), pages.url("report_file", run.pk, file_type))
        for file_type in report.FILE_TYPES
    ]


def _name(run: MigrationRun) -> str:
    # Letters, digits and hyphens only: aliases go into a header here.
    return f"migration-{run.pk}-{slugify(run.source)}-to-{slugify(run.destination)}"
