"""Every page of a run: its address, its view, and who may come there how.

The list of runs is the stock one and belongs to the ModelAdmin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connections
from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from ..control_database import AWAY
from ..runner.asker import asked_from
from . import (
    aside_pages,
    condition_page,
    edit_page,
    export_page,
    findings_page,
    import_page,
    new_page,
    plans_page,
    preview_page,
    progress_page,
    report_pages,
    run_actions,
)
from .admin_log import note
from .permissions import CONTROL, EXPORT, IMPORT, START, VIEW, permitted
from .refusals import unavailable
from .site_pages import SitePages

View = Callable[..., HttpResponseBase]

LOOK = ("GET", "HEAD")
CHANGE = ("POST",)


@dataclass(frozen=True)
class Route:
    """An address, and what it takes to be let in there."""

    address: str
    name: str
    view: View
    needs: str = VIEW
    methods: tuple[str, ...] = LOOK

    def pattern(self, pages: SitePages) -> URLPattern:
        """Return the pattern of this page on a site."""
        view = pages.site.admin_view(self._guarded(partial(self.view, pages)))
        for alias in connections.settings:
            # With ATOMIC_REQUESTS a start would be seen by nobody, and an SQLite
            # file be locked, for as long as the checks take.
            view = non_atomic_requests(using=alias)(view)
        return path(self.address, view, name=pages.view_name(self.name))

    def _guarded(self, view: View) -> View:
        """Ask for the permission first and for the method then."""
        answer = require_http_methods(list(self.methods))(view)

        def check(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not permitted(request, self.needs):
                raise PermissionDenied
            try:
                with asked_from(request.META.get("REMOTE_ADDR") or "") as asked:
                    try:
                        return answer(request, *args, **kwargs)
                    finally:
                        note(request, asked.events)
            except AWAY:
                # The page that polls shows the text.
                return HttpResponse(
                    unavailable(), status=503, content_type="text/plain; charset=utf-8"
                )

        return check


def _action(name: str, view: View, needs: str) -> Route:
    return Route(f"<int:pk>/{name}/", name, view, needs, CHANGE)


ROUTES = (
    Route("new/", "new", new_page.show, START, (*LOOK, *CHANGE)),
    Route("plans/", "plans", plans_page.show),
    Route("plans/<int:pk>/run/", "plan_run", plans_page.run, START, CHANGE),
    Route("plans/<int:pk>/delete/", "plan_delete", plans_page.delete, START, CHANGE),
    _action("keep", plans_page.keep, START),
    _action("command", run_actions.decide_command, CONTROL),
    Route("condition/", "condition", condition_page.show, START),
    Route("export/", "export", export_page.show, EXPORT, (*LOOK, *CHANGE)),
    Route("import/", "import", import_page.ask, IMPORT, (*LOOK, *CHANGE)),
    Route(
        "import/<uuid:token>/",
        "import_file",
        import_page.show,
        IMPORT,
        (*LOOK, *CHANGE),
    ),
    Route("<int:pk>/change/", "change", progress_page.show),
    Route("<int:pk>/edit/", "edit", edit_page.show, START, (*LOOK, *CHANGE)),
    Route("<int:pk>/findings/", "findings", findings_page.show),
    Route("<int:pk>/progress/", "progress", progress_page.poll),
    _action("check", run_actions.check, START),
    _action("empty", run_actions.empty, START),
    _action("dry-run", run_actions.dry_run, START),
    _action("stop", run_actions.stop, START),
    _action("start", run_actions.start, START),
    _action("discard", run_actions.discard, START),
    _action("compare", run_actions.compare, START),
    _action("pause", run_actions.pause, CONTROL),
    _action("resume", run_actions.resume, CONTROL),
    _action("pace", run_actions.pace, CONTROL),
    _action("cancel", run_actions.cancel, CONTROL),
    _action("retry", run_actions.retry, CONTROL),
    _action("restore", run_actions.restore, CONTROL),
    _action("force", run_actions.force, CONTROL),
    _action("again", run_actions.copy_again, START),
    Route("<int:pk>/rows/", "rows", aside_pages.show),
    Route("<int:pk>/rows.csv", "rows_file", aside_pages.download),
    Route("<int:pk>/preview/", "preview", preview_page.show, START),
    Route("<int:pk>/report/", "report", report_pages.show),
    Route("<int:pk>/report.<slug:file_type>", "report_file", report_pages.download),
)
