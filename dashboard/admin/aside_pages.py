"""The rows that a run has set aside: as a page, and as a file."""

from __future__ import annotations

from itertools import islice

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..control_database import atomic
from ..models import MigrationRun
from ..report.aside import aside_csv, aside_lines
from ..runner import rows_aside
from ..runner.copied_again import OVER
from ..runner.moves import write_down
from .permissions import may_see_values
from .site_pages import SitePages

SHOWN = 200  # rows on the page; the file has all of them


def show(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """List the rows that are aside, with their values for who may see those."""
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
    """Answer with all of them as CSV; who takes values away is written down."""
    run = pages.find(pk)
    with_values = may_see_values(request)
    if with_values and request.method == "GET":
        _note(run, request.user.get_username())
    disposition = content_disposition_header(
        as_attachment=True, filename=f"migration-{run.pk}-rows-aside.csv"
    )
    return HttpResponse(
        aside_csv(run, with_values=with_values),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": disposition or "attachment",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _note(run: MigrationRun, actor: str) -> None:
    number = rows_aside.number(run)
    said = ngettext(
        "The values of %(number)d row aside were downloaded.",
        "The values of %(number)d rows aside were downloaded.",
        number,
    ) % {"number": number}
    with atomic():
        edge = (run.status, run.status)
        write_down(run, actor, said, edge=edge, plan_hash=run.plan_hash)
