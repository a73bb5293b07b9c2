"""What a terminal says while the control database is away."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.utils.translation import gettext as _

from ..control_database import AWAY, close_connections
from .screen import Screen

PAUSE_SECONDS = 1.0


class Waiting:
    """Looks as often as it is told to, but for when there is nobody to ask."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._is_away = False
        self._next = 0.0

    def look(self, ask: Callable[[], None]) -> bool:
        """Call a function; False where the control database does not answer.

        It is said once that it is waited for, and once that it is back.
        """
        if time.monotonic() < self._next:
            return False
        try:
            ask()
        except AWAY as error:
            close_connections()
            self._next = time.monotonic() + PAUSE_SECONDS
            if not self._is_away:
                self._is_away = True
                text = _(
                    "The database that holds the run does not answer (%(error)s). It "
                    "is waited for, and the run goes on by itself."
                )
                self._screen.say(text % {"error": type(error).__name__})
            return False
        if self._is_away:
            self._is_away = False
            self._screen.say(_("The database that holds the run answers again."))
        return True
