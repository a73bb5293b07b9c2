"""What the operator has decided to become of values that the destination refuses.

A change is asked for per column and applied by the source itself, in its own SQL:
what is read and what is compared is one expression, so that the comparison proves
that nothing else was changed. A value that is none of a change's stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from .columns import ColumnKind, ColumnType

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class ChangeName(StrEnum):
    """What becomes of a value; what follows a colon is the argument."""

    STRIP_NUL = "strip-nul"
    REPLACE_NUL = "replace-nul"
    """NUL becomes one other character, U+FFFD unless another is given."""
    CUT = "cut"
    """To so many characters, as many as the destination's column takes."""
    DECODE_CP1252 = "decode-cp1252"
    """Of octets that are no UTF-8."""
    ZERO_DATE_TO_NULL = "zero-date-to-null"
    ZERO_DATE_TO = "zero-date-to"
    """A date, or a moment, that is given."""
    NONZERO_TO_TRUE = "nonzero-to-true"
    ROUND = "round"
    """To so many digits behind the point, as many as the destination's column has."""
    EMPTY_FOR_NULL = "empty-for-null"
    ORPHAN_TO_NULL = "orphan-to-null"
    SKIP_ORPHANS = "skip-orphans"
    """The whole row is left out."""


TEXTS = {ColumnKind.TEXT}
MOMENTS = {ColumnKind.DATE, ColumnKind.TIMESTAMP}
KINDS: dict[ChangeName, set[ColumnKind]] = {
    ChangeName.STRIP_NUL: TEXTS,
    ChangeName.REPLACE_NUL: TEXTS,
    ChangeName.CUT: TEXTS,
    ChangeName.DECODE_CP1252: TEXTS,
    ChangeName.ZERO_DATE_TO_NULL: MOMENTS,
    ChangeName.ZERO_DATE_TO: MOMENTS,
    ChangeName.NONZERO_TO_TRUE: {ColumnKind.BOOLEAN},
    ChangeName.ROUND: {ColumnKind.DECIMAL},
    ChangeName.EMPTY_FOR_NULL: TEXTS,
    ChangeName.ORPHAN_TO_NULL: {*ColumnKind} - {ColumnKind.OTHER},
    ChangeName.SKIP_ORPHANS: {*ColumnKind} - {ColumnKind.OTHER},
}
"""What a column holds that a change is for."""

OF_ORPHANS = {ChangeName.ORPHAN_TO_NULL, ChangeName.SKIP_ORPHANS}
TO_NULL = {ChangeName.ZERO_DATE_TO_NULL, ChangeName.ORPHAN_TO_NULL}
NUMBERED = {ChangeName.CUT: 1, ChangeName.ROUND: 0}
"""Changes whose argument is a number, and the least one."""
ARGUED = {*NUMBERED, ChangeName.REPLACE_NUL, ChangeName.ZERO_DATE_TO}


class WrongChange(ValueError):
    """A change that does not exist, or whose argument is none; says it to people."""


@dataclass(frozen=True)
class Change:
    """One change, and for orphans the source's table and column referred to.

    ``is_exact`` where the destination takes no other text than the very same for what
    is referred to, whatever the source does.
    """

    name: ChangeName
    argument: str = ""
    table: str = ""
    column: str = ""
    is_exact: bool = False

    @property
    def number(self) -> int:
        """The argument of a change in NUMBERED."""
        return int(self.argument)

    def __str__(self) -> str:
        return f"{self.name}:{self.argument}" if self.argument else str(self.name)

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> Change | None:
        """Return the change whose fields were written down as JSON."""
        return cls(**{**value, "name": ChangeName(value["name"])}) if value else None


@dataclass(frozen=True)
class ChangedColumn:
    """A column of the source with what becomes of its values."""

    name: str
    kind: ColumnKind
    type: ColumnType
    change: Change


@dataclass(frozen=True)
class Changed:
    """A change in the source's SQL.

    ``condition`` is true of the values that it is for, ``value`` what they become;
    other values stay, also where the condition is NULL.
    """

    condition: str
    value: str


def listed(lines: Iterable[str]) -> dict[str, str]:
    """Return changes by column of lines "app.Model.field=change".

    Raises WrongChange for a line that is none, and for two of one column.
    """
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, lines)):
        column, equals, change = (part.strip() for part in line.partition("="))
        if not (equals and column and change):
            raise WrongChange(
                _("'%(line)s' is no change. Write app.Model.field=strip-nul, say.")
                % {"line": line}
            )
        if column in found:
            raise WrongChange(_("%(column)s is named twice.") % {"column": column})
        parsed(change)
        found[column] = change
    return found


def parsed(text: str) -> Change:
    """Return the change that a person has written. Raises WrongChange."""
    word, colon, argument = text.strip().partition(":")
    try:
        name = ChangeName(word)
    except ValueError:
        close = get_close_matches(word, list(ChangeName), n=1, cutoff=0.3)
        near = _("Did you mean '%(name)s'?") % {"name": close[0]} if close else ""
        known = _("Use one of: %(names)s.") % {"names": ", ".join(ChangeName)}
        said = _("There is no change '%(name)s'.") % {"name": word}
        raise WrongChange(f"{said} {near or known}") from None
    if colon and name not in ARGUED:
        raise WrongChange(
            _("The change '%(name)s' takes no argument.") % {"name": name}
        )
    return Change(name, _argument(name, argument))


def _argument(name: ChangeName, text: str) -> str:
    if name in NUMBERED and text:
        return _number(name, text)
    if name is ChangeName.REPLACE_NUL:
        text = text or REPLACEMENT
        # Several might make a text longer than its column is.
        if len(text) != 1 or not text.isprintable():
            raise WrongChange(
                _("The change '%(name)s' takes one printable character.")
                % {"name": name}
            )
    if name is ChangeName.ZERO_DATE_TO:
        return _moment(name, text)
    return text


def _number(name: ChangeName, text: str) -> str:
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    if not is_number or int(text) < NUMBERED[name]:
        raise WrongChange(
            _("The change '%(name)s' takes a number from %(least)d on.")
            % {"name": name, "least": NUMBERED[name]}
        )
    return str(int(text))


def _moment(name: ChangeName, text: str) -> str:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            found = read(text)
        except ValueError:
            continue
        if getattr(found, "tzinfo", None) is None:
            return found.isoformat().replace("T", " ")
    raise WrongChange(
        _(
            "The change '%(name)s' takes a date or a moment without a time zone, such "
            "as 1970-01-01."
        )
        % {"name": name}
    )


def words(change: Change) -> str:
    """Return what a change does, for people."""
    facts = {"argument": change.argument}
    match change.name:
        case ChangeName.STRIP_NUL:
            return _("NUL characters are removed")
        case ChangeName.REPLACE_NUL:
            return _("NUL characters become “%(argument)s”") % facts
        case ChangeName.CUT:
            return _("texts are cut to %(argument)s characters") % facts
        case ChangeName.DECODE_CP1252:
            return _("texts that are no UTF-8 are read as cp1252")
        case ChangeName.ZERO_DATE_TO_NULL:
            return _("zero and invalid dates become NULL")
        case ChangeName.ZERO_DATE_TO:
            return _("zero and invalid dates become %(argument)s") % facts
        case ChangeName.NONZERO_TO_TRUE:
            return _("numbers other than 0 become true")
        case ChangeName.ROUND:
            return _("numbers are rounded to %(argument)s digits") % facts
        case ChangeName.EMPTY_FOR_NULL:
            return _("NULL becomes an empty text")
        case ChangeName.ORPHAN_TO_NULL:
            return _("references to rows that do not exist become NULL")
        case ChangeName.SKIP_ORPHANS:
            return _("rows that refer to a row that does not exist are left out")
