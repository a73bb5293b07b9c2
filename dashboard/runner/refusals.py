"""What a person asked for and cannot have."""

from __future__ import annotations


class RequestRefused(Exception):
    """What was asked for cannot be done; says why and what to do instead."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message} {remedy}".strip())
        self.message = message
        self.remedy = remedy
