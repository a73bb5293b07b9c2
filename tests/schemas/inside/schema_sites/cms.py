"""django CMS with its usual companions."""

from __future__ import annotations

from schema_sites.common import *  # noqa: F403
from schema_sites.common import CONSOLE, CONTRIB, ordered

INSTALLED_APPS = ordered(
    [
        *CONTRIB,
        "cms",
        "menus",
        "treebeard",
        "sekizai",
        "filer",
        "easy_thumbnails",
        "parler",
        "djangocms_text",
        "djangocms_link",
        "djangocms_versioning",
        "djangocms_alias",
        "djangocms_frontend",
        *CONSOLE,
    ]
)
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
CMS_CONFIRM_VERSION4 = True
CMS_TEMPLATES = [("page.html", "Page")]
