"""What of the destination's schema is off, and what puts it back, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import MigrationRun, SchemaObject

COMMAND = "restoreschema"


def restoring_command(run: MigrationRun) -> str:
    """Return the command that puts back what a run left off."""
    return f"manage.py {COMMAND} {run.pk}"


def schema_state(run: MigrationRun) -> str:
    """Say what is not in place as it was before the run, in a sentence."""
    states = list(run.schema_objects.off().values_list("state", flat=True))
    return said(run, len(states), states.count(SchemaObject.State.NOT_VALID.value))


def said(run: MigrationRun, off: int, not_valid: int) -> str:
    """Say it of so many objects, of which some are only not validated."""
    removed = off - not_valid
    parts = []
    if removed:
        text = ngettext(
            "%(number)d index, key, trigger or setting of '%(alias)s' is off.",
            "%(number)d indexes, keys, triggers and settings of '%(alias)s' are off.",
            removed,
        )
        parts.append(text % {"number": removed, "alias": run.destination})
    if not_valid:
        text = ngettext(
            "%(number)d foreign key of '%(alias)s' is in place and not validated.",
            "%(number)d foreign keys of '%(alias)s' are in place and not validated.",
            not_valid,
        )
        parts.append(text % {"number": not_valid, "alias": run.destination})
    if not parts:
        text = _("The schema of '%(alias)s' is as it was before the run.")
        parts.append(text % {"alias": run.destination})
    return " ".join(parts)
