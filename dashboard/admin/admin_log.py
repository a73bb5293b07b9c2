"""What was asked for on the pages, in Django's own log of the admin as well."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import Error, router
from django.http import HttpRequest

from ..models import Event, MigrationRun

LOG = "admin.LogEntry"
LONGEST_NAME = 200

logger = logging.getLogger("migration_console")


def note(request: HttpRequest, events: Sequence[Event]) -> None:
    """Write events into the log of the admin, where no run moves it."""
    for event in events:
        try:
            if not _is_moved(event.run):
                _write(request, event)
        except Error as error:
            # What was asked for has been done, and is in the run's own log.
            logger.warning("The admin's log refused: %s", type(error).__name__)


def _is_moved(run: MigrationRun) -> bool:
    """Whether the admin's log is what the run copies: it would be a difference."""
    if router.db_for_write(LogEntry) not in (run.source, run.destination):
        return False
    return run.tables.filter(model=LOG).exists()


def _write(request: HttpRequest, event: Event) -> None:
    kind = ContentType.objects.get_for_model(MigrationRun, for_concrete_model=False)
    LogEntry.objects.create(
        user_id=str(request.user.pk),
        content_type_id=kind.pk,
        object_id=str(event.run.pk),
        object_repr=str(event.run)[:LONGEST_NAME],
        action_flag=CHANGE,
        change_message=event.message,
    )
