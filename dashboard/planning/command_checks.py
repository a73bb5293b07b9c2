"""Whether the commands that a run is to call are there."""

from __future__ import annotations

from django.core.management import get_commands
from django.utils.translation import gettext as _

from ..commands import project_commands
from ..models import MigrationRun
from .checked_plan import CheckedPlan


def check_commands(checked: CheckedPlan, run: MigrationRun) -> None:
    """Find commands that COMMANDS does not have, and some that nobody wrote."""
    known = project_commands()
    written = get_commands() if (run.commands_before or run.commands_after) else {}
    for name in dict.fromkeys([*run.commands_before, *run.commands_after]):
        if name not in known:
            checked.error(
                "E280",
                _("MIGRATION_CONSOLE['COMMANDS'] has no command '%(name)s'.")
                % {"name": name},
                _("Use one of these, or none: %(names)s.")
                % {"names": ", ".join(known) or "–"},
            )
        elif known[name].words[0] not in written:
            checked.error(
                "E281",
                _("Command '%(name)s' stands for '%(word)s', which no app has.")
                % {"name": name, "word": known[name].words[0]},
                _("Correct COMMANDS, or add the app to INSTALLED_APPS."),
            )
