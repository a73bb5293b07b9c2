"""What ``manage.py check`` says of broker, servers and control database.

What is wrong by the settings alone is said always; the rest with ``--deploy``.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register
from django.db import connections
from django.utils.translation import gettext as _

from .checks import TAG
from .conf import SETTING, option
from .models.record import control_alias
from .transfer import backends

# Seconds that a message of a slice may take besides the slice: waiting behind
# others that the worker has reserved.
RESERVED_SECONDS = 60
# What kombu waits if nobody says anything, in seconds.
VISIBILITY_SECONDS = 3_600
LOCAL_NAMES = {"", "localhost"}


@register(TAG)
def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Look at Celery's settings among Django's, if that is where they are."""
    url = getattr(settings, "CELERY_BROKER_URL", None)
    transport = getattr(settings, "CELERY_BROKER_TRANSPORT_OPTIONS", None)
    return list(_unusable(_first(url), dict(transport or {})))


@register(TAG, deploy=True)
def check_broker(**kwargs: Any) -> list[CheckMessage]:
    """Look at the broker of the project's Celery application."""
    url, transport = _broker()
    if not url:
        return [
            Warning(
                _("Celery has no broker: runs can be started in a terminal only."),
                hint=_("Set CELERY_BROKER_URL to a Redis with a password."),
                id="migration_console.W003",
            )
        ]
    said = check_settings()
    found = [*_without_password(url), *_unusable(url, transport)]
    return [warning for warning in found if warning not in said]


@register(TAG, deploy=True)
def check_control_database(**kwargs: Any) -> list[CheckMessage]:
    """A file of SQLite's serves one host; a broker elsewhere means others."""
    alias, (url, _transport) = control_alias(), _broker()
    if not backends.is_a_file(connections[alias].vendor) or not _is_remote(url):
        return []
    return [
        Warning(
            _(
                "The console's own tables lie in a file (alias '%(alias)s'), and the "
                "broker on another host: workers elsewhere would not share them."
            )
            % {"alias": alias},
            hint=_(
                "Keep every worker and page on this host, or the console's tables in "
                "PostgreSQL, MySQL or MariaDB."
            ),
            id="migration_console.W007",
        )
    ]


@register(TAG, deploy=True)
def check_servers(**kwargs: Any) -> list[CheckMessage]:
    """LOAD DATA LOCAL lets a server ask its client for any file."""
    allowed = option("DESTINATIONS")
    return [
        Warning(
            _(
                "Rows are loaded into alias '%(alias)s' by LOAD DATA LOCAL, over a "
                "network, from a server whose identity is not verified: whoever "
                "stands in for it may read files of the workers."
            )
            % {"alias": alias},
            hint=_(
                "Verify it by TLS (ssl_mode VERIFY_IDENTITY, or ssl with a ca), use a "
                "socket, or leave the alias out of %(setting)s['DESTINATIONS']."
            )
            % {"setting": SETTING},
            id="migration_console.W008",
        )
        for alias in sorted(connections.settings)
        if (allowed is None or alias in allowed)
        and _is_remote_host(connections.settings[alias].get("HOST"))
        and backends.may_ask_for_files(
            connections[alias].vendor, connections.settings[alias]
        )
    ]


def _broker() -> tuple[str, dict[str, Any]]:
    """Return the URL of the first broker, "" without any, and its options."""
    if not getattr(settings, "CELERY_BROKER_URL", "set elsewhere"):
        return "", {}
    # Only a deployment is worth the time that Celery takes to import.
    from celery import current_app

    configured = current_app.conf
    transport = dict(configured.broker_transport_options or {})
    return _first(configured.broker_url), transport


def _first(urls: Any) -> str:
    """Return the first of several brokers; "" without any."""
    urls = urls or ""
    return str(urls.split(";")[0] if isinstance(urls, str) else next(iter(urls), ""))


def _unusable(url: str, transport: dict[str, Any]) -> Iterable[CheckMessage]:
    if urlsplit(url).scheme == "memory":
        yield Warning(
            _("Celery's broker is the memory of one process: no worker hears."),
            hint=_("Set CELERY_BROKER_URL to a Redis with a password."),
            id="migration_console.W004",
        )
    elif url:
        yield from _short_visibility(transport)


def _without_password(url: str) -> Iterable[CheckMessage]:
    if urlsplit(url).password or not _is_remote(url):
        return
    yield Warning(
        _("Celery's broker is on another host and asks for no password."),
        hint=_("Set a password or an ACL, and use rediss:// over a network."),
        id="migration_console.W005",
    )


def _short_visibility(transport: dict[str, Any]) -> Iterable[CheckMessage]:
    given = transport.get("visibility_timeout", VISIBILITY_SECONDS)
    needed = option("SLICE_SECONDS") + option("LEASE_SECONDS") + RESERVED_SECONDS
    if given >= needed:
        return
    yield Warning(
        _(
            "The broker's visibility timeout is %(given)d seconds: it hands a slice "
            "to a second worker while the first one works."
        )
        % {"given": given},
        hint=_("Set it to %(needed)d or more in CELERY_BROKER_TRANSPORT_OPTIONS.")
        % {"needed": needed},
        id="migration_console.W006",
    )


def _is_remote(url: str) -> bool:
    """Whether a broker's address leads over a network."""
    parts = urlsplit(url)
    return bool(parts.hostname) and _is_remote_host(parts.hostname)


def _is_remote_host(host: Any) -> bool:
    text = str(host or "")
    if text in LOCAL_NAMES or text.startswith("/"):
        return False
    try:
        return not ip_address(text).is_loopback
    except ValueError:
        return True
