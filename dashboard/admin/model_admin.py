"""The list of migration runs, and the addresses of their pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from ..models import MigrationRun, TableCopy
from ..progress import Bar
from ..statuses import Status
from ..wording import count
from .permissions import EXPORT, IMPORT, START, VIEW, permitted
from .routes import ROUTES, Route
from .site_pages import SitePages

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[MigrationRun]
else:
    ModelAdmin = admin.ModelAdmin


def _sum(field: str) -> Subquery:
    """Add up over a run's tables without joining them to the list."""
    tables = TableCopy.objects.filter(run=OuterRef("pk")).order_by().values("run")
    return Subquery(tables.annotate(total=Sum(field)).values("total"))


class MigrationRunAdmin(ModelAdmin):
    """Runs to look at. They are made and changed on their own pages, never by form."""

    actions = None
    change_list_template = "migration_console/list.html"
    list_display = ["route", "state", "bar", "begun"]
    list_display_links = ["route"]
    list_filter = ["status", "verdict", "mode"]
    list_per_page = 25
    search_fields = ["source", "destination", "started_by", "created_by"]

    class Media:
        css = {"all": ["migration_console/run.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[MigrationRun]:
        return (
            super()
            .get_queryset(request)
            .annotate(
                sum_total=_sum("rows_total"),
                sum_copied=_sum("rows_copied"),
                sum_compared=_sum("rows_compared"),
            )
        )

    # Permissions: nothing can be added, changed or deleted through stock forms.

    def has_module_permission(self, request: HttpRequest) -> bool:
        return permitted(request, VIEW)

    def has_view_permission(
        self, request: HttpRequest, obj: MigrationRun | None = None
    ) -> bool:
        return permitted(request, VIEW)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: MigrationRun | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: MigrationRun | None = None
    ) -> bool:
        return False

    # The list.

    @admin.display(description=_("run"), ordering="id")
    def route(self, run: MigrationRun) -> SafeString:
        return format_html(
            '<span class="mc-route">{} <span aria-hidden="true">→</span>'
            '<span class="mc-spoken">{}</span> {}</span>'
            ' <span class="mc-quiet">#{}</span>',
            run.source,
            _("to"),
            run.destination,
            run.pk,
        )

    @admin.display(description=_("status"), ordering="status")
    def state(self, run: MigrationRun) -> SafeString:
        status = _badge(run.status, run.get_status_display())
        if not run.verdict:
            return status
        verdict = _badge(run.verdict, run.get_verdict_display())
        return format_html('<span class="mc-badges">{} {}</span>', status, verdict)

    @admin.display(description=_("progress"))
    def bar(self, run: MigrationRun) -> SafeString:
        if run.started_at is None:
            return NOTHING
        bar = _list_bar(run)
        return format_html(
            '<progress class="mc-bar mc-small mc-is-{}" max="100" value="{}"'
            ' aria-label="{}"></progress> <span class="mc-cell mc-quiet">{}</span>',
            run.status,
            bar.width,
            _("Progress of run %(number)d") % {"number": run.pk},
            _("%(percent)s, %(rows)s rows")
            % {"percent": bar.percent_text, "rows": count(_rows(run))},
        )

    @admin.display(description=_("started"), ordering="started_at")
    def begun(self, run: MigrationRun) -> SafeString:
        """Show who started it and when; before the start, who described it."""
        at = run.started_at or run.created_at
        return format_html(
            '<span class="mc-cell">{}</span><span class="mc-cell mc-quiet">{}</span>',
            run.started_by or run.created_by,
            date_format(localtime(at), "SHORT_DATETIME_FORMAT"),
        )

    # The pages.

    @property
    def pages(self) -> SitePages:
        return SitePages(self.admin_site, self.opts)

    def get_urls(self) -> list[URLPattern]:
        """Return these pages alone: the stock ones for changes do not exist."""
        routes = (Route("", "changelist", self._show_list), *ROUTES)
        return [route.pattern(self.pages) for route in routes]

    def _show_list(self, pages: SitePages, request: HttpRequest) -> HttpResponse:
        context = {
            "title": capfirst(self.opts.verbose_name_plural),
            "new_url": pages.url("new"),
            "plans_url": pages.url("plans"),
            "may_start": permitted(request, START),
            "import_url": pages.url("import") if permitted(request, IMPORT) else "",
            "export_url": pages.url("export") if permitted(request, EXPORT) else "",
        }
        return self.changelist_view(request, context)


NOTHING = format_html('<span class="mc-quiet">{}</span>', "–")


def _rows(run: MigrationRun) -> int:
    return getattr(run, "sum_copied" if run.copies else "sum_compared", None) or 0


def _badge(code: str, label: object) -> SafeString:
    name = code.replace(" ", "-")
    return format_html('<span class="mc-badge mc-is-{}">{}</span>', name, label)


def _list_bar(run: MigrationRun) -> Bar:
    """Return the bar of the list: rows alone, in one query for all runs."""
    total = getattr(run, "sum_total", None) or 0
    copied = getattr(run, "sum_copied", None) or 0
    compared = getattr(run, "sum_compared", None) or 0
    # A verdict on the whole run is the last thing there is to do.
    done = run.status == Status.SUCCEEDED or bool(run.verdict)
    if not run.copies:
        return Bar(compared, max(total, compared), done=done)
    if run.verify != MigrationRun.Verify.FULL:
        return Bar(copied, max(total, copied), done=done)
    return Bar(copied + compared, 2 * max(total, copied, compared), done=done)
