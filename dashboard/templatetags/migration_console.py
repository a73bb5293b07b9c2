"""Filters of the pages and of the report."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format

from .. import wording
from ..transfer.backends.catalog import Size

register = template.Library()

register.filter("count", wording.count)
register.filter("duration", wording.duration)


@register.filter
def estimate(number: int | None, exact: bool) -> str:
    """Write a number of rows, and whether it was counted."""
    return wording.estimate(number, exact=exact)


@register.filter
def size(found: Size | None) -> str:
    """Write the rows of a table; a table that does not exist is a dash."""
    return "–" if found is None else wording.estimate(found.rows, exact=found.exact)


@register.filter
def moment(at: datetime) -> str:
    """Write a time with its zone: a report is read in other places too."""
    local = timezone.localtime(at) if timezone.is_aware(at) else at
    zone = local.strftime("%Z")
    return f"{date_format(local, 'DATE_FORMAT')} {local:%H:%M:%S} {zone}".strip()


@register.filter
def seconds(copying: float, comparing: float) -> str:
    """Add up the time that a table took."""
    return f"{copying + comparing:.1f}"


@register.filter
def slug(code: str) -> str:
    """Make a class name of a status or a verdict."""
    return code.replace(" ", "-")
