"""The values of a condition as a plan keeps them, whatever driver they are made for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connections
from django.db.models import DateTimeField
from django.utils.timezone import make_aware
from django.utils.translation import gettext as _

from ..transfer.filters import Value, value_to_json
from .lookups import Condition, WrongFilter

# What Django asks of a year without asking for the year of every row.
BOUNDED = ("year", "iso_year"), ("exact", "gt", "gte", "lt", "lte")


def kept(value: Any, alias: str) -> Value:
    """Return a value that the compiler of an alias gave. Raises Unkept.

    What is of a type of PostgreSQL's own becomes a text: the server reads it by what
    it is compared with.
    """
    if isinstance(value, datetime) and connections[alias].features.supports_timezones:
        return _moment(value, ZoneInfo(connections[alias].timezone_name))
    found: Any = value
    if isinstance(value, IPv4Address | IPv6Address):
        found = str(value)
    elif isinstance(value, list) and all(isinstance(one, str) for one in value):
        # An array as PostgreSQL writes it.
        quoted = [one.replace("\\", "\\\\").replace('"', '\\"') for one in value]
        found = "{" + ",".join(f'"{one}"' for one in quoted) + "}"
    elif hasattr(value, "obj") and hasattr(value, "dumps"):
        # JSON of psycopg 3.
        found = (value.dumps or json.dumps)(value.obj)
    elif hasattr(value, "adapted") and hasattr(value, "dumps"):
        # JSON of psycopg2.
        found = value.dumps(value.adapted)
    elif hasattr(value, "adapted"):
        found = value.adapted
    elif hasattr(value, "addr"):
        # An address of psycopg2.
        found = value.addr
    value_to_json(found)
    return found  # type: ignore[no-any-return]


def _moment(value: datetime, zone: ZoneInfo) -> str:
    """Return a moment on the clock of Django's connection, with its offset.

    The copy's own session has another clock. A column with a time zone is compared
    with that very moment; for one without the server leaves the offset out.
    """
    there = value.astimezone(zone) if value.tzinfo else make_aware(value, zone)
    return there.isoformat(" ")


def check_clock(condition: Condition, alias: str) -> None:
    """Refuse what the server would read from the clock of the session.

    With USE_TZ Django names the zone in the SQL; without, Django's connection has the
    project's zone and the copy's has UTC. Raises WrongFilter.
    """
    wrapper, transforms = connections[alias], condition.rest[:-1]
    if settings.USE_TZ or not wrapper.features.supports_timezones or not transforms:
        return
    is_moment = isinstance(condition.fields[-1], DateTimeField)
    is_utc = wrapper.timezone_name.upper() in ("UTC", "GMT", "ETC/UTC")
    if is_utc or not is_moment or _is_bounded(condition.rest):
        return
    raise WrongFilter(
        _("'%(lookup)s' of %(model)s asks for parts of a moment by the local clock.")
        % {"lookup": "__".join(condition.rest), "model": condition.model._meta.label},
        _("Without USE_TZ the server has it in UTC. Use __gte and __lt with moments."),
    )


def _is_bounded(rest: Sequence[str]) -> bool:
    years, lookups = BOUNDED
    return len(rest) == len(BOUNDED) and rest[0] in years and rest[1] in lookups
