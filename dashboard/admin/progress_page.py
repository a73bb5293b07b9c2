"""The page of a run, and the part of it that the page polls."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ..models import MigrationRun, SchemaObject
from ..progress import snapshot
from ..progress.commands import command_lines
from ..runner import copied_again, stalls
from ..runner.pace import CHANGEABLE
from ..runner.schema_state import restoring_command
from ..statuses import Status
from . import plan_page
from .buttons import buttons
from .pace_form import PaceForm
from .permissions import CONTROL, START, may_see_output, permitted
from .report_pages import files
from .run_view import EVENTS, OBJECTS, RunView
from .site_pages import SitePages

URLS = ("progress", "report", "rows", "again", "command")
BEFORE_START = (Status.DRAFT, Status.CHECKING, Status.READY)


def show(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a run is; before its start, its plan."""
    run = pages.find(pk)
    if run.status in BEFORE_START:
        return plan_page.show(pages, request, run)
    context = pages.context(
        request,
        run,
        title=_("Migration run %(number)d") % {"number": run.pk},
        subtitle=f"{run.source} → {run.destination}",
        findings=run.findings.all(),
        keep_url=pages.url("keep", run.pk),
        anew_url=f"{pages.url('new')}?run={run.pk}",
        **_moving(pages, request, run),
    )
    return TemplateResponse(request, "migration_console/run.html", context)


def poll(pages: SitePages, request: HttpRequest, pk: int) -> HttpResponse:
    """Answer with the part of the page that moves; admin_view forbids caching."""
    stalls.look()
    run = pages.find(pk)
    if run.status in BEFORE_START:
        return plan_page.poll(pages, request, run)
    may_control = permitted(request, CONTROL)
    context = {
        "run": run,
        "may_control": may_control,
        **_moving(pages, request, run),
    }
    return TemplateResponse(request, "migration_console/run/fragment.html", context)


def _moving(
    pages: SitePages, request: HttpRequest, run: MigrationRun
) -> dict[str, object]:
    seen = snapshot(run)
    sees_output = may_see_output(request)
    return {
        "commands": command_lines(run, with_output=sees_output),
        "may_see_output": sees_output,
        "seen": seen,
        "view": RunView.of(seen),
        "buttons": buttons(
            pages,
            run,
            may_start=permitted(request, START),
            may_control=permitted(request, CONTROL),
        ),
        "pace": _pace(pages, request, run),
        "urls": {name: pages.url(name, run.pk) for name in URLS},
        "files": files(pages, run),
        "may_copy_again": run.copies
        and run.status in copied_again.OVER
        and run.started_at is not None
        and permitted(request, START),
        "not_restored": _not_restored(run) if run.is_ended else (),
        "restoring_command": restoring_command(run),
        "events": run.events.order_by("-id")[:EVENTS],
    }


def _pace(
    pages: SitePages, request: HttpRequest, run: MigrationRun
) -> dict[str, object]:
    """Return the form that changes a run's speed, for whoever may do that now."""
    if run.status not in CHANGEABLE or not permitted(request, CONTROL):
        return {}
    return {"form": PaceForm.of(run), "url": pages.url("pace", run.pk)}


def _not_restored(run: MigrationRun) -> Iterable[SchemaObject]:
    """Return what is not in place as it was, once it should be."""
    columns = ("object_type", "name", "state", "error", "table__table")
    found = run.schema_objects.off().select_related("table").only(*columns)
    return found.order_by("id")[:OBJECTS]
