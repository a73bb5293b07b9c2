"""What the checks found, and the confirmation that nothing is deleted without."""

from __future__ import annotations

import time

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from ..models import Finding, MigrationRun
from ..planning.destination_checks import NOT_EMPTY
from ..runner import controls
from ..runner.confirmations import GOOD_FOR
from ..wording import count
from .screen import Screen


def say_findings(screen: Screen, run: MigrationRun) -> None:
    """Write what the checks found; raise CommandError where it prevents a start."""
    findings = list(run.findings.all())
    for finding in findings:
        if finding.level == Finding.Level.WARNING:
            screen.say(_("Warning: %(text)s") % {"text": _text(finding)})
    errors = [f for f in findings if f.level == Finding.Level.ERROR]
    if errors:
        raise CommandError("\n".join(map(_text, errors)))


def _text(finding: Finding) -> str:
    text = f"{finding.message} {finding.remedy}".strip()
    if finding.check_name == NOT_EMPTY:
        # The page has a button for it.
        text = f"{text} {_('To empty them: --empty.')}"
    return text


def confirm_emptying(screen: Screen, run: MigrationRun, actor: str) -> None:
    """Name what will be deleted and ask; raise CommandError for a no."""
    emptied = list(run.tables.to_confirm())
    if not emptied:
        return
    lines = [
        _("  %(table)s: %(rows)s rows")
        % {"table": table.table, "rows": count(table.rows_confirmed)}
        for table in emptied
    ]
    head = _("All rows of these tables of '%(alias)s' will be deleted:")
    screen.out.write("\n".join([head % {"alias": run.destination}, *lines]))
    screen.out.flush()
    question = _("Type the name of the destination ('%(alias)s') to continue: ")
    asked = time.monotonic()
    try:
        screen.out.write(question % {"alias": run.destination}, ending="")
        screen.out.flush()
        answer = input()
    except (EOFError, KeyboardInterrupt):
        answer = ""
    is_late = time.monotonic() - asked > GOOD_FOR.total_seconds()
    if is_late:
        screen.say(_("The confirmation is more than an hour old."))
    if is_late or answer.strip() != run.destination:
        controls.cancel(run, actor)
        raise CommandError(_("Nothing was deleted and nothing was copied."))
