"""The page of a run: its plan before the start, its progress from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ..models import Finding, MigrationRun, TableCopy
from ..planning.duration import expect
from ..progress import snapshot
from ..runner import stalls
from ..statuses import Status
from ..wording import about, estimate
from .access import CONTROL, START, permitted
from .forms import StartForm
from .present import PlanRow, RunView, present

if TYPE_CHECKING:
    from .runs import MigrationRunAdmin

BEFORE_START = (Status.DRAFT, Status.CHECKING, Status.READY)


def page(runs: MigrationRunAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    run = runs.find(pk)
    if run.status in BEFORE_START:
        return plan(runs, request, run)
    context = runs.context(
        request,
        run,
        title=_("Migration %(number)d") % {"number": run.pk},
        subtitle=f"{run.source} → {run.destination}",
        view=_view(runs, request, run),
        findings=run.findings.all(),
    )
    return TemplateResponse(request, "migration_console/run.html", context)


def poll(runs: MigrationRunAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Answer with the part of the page that moves; admin_view forbids caching."""
    stalls.look()
    run = runs.find(pk)
    context = {"run": run, "view": _view(runs, request, run)}
    return TemplateResponse(request, "migration_console/run/fragment.html", context)


def plan(
    runs: MigrationRunAdmin,
    request: HttpRequest,
    run: MigrationRun,
    form: StartForm | None = None,
) -> HttpResponse:
    """Show what the checks found, what will happen, and the button for it."""
    tables = _tables(run)
    doomed = emptied(run, tables)
    findings = list(run.findings.all())
    rows = [PlanRow.of(table, run) for table in tables]
    context = runs.context(
        request,
        run,
        title=_("Plan of migration %(number)d") % {"number": run.pk},
        subtitle=f"{run.source} → {run.destination}",
        form=form or StartForm(run=run, deletes=bool(doomed)),
        errors=[f for f in findings if f.level == Finding.Level.ERROR],
        warnings=[f for f in findings if f.level == Finding.Level.WARNING],
        notes=[f for f in findings if f.level == Finding.Level.INFO],
        rows=rows,
        rows_total=_total(tables),
        emptied=[PlanRow.of(table, run) for table in doomed],
        emptied_rows=estimate(
            sum(table.rows_before or 0 for table in doomed),
            exact=all(table.rows_before_exact for table in doomed),
        ),
        expected=about(expect(run).seconds) if rows else "",
        size_total=sum(table.bytes_total or 0 for table in tables),
        late=[row for row in rows if row.replaced_last],
        urls={name: runs.url(name, run.pk) for name in ("start", "check", "discard")},
        new_url=_new_url(runs, run),
    )
    return TemplateResponse(request, "migration_console/plan.html", context)


def emptied(
    run: MigrationRun, tables: list[TableCopy] | None = None
) -> list[TableCopy]:
    """Return the tables whose rows the run deletes before it copies."""
    if not run.empty_first:
        return []
    tables = _tables(run) if tables is None else tables
    return [table for table in tables if table.rows_before]


def _tables(run: MigrationRun) -> list[TableCopy]:
    return list(TableCopy.objects.filter(run=run).defer("plan", "last_key"))


def _total(tables: list[TableCopy]) -> str:
    return estimate(
        sum(table.rows_total for table in tables),
        exact=all(table.rows_total_exact for table in tables),
    )


def _new_url(runs: MigrationRunAdmin, run: MigrationRun) -> str:
    pair = {"source": run.source, "destination": run.destination}
    return f"{runs.url('new')}?{urlencode(pair)}"


def _view(runs: MigrationRunAdmin, request: HttpRequest, run: MigrationRun) -> RunView:
    return present(
        snapshot(run),
        url=lambda name, *args: runs.url(name, run.pk, *args),
        may_start=permitted(request, START),
        may_control=permitted(request, CONTROL),
    )
