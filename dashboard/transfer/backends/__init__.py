"""Three engines, nine directions: nothing here is written per pair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib import import_module
from types import ModuleType
from typing import Any

from django.utils.translation import gettext as _

from ..costs import Costs
from ..errors import Unsupported
from .base import Session
from .database import Database

VENDORS = {"postgresql": "postgresql", "mysql": "mysql", "sqlite": "sqlite"}


def connect(
    database: Database, label: str, *, writing: bool = False, loading: bool = False
) -> Session:
    """Open a session of its own on a database.

    ``label`` names the session to the server, so that a successor can end it.
    ``writing`` sessions may write, others are read-only; ``loading`` allows
    what only a load needs. Raises ConnectionFailed and Unsupported.
    """
    module = _module(database.vendor, database.alias)
    session: Session = module.connect(database, label, writing=writing, loading=loading)
    return session


def costs(vendor: str) -> Costs | None:
    """Return what rows cost an engine, or None where it cannot be used here."""
    try:
        found: Costs = _module(vendor, vendor).COSTS
    except Unsupported:
        return None
    return found


def read_only_sql(vendor: str) -> str:
    """Return what makes any connection to an engine read-only; "" if unknown."""
    try:
        found: str = _module(vendor, vendor).READ_ONLY_SQL
    except Unsupported:
        return ""
    return found


def begin_writing_sql(vendor: str) -> str:
    """Return what begins a transaction that will write; "" where BEGIN does."""
    try:
        found: str = _module(vendor, vendor).BEGIN_WRITING_SQL
    except Unsupported:
        return ""
    return found


def patience_sql(vendor: str) -> str:
    """Return what lets a connection wait long for locks; "" where it does anyway."""
    try:
        found: str = _module(vendor, vendor).PATIENCE_SQL
    except Unsupported:
        return ""
    return found


def is_a_file(vendor: str) -> bool:
    """Whether a database of an engine is a file, which one host alone can use."""
    try:
        found: bool = _module(vendor, vendor).IS_A_FILE
    except Unsupported:
        return False
    return found


def may_ask_for_files(vendor: str, settings: Mapping[str, Any]) -> bool:
    """Whether a load lets a server ask for files of this host.

    By the settings of an alias: false where TLS verifies who the server is.
    """
    try:
        found: bool = _module(vendor, vendor).may_ask_for_files(settings)
    except Unsupported:
        return False
    return found


def load(vendors: Iterable[str]) -> None:
    """Import what sessions of these engines need, as far as it is installed."""
    for vendor in vendors:
        with suppress(Unsupported):
            _module(vendor, vendor)


def _module(vendor: str, alias: str) -> ModuleType:
    try:
        return import_module(f".{VENDORS[vendor]}", __name__)
    except KeyError:
        raise Unsupported(
            _("Alias '%(alias)s' uses the engine '%(engine)s', which is not supported.")
            % {"alias": alias, "engine": vendor},
            _("Use PostgreSQL, MySQL, MariaDB or SQLite."),
        ) from None
    except ImportError as error:
        raise Unsupported(
            _(
                "Alias '%(alias)s' needs the driver '%(driver)s', which is not "
                "installed."
            )
            % {"alias": alias, "driver": error.name},
            _('Install it, for MySQL with: pip install "migration-console[mysql]"'),
        ) from error
