"""The page of a run before its start: the plan and its confirmation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ..models import Finding, MigrationRun, TableCopy
from ..planning.duration import expect
from ..planning.known_checks import NOT_EMPTY
from ..progress.commands import command_lines
from ..runner.before_start import is_worker_there
from ..runner.recent_checks import is_recent
from ..statuses import Status
from ..wording import about, estimate
from .confirm_forms import StartForm
from .findings import Section, sections
from .permissions import START, permitted
from .plan_lines import plan_seen, rows_tried, said_of_merge
from .plan_work import work_of
from .site_pages import SitePages

# What was checked within it was checked just now.
FRESH = timedelta(minutes=1)
ACTIONS = (
    *("change", "edit", "progress", "start", "check", "dry-run", "stop", "empty"),
    "discard",
)


def show(
    pages: SitePages,
    request: HttpRequest,
    run: MigrationRun,
    form: StartForm | None = None,
) -> HttpResponse:
    """Show what the checks found, what will happen, and the button for it."""
    found = _sections(pages, request, run)
    context = pages.context(
        request,
        run,
        title=_("Plan of migration run %(number)d") % {"number": run.pk},
        subtitle=f"{run.source} → {run.destination}",
        form=form or StartForm(run=run, actor=request.user.get_username()),
        new_url=_new_url(pages, run),
        keep_url=pages.url("keep", run.pk),
        commands=command_lines(run, with_output=False),
        worker_is_there=is_worker_there(),
        is_old=not is_recent(run),
        is_fresh=is_recent(run, FRESH),
        **_moving(pages, run),
        sections=found,
        has_errors=any(one.level == Finding.Level.ERROR for one in found),
        **(_plan(pages, run) if run.status != Status.CHECKING else {}),
        left_out=list(run.left_out.all()) if run.status != Status.CHECKING else [],
        **_to_confirm(run),
        merged=said_of_merge(run),
    )
    return TemplateResponse(request, "migration_console/plan.html", context)


def poll(pages: SitePages, request: HttpRequest, run: MigrationRun) -> HttpResponse:
    """Answer with what a worker is doing for the run before its start."""
    context = {
        "run": run,
        "may_start": permitted(request, START),
        **_moving(pages, run),
    }
    return TemplateResponse(request, "migration_console/plan/working.html", context)


def _moving(pages: SitePages, run: MigrationRun) -> dict[str, Any]:
    return {
        "urls": {name.replace("-", "_"): pages.url(name, run.pk) for name in ACTIONS},
        "page_title": f"{run.get_status_display()} · {run.source} → {run.destination}",
        **work_of(run),
    }


def _sections(
    pages: SitePages, request: HttpRequest, run: MigrationRun
) -> list[Section]:
    """Return what the checks found; nothing while they are made again."""
    if run.status == Status.CHECKING:
        return []
    return sections(pages, run, may_start=permitted(request, START))


def _plan(pages: SitePages, run: MigrationRun) -> dict[str, Any]:
    tables = list(run.tables.defer("plan", "last_key"))
    standing = _has_rows_in_the_way(run)
    plan = plan_seen(tables, _emptied(run, is_in_the_way=standing))
    return {
        "plan": plan,
        "tables": tables,
        "rows_total": estimate(
            sum(table.rows_total for table in tables),
            exact=all(table.rows_total_exact for table in tables),
        ),
        "size_total": sum(table.bytes_total or 0 for table in tables),
        "expected": about(expect(run).seconds) if tables else "",
        "rows_tried": rows_tried(plan.lines),
        "previews": _previews(pages, run, tables),
        **_to_empty(run, is_in_the_way=standing),
    }


def _previews(
    pages: SitePages, run: MigrationRun, tables: Sequence[TableCopy]
) -> list[tuple[str, str, str]]:
    """Return models that go through functions, these, and where to see rows."""
    url = pages.url("preview", run.pk)
    found = [(one.model, one.transform) for one in tables if one.transform]
    return [(m, name, f"{url}?{urlencode({'model': m})}") for m, name in found]


def _emptied(run: MigrationRun, *, is_in_the_way: bool) -> set[int]:
    """Return the tables that the run empties; none as long as nobody wants it to."""
    errors = run.findings.filter(level=Finding.Level.ERROR)
    if is_in_the_way or (not run.empty_first and errors.exists()):
        return set()
    return set(run.tables.emptied().values_list("pk", flat=True))


def _has_rows_in_the_way(run: MigrationRun) -> bool:
    return run.findings.filter(check_name=NOT_EMPTY).exists()


def _to_confirm(run: MigrationRun) -> dict[str, Any]:
    tables = list(run.tables.to_confirm().defer("plan", "last_key"))
    return {"to_confirm": tables, "rows_to_confirm": _rows_before(tables)}


def _to_empty(run: MigrationRun, *, is_in_the_way: bool) -> dict[str, Any]:
    """Return what to offer to empty where rows stand in the way."""
    if not is_in_the_way:
        return {"to_empty": [], "rows_to_empty": ""}
    tables = list(run.tables.emptied().defer("plan", "last_key"))
    return {"to_empty": tables, "rows_to_empty": _rows_before(tables)}


def _rows_before(tables: Sequence[TableCopy]) -> str:
    return estimate(
        sum(table.rows_before or 0 for table in tables),
        exact=all(table.rows_before_exact for table in tables),
    )


def _new_url(pages: SitePages, run: MigrationRun) -> str:
    pair = {"source": run.source, "destination": run.destination}
    return f"{pages.url('new')}?{urlencode(pair)}"
