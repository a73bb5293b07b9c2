"""What is known of a check: its id, and words for people."""

from __future__ import annotations

from dataclasses import dataclass

PREFIX = "migration_console."


@dataclass(frozen=True)
class KnownCheck:
    """A check: the end of its id, its short name, and words for the page of checks."""

    number: str
    name: str
    cause: str
    remedy: str

    @property
    def id(self) -> str:
        """The id as people see it."""
        return full_id(self.number)


def full_id(number: str) -> str:
    """Return an id with the app's label in front of it."""
    return number if number.startswith(PREFIX) else f"{PREFIX}{number}"
