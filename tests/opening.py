"""Databases of tests that have no alias of their own, opened as aliases are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.databases import Opening
from dashboard.transfer.backends.database import Database


def database_of(
    entry: Mapping[str, Any], alias: str = "tested", **more: Any
) -> Database:
    """What ``dashboard.databases.database`` makes of an alias with this entry."""
    wrapper = wrapper_of(entry, alias)
    return Database(
        alias,
        wrapper.vendor,
        dict(entry),
        Opening(lambda: wrapper_of(entry, alias)),
        **more,
    )


def wrapper_of(entry: Mapping[str, Any], alias: str) -> Any:
    """A Django wrapper with everything in its settings that Django adds."""
    from django.db import connections
    from django.db.utils import load_backend

    complete = {"ENGINE": "django.db.backends.sqlite3", **entry}
    databases = {"default": {}, alias: complete}
    settings = connections.configure_settings(databases)[alias]
    return load_backend(settings["ENGINE"]).DatabaseWrapper(settings, alias)
