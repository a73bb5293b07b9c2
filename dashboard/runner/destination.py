"""Whether the settings let a run write, asked each time that it begins or goes on."""

from __future__ import annotations

from ..databases import check_destination
from ..models import MigrationRun
from ..transfer.errors import NotADestination
from .refusals import RequestRefused


def require_destination(run: MigrationRun) -> None:
    """Raise RequestRefused where the settings do not let the run write."""
    try:
        if run.copies:
            check_destination(run.destination)
    except NotADestination as error:
        raise RequestRefused(error.message, error.remedy) from None
