"""Aliases that Django knows for as long as a test needs them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any


class registered:  # noqa: N801 — used like a function
    """Make an alias known to Django while the block runs."""

    def __init__(self, alias: str, entry: Mapping[str, Any]) -> None:
        self.alias = alias
        self.entry = entry

    def __enter__(self) -> None:
        register(self.alias, self.entry)

    def __exit__(self, *exception: object) -> None:
        forget(self.alias)


def register(alias: str, entry: Mapping[str, Any]) -> None:
    from django.contrib.contenttypes.models import ContentType
    from django.contrib.sites.models import Site
    from django.db import connections

    from migration_console.settings import sqlite_entry

    _close(alias)
    complete = dict(entry)
    if complete["ENGINE"].endswith("sqlite3"):
        complete = sqlite_entry(complete)
    databases = connections.settings
    databases[alias] = complete
    connections.configure_settings(databases)
    # Both remember rows by alias.
    ContentType.objects.clear_cache()
    Site.objects.clear_cache()


def forget(alias: str) -> None:
    """Let Django not know an alias any more.

    It never knows none: ``default`` is what the session began with again, without
    which no other alias can be made known.
    """
    _close(alias)
    if alias == "default":
        register(alias, json.loads(os.environ["MIGRATION_CONSOLE_DATABASES"])[alias])


def _close(alias: str) -> None:
    from django.db import connections

    if alias in connections.settings:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]
