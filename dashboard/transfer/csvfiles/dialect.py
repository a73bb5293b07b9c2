"""How a CSV file is spelled."""

from __future__ import annotations

import codecs
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from ..errors import TransferError

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
"""What may stand between two values, by the word for it on a command line."""

GUARD = "'"
"""Stands before a text that a spreadsheet would take for something else.

Every value that begins with one has lost it when it is read, so that what is
guarded comes back as it was, and a text that begins with one itself gets another.
"""

# What a byte of a file's text means in UTF-8, in which all work is done.
UTF8 = {"utf-8", "utf-8-sig"}


class Quoting(StrEnum):
    """Which values stand in double quotes."""

    ALL = "all"
    """All but NULL."""
    MINIMAL = "minimal"
    """Those that could not be read otherwise."""


class DialectRefused(TransferError):
    """A way to spell a file that could not be read again."""


@dataclass(frozen=True)
class Dialect:
    """Delimiter, quoting, encoding and the word for NULL.

    The default opens in a spreadsheet: without its mark at the beginning Excel takes
    UTF-8 for something else.
    """

    delimiter: str = ","
    quoting: Quoting = Quoting.ALL
    encoding: str = "utf-8-sig"
    null: str = "NULL"

    def to_json(self) -> dict[str, str]:
        """Return what from_json makes the dialect of."""
        return {
            "delimiter": self.delimiter,
            "quoting": str(self.quoting),
            "quote": '"',
            "encoding": self.encoding,
            "null": self.null,
            "line_end": "\n",
            "guard": GUARD,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Dialect:
        """Return the dialect that to_json wrote. Raises DialectRefused."""
        try:
            quoting = Quoting(value.get("quoting", Quoting.ALL))
        except ValueError:
            raise DialectRefused(
                _("Unknown quoting: '%(given)s'.") % {"given": value.get("quoting")},
                _("Use one of: %(known)s.") % {"known": ", ".join(Quoting)},
            ) from None
        return made(
            str(value.get("delimiter", ",")),
            quoting,
            str(value.get("encoding", "utf-8-sig")),
            str(value.get("null", "NULL")),
        )


def made(delimiter: str, quoting: Quoting, encoding: str, null: str) -> Dialect:
    """Return a dialect; ``delimiter`` may be its word. Raises DialectRefused."""
    sign = DELIMITERS.get(delimiter, delimiter)
    if sign not in DELIMITERS.values():
        raise DialectRefused(
            _("'%(given)s' cannot stand between two values.") % {"given": delimiter},
            _("Use one of: %(known)s.") % {"known": ", ".join(DELIMITERS)},
        )
    return Dialect(sign, quoting, _encoding(encoding), _null(null))


def _encoding(name: str) -> str:
    try:
        found = codecs.lookup(name)
        plain = 'a,"1"\n'
        # Some codecs are no encodings of texts, or spell a newline in letters.
        wide = found.name.startswith(("utf-16", "utf-32"))
        is_text = wide or plain.encode(name).removeprefix(BOM_UTF8) == plain.encode()
    except (LookupError, TypeError, ValueError):
        is_text = False
    if not is_text:
        raise DialectRefused(
            _("Python knows no encoding '%(given)s' for texts.") % {"given": name},
            _("Use for example utf-8, utf-8-sig, utf-16 or cp1252."),
        )
    return found.name


def _null(word: str) -> str:
    is_plain = word.isascii() and (word.isprintable() or not word)
    signs = {*DELIMITERS.values(), '"'}
    if is_plain and not word.startswith(GUARD) and signs.isdisjoint(word):
        return word
    raise DialectRefused(
        _("'%(given)s' cannot stand for NULL.") % {"given": word},
        _("Use a word of printable ASCII without quotes and delimiters, or nothing."),
    )
