"""The management commands that runs may call: the setting COMMANDS, understood.

A run names them and never holds what is executed: a process calls what its own
settings say, and only where that is what was planned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from .conf import option

MOST_LETTERS = 100
KEYS = ("command", "as_default", "seconds")
PLACES = ("source", "destination", "run")
"""What words may hold in braces, as ``--database={destination}``."""


class WrongCommand(ValueError):
    """An entry of COMMANDS that makes no sense; says why."""


@dataclass(frozen=True)
class ProjectCommand:
    """A command line of the project's, by its name."""

    name: str
    words: tuple[str, ...]
    """The command and its arguments."""
    as_default: bool = False
    """Whether the destination is ``default`` in its process, and all else read-only."""
    seconds: float | None = None
    """How long it may take; None for as long as it does."""

    def words_for(self, source: str, destination: str, run: object = "") -> list[str]:
        """Return its words for a run, with what the braces stand for."""
        values = dict(zip(PLACES, (source, destination, str(run)), strict=True))
        found = []
        for word in self.words:
            for place, value in values.items():
                word = word.replace(f"{{{place}}}", value)
            found.append(word)
        return found

    @property
    def line(self) -> str:
        """Its words as they stand in the settings."""
        return " ".join(self.words)


def project_commands() -> dict[str, ProjectCommand]:
    """Return every command of the setting that makes sense, in its order."""
    found = {}
    given = option("COMMANDS")
    for name in given if isinstance(given, Mapping) else ():
        try:
            found[name] = understood(name, given[name])
        except WrongCommand:
            # The system checks say so.
            continue
    return found


def understood(name: object, given: Any) -> ProjectCommand:
    """Read one entry of the setting. Raises WrongCommand."""
    if not isinstance(name, str) or not 0 < len(name) <= MOST_LETTERS:
        raise WrongCommand(_("A name is a text of 1 to 100 characters."))
    options = given if isinstance(given, Mapping) else {"command": given}
    if unknown := [str(key) for key in options if key not in KEYS]:
        raise WrongCommand(
            _("There is no %(names)s; there are: %(known)s.")
            % {"names": ", ".join(unknown), "known": ", ".join(KEYS)}
        )
    words, seconds = options.get("command"), options.get("seconds")
    if not _are_words(words):
        raise WrongCommand(
            _("Write the command and its arguments as a list of texts, one each.")
        )
    if not isinstance(options.get("as_default", False), bool):
        raise WrongCommand(_("'as_default' is True or False."))
    if seconds is not None and not _is_time(seconds):
        raise WrongCommand(_("'seconds' is a positive number."))
    return ProjectCommand(
        name, tuple(words or ()), bool(options.get("as_default")), seconds
    )


def _are_words(words: Any) -> bool:
    if isinstance(words, str) or not isinstance(words, Sequence) or not words:
        return False
    return all(isinstance(word, str) and "\0" not in word for word in words)


def _is_time(seconds: Any) -> bool:
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return is_number and seconds > 0
