"""The options of the app: one dict, ``MIGRATION_CONSOLE``, over defaults."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver

SETTING = "MIGRATION_CONSOLE"

DEFAULTS: dict[str, Any] = {
    # Aliases that may be written to; None allows every alias.
    "DESTINATIONS": None,
    # Aliases that are never written to, whoever allows them.
    "PROTECTED": (),
    # What older databases call the tables and columns of models, by the alias that
    # is copied from: {"old": {"app.Model": "table", "app.Model.field": "column"}}.
    "RENAMED": {},
    # How long one Celery task works before it hands over, in seconds.
    "SLICE_SECONDS": 30,
    # How long a lane may be silent before it is taken over, in seconds.
    "LEASE_SECONDS": 20,
    # How often a worker's main process looks for runs that stand still, in
    # seconds.
    "LOOK_SECONDS": 10,
    # What a chunk should take, in seconds.
    "CHUNK_SECONDS": 1.5,
    # What a chunk may hold, in bytes of text.
    "CHUNK_BYTES": 64 * 1024 * 1024,
    # A fixed number of rows per chunk; None follows the clock and the bytes.
    "CHUNK_ROWS": None,
    # Lanes of a run when nobody says otherwise.
    "LANES": 2,
    # The dotted path of a function that says why no piece may begin now, or None;
    # see docs/scaling.md.
    "THROTTLE": None,
    # Attempts at a chunk or a step before the run fails.
    "ATTEMPTS": 5,
    # Rows that a run sets aside at most; one more ends it.
    "ROWS_ASIDE": 1_000,
    # Tables below this many rows keep their indexes during the load, in rows.
    "INDEXES_OFF_ROWS": 20_000,
    # Waiting for a lock of the destination, in seconds.
    "LOCK_SECONDS": 10,
    # Opening a connection, in seconds.
    "CONNECT_SECONDS": 10,
    # Keys of differing rows that are kept per table.
    "DIFFERENCES_KEPT": 1_000,
    # What becomes of values that a destination refuses, by "app.Model.field", for every
    # run; see docs/changes.md.
    "CHANGES": {},
    # Which rows take part where nobody says otherwise, as lookups by "app.Model":
    # {"shop.Order": {"placed__gte": "2024-01-01"}}; see docs/filters.md.
    "FILTERS": {},
    # How rows get into tables of a destination that hold some, by "app.Model", "app" or
    # "*" for all: "merge", "missing" or "replace"; see docs/merge.md.
    "MODES": {},
    # Functions that the rows of models go through, by "app.Model": a dotted path, or a
    # list of them of which the first is taken; see docs/transforms.md.
    "TRANSFORMS": {},
    # What becomes of the destination's triggers while rows are loaded, when nobody says
    # otherwise: "keep", or "off" and put back.
    "TRIGGERS": "keep",
    # Management commands that a run may call, by the names that they are chosen by:
    # the words of a command line; see docs/commands.md.
    "COMMANDS": {},
    # What a person may upload to be loaded, in bytes; see docs/csv.md.
    "UPLOAD_BYTES": 100 * 1024 * 1024,
    # The directory that uploads lie in until they are loaded, one that all web
    # processes share; None for one of this account in the system's for such.
    "UPLOAD_DIRECTORY": None,
    # The Celery queue that the tasks go to.
    "QUEUE": "migration_console",
}


@cache
def options() -> dict[str, Any]:
    """Return the defaults overlaid with the project's own values."""
    return {**DEFAULTS, **getattr(settings, SETTING, {})}


def option(name: str) -> Any:
    """Return one option.

    Raises KeyError for a name that is not in DEFAULTS.
    """
    return options()[name]


@receiver(setting_changed)
def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting == SETTING:
        options.cache_clear()
