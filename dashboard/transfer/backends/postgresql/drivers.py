"""The drivers that are installed, in the order in which Django looks for them."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import Any

from .driver import Driver

MODULES = ("by_psycopg3", "by_psycopg2")


def _installed() -> list[type[Driver]]:
    found = []
    for name in MODULES:
        # Installed but without libpq, it is as good as absent, to Django too.
        with suppress(ImportError):
            found.append(import_module(f".{name}", __package__).DRIVER)
    if not found:
        raise ImportError(name="psycopg2")
    return found


INSTALLED = _installed()
ERRORS: tuple[type[Exception], ...] = tuple(one.error for one in INSTALLED)
"""The base classes of what the drivers raise."""


def driver_of(connection: Any) -> Driver | None:
    """Return the driver of a connection, or None for one of neither kind."""
    for driver in INSTALLED:
        if isinstance(connection, driver.kind):
            return driver(connection)
    return None


def sqlstate(error: Exception) -> str:
    """Return the five characters of the server's code, or "" without any."""
    return getattr(getattr(error, "diag", None), "sqlstate", None) or ""


def standard_name(code: str) -> str:
    """Return the standard name of a code, or "" for one of somebody's own."""
    return INSTALLED[0].name_of(code)
