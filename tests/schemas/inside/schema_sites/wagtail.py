"""Wagtail with every app of its own that keeps rows."""

from __future__ import annotations

from schema_sites.common import *  # noqa: F403
from schema_sites.common import CONSOLE, CONTRIB, ordered

INSTALLED_APPS = ordered(
    [
        "wagtail.contrib.forms",
        "wagtail.contrib.redirects",
        "wagtail.contrib.search_promotions",
        "wagtail.contrib.settings",
        "wagtail.contrib.simple_translation",
        "wagtail.embeds",
        "wagtail.sites",
        "wagtail.users",
        "wagtail.snippets",
        "wagtail.documents",
        "wagtail.images",
        "wagtail.search",
        "wagtail.admin",
        "wagtail.locales",
        "wagtail",
        "modelcluster",
        "taggit",
        *CONTRIB,
        *CONSOLE,
    ]
)
WAGTAIL_SITE_NAME = "a site"
WAGTAILADMIN_BASE_URL = "http://localhost"
WAGTAILSEARCH_BACKENDS = {
    "default": {"BACKEND": "wagtail.search.backends.database"},
}
