"""What a person may choose to mend a finding, as the page offers it by a click.

A remedy names options of the command as they are typed; each is a choice on the page
as well. What else helps follows from the finding's id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..models import Finding
from .checked_plan import Choice, ChoiceKind, Found
from .known_check import full_id
from .known_checks import KNOWN_CHECKS, NOT_EMPTY
from .table_selection import TABLE

OPTIONS = re.compile(r"--(change|renamed|table)[ =]([^\s,]+)")
# What stands in a remedy for a name that only a person knows.
UNKNOWN = "=old_name"
# Values that collide, which may be set aside where the check has a warning, too.
COLLIDING = range(230, 240)


def choices_for(found: Found) -> tuple[Choice, ...]:
    """Return everything that may be chosen, the gentlest first, each once."""
    every = dict.fromkeys((*found.choices, *_named(found.remedy), *_by_id(found)))
    order = list(ChoiceKind)
    return tuple(sorted(every, key=lambda one: order.index(ChoiceKind(one.kind))))


def _named(remedy: str) -> Iterator[Choice]:
    for option, value in OPTIONS.findall(remedy):
        given = value.rstrip(".;)").strip("'\"")
        if option == "table":
            yield Choice(ChoiceKind.CHOOSE, f"{TABLE}{given}")
        elif "." in given.partition("=")[0] and "=" in given:
            kind = ChoiceKind.CHANGE if option == "change" else ChoiceKind.RENAME
            yield Choice(kind, given.replace(UNKNOWN, "="))


def _by_id(found: Found) -> Iterator[Choice]:
    number = found.check.rpartition(".")[2]
    if found.check == NOT_EMPTY:
        yield Choice(ChoiceKind.EMPTY)
    if number == "W290":
        yield Choice(ChoiceKind.SCAN)
    if found.level != Finding.Level.ERROR:
        return
    if number[1:].isdigit() and int(number[1:]) in COLLIDING and _has_warning(number):
        yield Choice(ChoiceKind.ASIDE)
    if found.model:
        yield Choice(ChoiceKind.EXCLUDE, found.model)


def _has_warning(number: str) -> bool:
    ids = {one.id for one in KNOWN_CHECKS}
    return full_id(f"W{number[1:]}") in ids
