"""The rows that a run has set aside: as a page, and as a file."""

from __future__ import annotations

from itertools import islice

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from ..report.aside import aside_csv, aside_lines
from ..runner import rows_aside
from ..runner.copied_again import OVER
from .permissions import may_see_values
from .site_pages import SitePages

SHOWN = 200  # rows on the page; the file has all of them


def show(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """List the rows that are aside, with keys and values for who may see them."""
    run = pages.find(pk)
    with_values = may_see_values(request)
    number = rows_aside.number(run)
    context = pages.context(
        request,
        run,
        title=_("Rows aside of migration run %(number)d") % {"number": run.pk},
        subtitle=f"{run.source} → {run.destination}",
        lines=list(islice(aside_lines(run, with_values=with_values), SHOWN)),
        number=number,
        has_more=number > SHOWN,
        may_see_values=with_values,
        may_try_again=bool(number) and run.status in OVER,
        urls={name: pages.url(name, run.pk) for name in ("retry", "change")},
        file_url=pages.url("rows_file", run.pk),
    )
    return TemplateResponse(request, "migration_console/rows.html", context)


def download(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Answer with all of them as CSV."""
    run = pages.find(pk)
    disposition = content_disposition_header(
        as_attachment=True, filename=f"migration-{run.pk}-rows-aside.csv"
    )
    return HttpResponse(
        aside_csv(run, with_values=may_see_values(request)),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": disposition or "attachment",
            "X-Content-Type-Options": "nosniff",
        },
    )
