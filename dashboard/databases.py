"""From an alias of the project to what the transfer layer opens.

Connections are opened by Django's own wrapper for the alias, so that the back
end, its options and the receivers of ``connection_created`` hold for a copy as
they do for the project: whatever schema, role or function they choose.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import NotSupportedError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone
from django.utils.translation import gettext as _

from .conf import option
from .transfer.backends.database import Database, Opened, Parameters
from .transfer.errors import (
    ConnectionFailed,
    NotADestination,
    TransferError,
    Unsupported,
)

Adapt = Callable[[Parameters], Parameters]

# django-db-connection-pool: one pool an alias and process, made with the
# parameters of whoever comes first.
POOLS = "dj_db_conn_pool."


def database(alias: str, zone: str | None = None) -> Database:
    """Return how to reach an alias. Raises TransferError for an unknown one.

    ``zone`` is the zone in which a run writes timestamps down; without it,
    the alias's own.
    """
    if alias not in connections.settings:
        raise TransferError(
            _("DATABASES has no alias '%(alias)s'.") % {"alias": alias},
            _("Use one of: %(aliases)s.") % {"aliases": ", ".join(aliases())},
        )
    wrapper = _known(alias)
    return Database(
        alias=alias,
        vendor=wrapper.vendor,
        settings=dict(wrapper.settings_dict),
        opener=Opening(lambda: django_connection(alias)),
        zone=zone or _zone(wrapper),
        connect_seconds=option("CONNECT_SECONDS"),
        lock_seconds=option("LOCK_SECONDS"),
    )


def aliases() -> list[str]:
    """Return the aliases of the project."""
    return sorted(connections.settings)


def destinations() -> list[str]:
    """Return the aliases that may be written to."""
    allowed, protected = option("DESTINATIONS"), option("PROTECTED")
    return [
        name
        for name in aliases()
        if (allowed is None or name in allowed) and name not in protected
    ]


def check_destination(alias: str) -> None:
    """Raise NotADestination for an alias that may not be written to."""
    names = {"alias": alias}
    if alias in option("PROTECTED"):
        raise NotADestination(
            _("Alias '%(alias)s' is protected and is never written to.") % names,
            _(
                "Use another alias. MIGRATION_CONSOLE['PROTECTED'] of this process "
                "names it."
            ),
        )
    allowed = option("DESTINATIONS")
    if allowed is not None and alias not in allowed:
        raise NotADestination(
            _("Alias '%(alias)s' is not among the allowed destinations.") % names,
            _("Add it to MIGRATION_CONSOLE['DESTINATIONS'], or use another alias."),
        )


def keeps_no_zone(alias: str) -> bool:
    """Whether timestamps of the alias are digits in a zone that Django knows."""
    return not connections[alias].features.supports_timezones


def _known(alias: str) -> BaseDatabaseWrapper:
    try:
        return connections[alias]
    except ImproperlyConfigured as error:
        # A back end or a driver that is not installed; Django says which.
        raise _unusable(alias, error) from None


def _zone(wrapper: BaseDatabaseWrapper) -> str:
    if settings.USE_TZ:
        return wrapper.settings_dict.get("TIME_ZONE") or "UTC"
    return timezone.get_default_timezone_name()


def django_connection(alias: str) -> BaseDatabaseWrapper:
    """Return a Django connection of its own, to be closed by the caller.

    It is closed and comes from no pool of Django's.
    """
    wrapper = connections.create_connection(alias)
    # As they are now: a project may have changed them since it started.
    found = deepcopy(connections[alias].settings_dict)
    found["OPTIONS"].pop("pool", None)
    # Neither a life span nor a check: the connection belongs to one job.
    found["CONN_HEALTH_CHECKS"] = False
    wrapper.settings_dict = found
    return wrapper


def whereabouts(alias: str, sql: str) -> tuple[str, ...]:
    """Return what the project's own connection answers to a question.

    Its one row, as texts; empty where NULL. Raises TransferError.
    """
    wrapper = connections[alias]
    was_open = wrapper.connection is not None
    try:
        return answer(wrapper, sql)
    finally:
        if not was_open:
            with suppress(Exception):
                wrapper.close()


def answer(wrapper: BaseDatabaseWrapper, sql: str) -> tuple[str, ...]:
    """Return the one row of a question, as texts. Raises TransferError."""
    try:
        with wrapper.cursor() as cursor:
            cursor.execute(sql)
            return tuple(str(value or "") for value in cursor.fetchone())
    except Exception as error:
        raise _unusable(wrapper.alias, error) from None


class Opening:
    """Opens what a Django wrapper opens, with parameters that were adapted."""

    def __init__(self, make: Callable[[], BaseDatabaseWrapper]) -> None:
        self._make = make

    def __call__(self, adapt: Adapt) -> Opened:
        """Return the open connection.

        Raises the driver's error as the driver raised it, TransferError for
        what a setting, a back end or a receiver raised.
        """
        wrapper = self._make()
        try:
            return _opened(wrapper, adapt)
        except BaseException as error:
            with suppress(Exception):
                wrapper.close()
            if not isinstance(error, Exception):
                raise
            raise _cause(wrapper, error) from None


def _opened(wrapper: BaseDatabaseWrapper, adapt: Adapt) -> Opened:
    given = wrapper.get_connection_params
    # Django's own ``connect`` stays in charge, or that of whoever overrode it.
    vars(wrapper)["get_connection_params"] = lambda: adapt(given())
    if any(one.__module__.startswith(POOLS) for one in type(wrapper).__mro__):
        fresh = wrapper._get_new_connection  # type: ignore[attr-defined]
        vars(wrapper)["get_new_connection"] = lambda found: _Unpooled(fresh(found))
    # Sessions are closed by whoever has them last.
    wrapper.inc_thread_sharing()
    wrapper.ensure_connection()
    # Some back ends choose the schema whenever they make a cursor.
    wrapper.cursor().close()
    if not wrapper.get_autocommit():
        wrapper.commit()
        wrapper.set_autocommit(True)
    return _OfDjango(wrapper)


class _OfDjango:
    """A connection of a Django wrapper, and the wrapper."""

    def __init__(self, wrapper: BaseDatabaseWrapper) -> None:
        self._wrapper = wrapper
        self.connection = _bare(wrapper.connection)

    def close(self) -> None:
        self._wrapper.close()


class _Unpooled:
    """A connection that looks to a wrapper as if it came from SQLAlchemy's pool."""

    def __init__(self, connection: Any) -> None:
        self.driver_connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self.driver_connection, name)


def _bare(connection: Any) -> Any:
    """Return the driver's connection out of what traces or pools it."""
    for name in ("driver_connection", "__wrapped__"):
        while hasattr(connection, name):
            connection = getattr(connection, name)
    return connection


def _cause(wrapper: BaseDatabaseWrapper, error: Exception) -> Exception:
    """Return the driver's error where there is one, else a TransferError."""
    drivers: type[Exception] = wrapper.Database.Error  # type: ignore[attr-defined]
    for found in (error, error.__cause__):
        if isinstance(found, TransferError | drivers):
            return found
    return _unusable(wrapper.alias, error)


def _unusable(alias: str, error: Exception) -> TransferError:
    names = {
        "alias": alias,
        "error": type(error).__name__,
        "said": " ".join(str(error).split()),
    }
    if isinstance(error, ImproperlyConfigured | NotSupportedError):
        # Django's own sentences name settings and versions, no secrets.
        return Unsupported(
            _("Django cannot use the alias '%(alias)s': %(said)s") % names,
            _("Correct DATABASES['%(alias)s'], or install what is missing.") % names,
        )
    return ConnectionFailed(
        _("Django could not open the alias '%(alias)s': %(error)s.") % names,
        _(
            "Make sure that the project itself can use the alias: its back end and "
            "what receives the signal connection_created."
        ),
    )
