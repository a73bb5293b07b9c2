"""How a run ended: verdicts, exit codes and reports."""

from __future__ import annotations

from django.core.management.base import CommandError, OutputWrapper
from django.utils.translation import gettext as _

from .. import report
from ..models import AsideRow, Difference, MigrationRun, TableCopy
from ..progress import snapshot
from ..statuses import Status, Verdict
from ..transfer.keys import from_json, readable
from ..wording import count
from .bars import NAMES_WIDTH
from .screen import Screen

OK, FAILED, NOT_VERIFIABLE = 0, 1, 3

DIFFERENCES_SHOWN = 10


def exit_code(run: MigrationRun) -> int:
    """Return 0 for success, 3 for what cannot all be proved, 1 for the rest."""
    if run.status != Status.SUCCEEDED:
        return FAILED
    unproved = run.verdict in (Verdict.NOT_VERIFIABLE, Verdict.PARTLY)
    return NOT_VERIFIABLE if unproved else OK


def say_end(screen: Screen, run: MigrationRun) -> None:
    """Write the verdicts and how the run ended."""
    screen.clear()
    screen.say_commands(run)
    # Asked for once: of a thousand tables hardly one has any.
    aside = set(AsideRow.objects.of(run).values_list("table", flat=True))
    differing = Difference.objects.filter(table__run=run).values_list("table")
    differ = {number for (number,) in differing.distinct().order_by()}
    for table in run.tables.defer("plan", "last_key"):
        screen.say(_verdict(table))
        lines = [
            *(_aside(table) if table.pk in aside else ()),
            *(_differences(table) if table.pk in differ else ()),
        ]
        for text in (_merged(table), table.verdict_reason, table.error, *lines):
            if text:
                screen.say(f"    {text}")
    seen = snapshot(run)
    words = [str(Status(run.status).label)]
    if run.verdict:
        words.append(str(Verdict(run.verdict).label))
    rows = seen.rows_copied if run.copies else seen.rows_compared
    screen.say(
        _("Run %(number)d: %(ending)s; %(rows)s rows in %(seconds)s s.")
        % {
            "number": run.pk,
            "ending": ", ".join(words).lower(),
            "rows": count(rows),
            "seconds": f"{seen.seconds or 0:.1f}",
        }
    )
    if run.error:
        screen.say(f"{run.error} {run.remedy}".strip())


def _verdict(table: TableCopy) -> str:
    rows = table.destination_rows
    if rows is None:
        rows = table.rows_copied
    verdict = str(Verdict(table.verdict).label).lower()
    return f"{table.model:<{NAMES_WIDTH}} {count(rows):>12}  {verdict}"


def _merged(table: TableCopy) -> str:
    """Say what a merge has done, "" of a table that was copied."""
    if not table.mode:
        return ""
    said = _("merged: %(inserted)s inserted, %(updated)s updated") % {
        "inserted": count(table.rows_inserted),
        "updated": count(table.rows_updated),
    }
    if table.rows_untouched is None:
        return said
    untouched = _("%(rows)s others untouched") % {"rows": count(table.rows_untouched)}
    return f"{said}, {untouched}"


def _differences(table: TableCopy) -> list[str]:
    """Name the first rows that differ by their keys; values are never shown."""
    lines = []
    for found in table.differences.all()[:DIFFERENCES_SHOWN]:
        problem = Difference.Problem(found.problem).label
        line = f"{problem}: {', '.join(map(str, found.key))}"
        if found.columns:
            columns = ", ".join(found.columns)
            line = _("%(row)s in %(columns)s") % {"row": line, "columns": columns}
        lines.append(line)
    more = table.differences_count - len(lines)
    if lines and more > 0:
        lines.append(_("and %(number)s more") % {"number": count(more)})
    return lines


def _aside(table: TableCopy) -> list[str]:
    """Name the first rows that are aside by their keys, each with its reason."""
    found = table.aside_rows.order_by("id")[:DIFFERENCES_SHOWN]
    return [
        _("aside: %(key)s. %(error)s")
        % {
            "key": ", ".join(map(readable, from_json(row.key) or ())),
            "error": row.error,
        }
        for row in found
    ]


def check_report_path(path: str | None) -> None:
    """Refuse a report file of an unknown type before anything is done."""
    if path:
        try:
            report.check_path(path)
        except (report.UnknownFileTypeError, OSError) as error:
            raise CommandError(str(error)) from error


def write_reports(
    run: MigrationRun, path: str | None, as_json: bool, out: OutputWrapper
) -> None:
    """Write the report file and the document on standard output, if asked."""
    # Whoever has this terminal may read the settings, too.
    built = report.build(run, with_output=True)
    if path:
        report.write(built, path)
    if as_json:
        out.write(report.as_json(built))
