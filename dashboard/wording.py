"""Numbers and times as a person reads them."""

from __future__ import annotations

from django.utils.formats import get_format
from django.utils.translation import gettext as _


def count(number: int | None) -> str:
    """Group the digits as the language does; nothing known is a dash."""
    if number is None:
        return "–"
    # number_format does the same at twenty times the cost, and a page with 300
    # tables calls this some thousand times.
    return f"{number:,}".replace(",", get_format("THOUSAND_SEPARATOR") or "\u202f")


def estimate(number: int | None, *, exact: bool) -> str:
    """Mark a number that was not counted."""
    text = count(number)
    return text if exact or number is None else f"≈ {text}"


def percentage(percent: int) -> str:
    """Write a share of a hundred."""
    return f"{percent} %"


def duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    if seconds < 10:
        return _("%(seconds)s s") % {"seconds": f"{seconds:.1f}".removesuffix(".0")}
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return _("%(hours)d h %(minutes)02d min") % {"hours": hours, "minutes": minutes}
    if minutes:
        return _("%(minutes)d min %(seconds)02d s") % {
            "minutes": minutes,
            "seconds": rest,
        }
    return _("%(seconds)d s") % {"seconds": rest}


def about(seconds: float | None) -> str:
    """Round an estimate to what it is worth."""
    if seconds is None:
        return ""
    if seconds < 10:
        return _("less than 10 s")
    if seconds < 60:
        return _("about %(seconds)d s") % {"seconds": -(-seconds // 10) * 10}
    if seconds < 3600:
        return _("about %(minutes)d min") % {"minutes": -(-seconds // 60)}
    minutes = -(-seconds // 600) * 10
    return _("about %(hours)d h %(minutes)02d min") % {
        "hours": minutes // 60,
        "minutes": minutes % 60,
    }
