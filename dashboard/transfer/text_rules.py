"""What columns of texts and octets demand."""

from __future__ import annotations

from dataclasses import dataclass
from xml.parsers import expat

from .rules import Rule, Sent


def _octets(value: Sent) -> bytes:
    if isinstance(value, bytes):
        return value
    return value.encode("utf-8", "surrogateescape")


@dataclass(frozen=True)
class Characters(Rule):
    """A text of at most so many characters."""

    name = "characters"
    most: int

    def is_broken_by(self, value: Sent) -> bool:
        return len(value) > self.most


@dataclass(frozen=True)
class Octets(Rule):
    """At most so many octets, or exactly so many."""

    name = "octets"
    most: int

    def is_broken_by(self, value: Sent) -> bool:
        return len(_octets(value)) > self.most


@dataclass(frozen=True)
class Cut(Rule):
    """At most so many octets: the rest is cut off without a word."""

    name = "cut"
    refuses = False
    most: int

    def is_broken_by(self, value: Sent) -> bool:
        return len(_octets(value)) > self.most


@dataclass(frozen=True)
class FilledOctets(Rule):
    """As many octets as the column has: what is shorter is padded."""

    name = "padded"
    refuses = False
    length: int

    def is_broken_by(self, value: Sent) -> bool:
        return len(_octets(value)) < self.length


@dataclass(frozen=True)
class NoSpaceBehind(Rule):
    """No spaces at the end, which a column of fixed length does not keep."""

    name = "trailing spaces"
    refuses = False

    def is_broken_by(self, value: Sent) -> bool:
        return isinstance(value, str) and value.endswith(" ")


@dataclass(frozen=True)
class NoNul(Rule):
    """No character of the number 0."""

    name = "nul"

    def is_broken_by(self, value: Sent) -> bool:
        return b"\0" in _octets(value)


@dataclass(frozen=True)
class ValidText(Rule):
    """Octets that are UTF-8."""

    name = "encoding"

    def is_broken_by(self, value: Sent) -> bool:
        try:
            _octets(value).decode()
        except UnicodeDecodeError:
            return True
        return False


# Octets that MySQL's latin1 has and Windows' 1252 has not.
ALSO_LATIN1 = "\x81\x8d\x8f\x90\x9d"


@dataclass(frozen=True)
class CharacterSet(Rule):
    """Characters that a character set has; ``codec`` is Python's, or ``utf8mb3``."""

    name = "character set"
    codec: str

    def is_broken_by(self, value: Sent) -> bool:
        text = (
            str(value) if isinstance(value, str) else value.decode("utf-8", "replace")
        )
        if self.codec == "utf8mb3":
            return any(character > "\uffff" for character in text)
        if self.codec == "cp1252":
            text = text.translate(dict.fromkeys(map(ord, ALSO_LATIN1)))
        try:
            text.encode(self.codec)
        except UnicodeEncodeError:
            return True
        return False


@dataclass(frozen=True)
class Words(Rule):
    """One of a list of words, to the letter."""

    name = "words"
    words: tuple[str, ...]

    def is_broken_by(self, value: Sent) -> bool:
        return value not in self.words


@dataclass(frozen=True)
class WordSet(Rule):
    """Some of a list of words, each once and in the list's order."""

    name = "words"
    words: tuple[str, ...]

    def is_broken_by(self, value: Sent) -> bool:
        given = str(value).split(",") if value else []
        return given != [word for word in self.words if word in given]


@dataclass(frozen=True)
class Xml(Rule):
    """A well-formed piece of XML."""

    name = "xml"

    def is_broken_by(self, value: Sent) -> bool:
        parser = expat.ParserCreate("utf-8")
        try:
            parser.Parse(b"<a>" + _octets(value) + b"</a>", True)
        except expat.ExpatError:
            return True
        return False
