"""Which check is at work, in a line of the terminal."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..planning.hearing import Stage
from ..progress.preflights import place
from .screen import Screen


@dataclass(frozen=True)
class SaysChecks:
    """Hears the checks, and writes where they are."""

    screen: Screen

    def __call__(
        self, stage: Stage, table: str = "", done: int = 0, total: int = 0
    ) -> None:
        """Write it, not more often than is of use."""
        text = _("Checking: %(place)s")
        self.screen.pass_by(text % {"place": place(stage, table, done, total)})
