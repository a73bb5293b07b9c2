"""What stands around an SQLite file: its place on the disk."""

from __future__ import annotations

import os
from shutil import disk_usage
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from .. import surroundings
from ..surroundings import Obstacle

if TYPE_CHECKING:
    from .session import SQLiteSession


class Surroundings(surroundings.Surroundings):
    """Asks the operating system."""

    def __init__(self, session: SQLiteSession) -> None:
        self._session = session

    def obstacles(self) -> list[Obstacle]:
        path = self._session.file.path
        # The journal lies beside the file.
        places = [one for one in (path, path.parent) if not os.access(one, os.W_OK)]
        return [
            Obstacle(
                _("This process may not write '%(path)s'.") % {"path": one},
                _(
                    "Let the account that runs the workers write the file and its "
                    "directory, in which SQLite makes its journal."
                ),
            )
            for one in places
        ]

    def free_bytes(self) -> int | None:
        return disk_usage(self._session.file.path.parent).free
