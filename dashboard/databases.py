"""From an alias of the project to what the transfer layer opens."""

from __future__ import annotations

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone
from django.utils.translation import gettext as _

from .conf import option
from .transfer.backends.base import Database
from .transfer.errors import TransferError


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
    wrapper = connections[alias]
    return Database(
        alias=alias,
        vendor=wrapper.vendor,
        settings=dict(wrapper.settings_dict),
        zone=zone or _zone(wrapper),
        connect_seconds=option("CONNECT_SECONDS"),
        lock_seconds=option("LOCK_SECONDS"),
    )


def aliases() -> list[str]:
    """Return the aliases of the project."""
    return sorted(connections.settings)


def keeps_no_zone(alias: str) -> bool:
    """Whether timestamps of the alias are digits in a zone that Django knows."""
    return not connections[alias].features.supports_timezones


def _zone(wrapper: BaseDatabaseWrapper) -> str:
    if settings.USE_TZ:
        return wrapper.settings_dict.get("TIME_ZONE") or "UTC"
    return timezone.get_default_timezone_name()


def django_connection(alias: str) -> BaseDatabaseWrapper:
    """Return a Django connection of its own, to be closed by the caller."""
    return connections.create_connection(alias)
