"""System checks of the MIGRATION_CONSOLE setting, under the tag "migration_console"."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import connections

from .conf import DEFAULTS, SETTING

TAG = "migration_console"


@register(TAG)
def check_setting(**kwargs: Any) -> list[CheckMessage]:
    value = getattr(settings, SETTING, {})
    if not isinstance(value, dict):
        return [
            Error(
                f"The setting {SETTING} is not a dict.",
                hint=f"Write {SETTING} = {{...}}, or leave it away.",
                id="migration_console.E001",
            )
        ]
    return [
        *_unknown_keys(value),
        *_unknown_destinations(value.get("DESTINATIONS")),
        *_wrong_numbers(value),
    ]


@register(TAG, deploy=True)
def check_destinations(**kwargs: Any) -> list[CheckMessage]:
    value = getattr(settings, SETTING, {})
    if not isinstance(value, dict) or value.get("DESTINATIONS") is not None:
        return []
    return [
        Warning(
            f"{SETTING}['DESTINATIONS'] is not set: every database may be written to.",
            hint="Name the aliases that runs may copy into, such as ['new'].",
            id="migration_console.W002",
        )
    ]


def _unknown_keys(value: dict[str, Any]) -> Iterable[CheckMessage]:
    for key in value:
        if key in DEFAULTS:
            continue
        close = get_close_matches(str(key).upper(), DEFAULTS, n=1)
        known = ", ".join(DEFAULTS)
        yield Warning(
            f"{SETTING} has an option {key!r} that does not exist.",
            hint=f"Did you mean {close[0]!r}?" if close else f"There are: {known}.",
            id="migration_console.W001",
        )


def _unknown_destinations(aliases: Any) -> Iterable[CheckMessage]:
    if aliases is None:
        return
    if isinstance(aliases, str) or not isinstance(aliases, list | tuple | set):
        yield Error(
            f"{SETTING}['DESTINATIONS'] is not a list of aliases.",
            hint="Write ['new'], or None to allow every alias.",
            id="migration_console.E002",
        )
        return
    for alias in aliases:
        if alias not in connections.settings:
            known = ", ".join(repr(name) for name in connections)
            yield Error(
                f"{SETTING}['DESTINATIONS'] names {alias!r}, which is not in"
                " DATABASES.",
                hint=f"DATABASES has: {known}.",
                id="migration_console.E003",
            )


def _wrong_numbers(value: dict[str, Any]) -> Iterable[CheckMessage]:
    for key, given in value.items():
        default = DEFAULTS.get(key)
        numeric = isinstance(default, int | float) or key == "CHUNK_ROWS"
        if not numeric or (given is None and default is None):
            continue
        if isinstance(given, bool) or not isinstance(given, int | float) or given <= 0:
            yield Error(
                f"{SETTING}[{key!r}] is {given!r}, not a positive number.",
                hint=f"The default is {default!r}.",
                id="migration_console.E004",
            )
