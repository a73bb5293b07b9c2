"""Which check is at work, for whoever waits for all of them."""

from __future__ import annotations

from typing import Protocol

from ..models import Preflight

Stage = Preflight.Stage


class Hears(Protocol):
    """Hears which check begins, at which table, after how many of how many."""

    def __call__(
        self, stage: Stage, table: str = "", done: int = 0, total: int = 0
    ) -> None:
        """Take it down, or raise what ends the checks."""


def nobody(stage: Stage, table: str = "", done: int = 0, total: int = 0) -> None:
    """Hear nothing."""
