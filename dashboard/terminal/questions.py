"""What the checks found, and the confirmation that nothing is deleted without."""

from __future__ import annotations

import time
from collections.abc import Mapping

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from ..models import Finding, MigrationRun
from ..planning.known_checks import NOT_EMPTY
from ..runner import controls
from ..runner.confirmations import GOOD_FOR, Confirmation, ConfirmationNeeded
from ..transfer.plan import MISSING
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
    text = f"({finding.check_name}) {finding.message} {finding.remedy}".strip()
    if finding.check_name == NOT_EMPTY:
        # The page has a button for it.
        text = f"{text} {_('To empty them: --empty.')}"
    return text


def confirm_emptying(screen: Screen, run: MigrationRun, actor: str) -> None:
    """Name what will be deleted and ask; raise CommandError for a no."""
    emptied = {table.table: table.rows_confirmed for table in run.tables.to_confirm()}
    if emptied and not _is_confirmed(screen, run, emptied):
        controls.cancel(run, actor)
        raise CommandError(_("Nothing was deleted and nothing was copied."))


def confirm_merging(screen: Screen, run: MigrationRun, actor: str) -> None:
    """Name what will be updated and inserted, and ask; raise CommandError for a no.

    Only where rows that are there are updated, or where nobody knows.
    """
    tables = list(run.tables.merged().order_by("position").defer("plan"))
    known = [table.foreseen.get("merge") for table in tables]
    unknown = [t for t, one in zip(tables, known, strict=True) if one is None]
    updates = any(one["updated"] for one in known if one is not None)
    if not updates and all(table.mode == MISSING for table in unknown):
        return
    head = _("Rows of these tables of '%(alias)s' will be updated and inserted:")
    lines = [
        f"  {table.table}: {_merging(one)}"
        for table, one in zip(tables, known, strict=True)
    ]
    screen.out.write("\n".join([head % {"alias": run.destination}, *lines]))
    if not is_continued(screen):
        controls.cancel(run, actor)
        raise CommandError(_("Nothing was written."))


def is_continued(screen: Screen) -> bool:
    """Ask whether to go on."""
    screen.out.write(_("Continue? [y/N] "), ending="")
    screen.out.flush()
    try:
        answer = input()
    except (EOFError, KeyboardInterrupt):
        answer = ""
    return answer.strip().lower() in ("y", "yes", _("yes"))


def _merging(foreseen: Mapping[str, int] | None) -> str:
    if foreseen is None:
        return _("how many is not known")
    return _("%(updated)s updated, %(inserted)s inserted") % {
        "updated": count(foreseen["updated"]),
        "inserted": count(foreseen["inserted"]),
    }


def confirmed_again(
    screen: Screen, run: MigrationRun, actor: str, needed: ConfirmationNeeded
) -> Confirmation:
    """Name what a run that goes on will delete, and ask.

    Raises CommandError for a no; the run stays as it is.
    """
    doomed = {found.table.table: found.rows for found in needed.doomed}
    asked = Confirmation.asked(run, actor, needed.rows)
    if not _is_confirmed(screen, run, doomed):
        raise CommandError(_("Nothing was deleted, and the run stays as it is."))
    return asked


def _is_confirmed(
    screen: Screen, run: MigrationRun, emptied: Mapping[str, int]
) -> bool:
    return is_destination_typed(screen, run.destination, emptied)


def is_destination_typed(
    screen: Screen, alias: str, emptied: Mapping[str, int]
) -> bool:
    """Name tables and rows, and ask for the name of the destination."""
    lines = [
        _("  %(table)s: %(rows)s rows") % {"table": table, "rows": count(rows)}
        for table, rows in emptied.items()
    ]
    head = _("All rows of these tables of '%(alias)s' will be deleted:")
    screen.out.write("\n".join([head % {"alias": alias}, *lines]))
    screen.out.flush()
    question = _("Type the name of the destination ('%(alias)s') to continue: ")
    asked = time.monotonic()
    try:
        screen.out.write(question % {"alias": alias}, ending="")
        screen.out.flush()
        answer = input()
    except (EOFError, KeyboardInterrupt):
        answer = ""
    is_late = time.monotonic() - asked > GOOD_FOR.total_seconds()
    if is_late:
        screen.say(_("The confirmation is more than an hour old."))
    return not is_late and answer.strip() == alias
