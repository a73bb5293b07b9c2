"""What every page needs of the admin site that it is on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.admin import AdminSite
from django.db.models.options import Options
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from ..models import MigrationRun
from .permissions import CONTROL, START, permitted


@dataclass(frozen=True)
class SitePages:
    """The pages of migration runs on one admin site."""

    site: AdminSite
    opts: Options[MigrationRun]

    def view_name(self, name: str) -> str:
        """Return the name under which Django knows the page."""
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def url(self, name: str, *args: Any) -> str:
        """Return the address of a page."""
        return reverse(f"{self.site.name}:{self.view_name(name)}", args=args)

    def find(self, pk: int) -> MigrationRun:
        """Return a run, or answer that there is none."""
        return get_object_or_404(MigrationRun, pk=pk)

    def context(
        self, request: HttpRequest, run: MigrationRun | None, **more: Any
    ) -> dict[str, Any]:
        """Return what the templates of all pages use, and what this one does."""
        # Templates reverse admin: addresses to the site that the page is on.
        request.current_app = self.site.name
        return {
            **self.site.each_context(request),
            "opts": self.opts,
            "run": run,
            "list_url": self.url("changelist"),
            "may_start": permitted(request, START),
            "may_control": permitted(request, CONTROL),
            **more,
        }
