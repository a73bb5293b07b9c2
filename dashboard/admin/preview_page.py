"""The first rows of a table before and after the function that they go through."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ..models import MigrationRun
from ..runner.abstentions import plan_fault
from ..runner.previews import preview
from ..transfer.errors import TransferError
from ..transfer.plan import TablePlan
from .permissions import may_see_values
from .site_pages import SitePages


def show(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the source for the first rows; show values to who may see them."""
    run = pages.find(pk)
    label = request.GET.get("model", "")
    table = run.tables.exclude(transform="").filter(model=label).first()
    if table is None:
        raise Http404
    with_values = may_see_values(request)
    context = pages.context(
        request,
        run,
        title=_("Preview of %(model)s") % {"model": label},
        subtitle=f"{run.source} → {run.destination}",
        transform=table.transform,
        may_see_values=with_values,
        urls={"change": pages.url("change", run.pk)},
        **_found(run, table.plan, with_values=with_values),
    )
    return TemplateResponse(request, "migration_console/preview.html", context)


def _found(
    run: MigrationRun, plan: dict[str, Any], *, with_values: bool
) -> dict[str, Any]:
    """Return lines of the page, without keys and values for who may not see them."""
    try:
        if fault := plan_fault(run):
            raise fault
        rows = preview(run, TablePlan.from_json(plan))
    except TransferError as error:
        return {"lines": [], "error": error.message, "remedy": error.remedy}
    lines = [
        {
            "number": number,
            "key": row.key if with_values else "",
            "made": [
                [one if with_values else {"column": one.column} for one in made]
                for made in row.made
            ],
        }
        for number, row in enumerate(rows, 1)
    ]
    return {"lines": lines, "error": "", "remedy": ""}
