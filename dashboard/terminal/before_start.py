"""What is said before a start: the checks alone, or the plan; nothing is written.

Neither the two databases nor the console's own tables: no draft is left behind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError, OutputWrapper
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Finding, MigrationRun
from ..planning.checked_plan import CheckedPlan, PlannedTable
from ..planning.duration import expected
from ..planning.preflight import check_run
from ..runner import command_calls
from ..runner.controls import require_sense
from ..wording import about, count, estimate
from .bars import NAMES_WIDTH
from .hearing import SaysChecks
from .screen import Screen

FORMAT = 1
"""Of both documents, as docs/checks.md describes them."""


def checked_for(screen: Screen, run: MigrationRun) -> CheckedPlan:
    """Run every check of a run that is described and not saved.

    Raises RequestRefused for options that make no sense.
    """
    require_sense(run)
    return check_run(run, hears=SaysChecks(screen))


def say_checks(
    screen: Screen, run: MigrationRun, document: OutputWrapper | None
) -> None:
    """Write what the checks find, and as JSON into ``document`` if there is one.

    Raises CommandError where they find errors.
    """
    checked = checked_for(screen, run)
    say_found(screen, checked)
    screen.say(_summary(checked))
    if document is not None:
        _write(document, described("check", run, checked))
    refuse(checked)


def say_plan(screen: Screen, run: MigrationRun, document: OutputWrapper | None) -> None:
    """Write what a run would do, table by table, and as JSON into ``document``.

    Raises CommandError where errors prevent a start.
    """
    checked = checked_for(screen, run)
    say_found(screen, checked)
    for line in _lines(run, checked):
        screen.say(line)
    if document is not None:
        _write(document, _planned(run, checked))
    refuse(checked)


def refuse(checked: CheckedPlan) -> None:
    """Raise CommandError where errors prevent a start."""
    if checked.is_blocked:
        raise CommandError(_("A run like this cannot start: see the errors."))


def _write(out: OutputWrapper, content: dict[str, Any]) -> None:
    out.write(json.dumps(content, indent=2, ensure_ascii=False))


# --- findings ---------------------------------------------------------------


def say_found(screen: Screen, checked: CheckedPlan) -> None:
    """Write findings, those that block first."""
    for one in checked.blocking_first:
        head = f"{Finding.Level(one.level).label}: ({one.check})"
        words = (head, f"{one.model}:" if one.model else "", one.message, one.remedy)
        screen.say(" ".join(filter(None, words)))


def _summary(checked: CheckedPlan) -> str:
    levels = [one.level for one in checked.found]
    tables = ngettext(
        "%(number)s table checked", "%(number)s tables checked", len(checked.tables)
    ) % {"number": count(len(checked.tables))}
    found = _("%(errors)d errors, %(warnings)d warnings.") % {
        "errors": levels.count(Finding.Level.ERROR.value),
        "warnings": levels.count(Finding.Level.WARNING.value),
    }
    return f"{tables}: {found}"


# --- the plan, in lines -----------------------------------------------------


def _lines(run: MigrationRun, checked: CheckedPlan) -> Iterator[str]:
    for position, planned in enumerate(checked.ordered, 1):
        yield _head(position, planned)
        yield from (f"    {text}" for text in _details(run, checked, planned))
    for when, name, words in command_calls.planned(run):
        yield _("command '%(name)s' %(when)s the copy: %(words)s") % {
            "name": name,
            "when": when.label,
            "words": " ".join(words),
        }
    seconds = expected(run, *_size(checked)).seconds
    yield _("%(tables)s tables, %(rows)s rows, expected time: %(time)s.") % {
        "tables": count(len(checked.tables)),
        "rows": estimate(_size(checked)[0], exact=_is_exact(checked)),
        "time": about(seconds),
    }


def _head(position: int, planned: PlannedTable) -> str:
    rows = estimate(planned.size.rows, exact=planned.size.exact)
    size = "" if planned.size.bytes is None else f"{planned.size.bytes / 1e6:,.1f} MB"
    name = f"{position:>4} {planned.item.label}"
    return f"{name:<{NAMES_WIDTH}} {rows:>14} {size:>12}  {planned.plan.route}"


def _details(
    run: MigrationRun, checked: CheckedPlan, planned: PlannedTable
) -> Iterator[str]:
    plan = planned.plan
    if plan.route_reason:
        yield plan.route_reason
    if plan.source_table != plan.table:
        yield _("from '%(source)s' into '%(table)s'") % {
            "source": plan.source_table,
            "table": plan.table,
        }
    if plan.filter:
        yield _("only the rows: %(said)s") % {"said": "; ".join(plan.filter.said)}
        if plan.filter.index:
            yield _("found by the index '%(name)s'") % {"name": plan.filter.index}
    if planned.item.replaced_last:
        yield _("replaced last, after all other tables")
    if rows := emptied_rows(run, checked, planned):
        yield _("emptied first: %(rows)s rows are deleted") % {"rows": count(rows)}
    if plan.mode:
        yield _("rows are merged: %(mode)s") % {"mode": plan.mode}
    for column in plan.changed:
        yield _("values of column '%(column)s' are changed: %(change)s") % {
            "column": column.name,
            "change": column.change,
        }
    if foreseen := checked.foreseen.get(planned.table):
        for kind, name in foreseen.comes_off:
            yield _("taken off and put back: %(kind)s '%(name)s'") % {
                "kind": kind,
                "name": name,
            }
        yield from foreseen.sequences


def emptied_rows(run: MigrationRun, checked: CheckedPlan, planned: PlannedTable) -> int:
    """Return how many rows of the destination the run deletes of a table.

    0 while they stand in the way, because nobody has asked to delete them.
    """
    return 0 if checked.is_blocked or not run.copies else planned.rows_to_delete


def _size(checked: CheckedPlan) -> tuple[int, int]:
    sizes = [planned.size for planned in checked.tables]
    return sum(s.rows for s in sizes), sum(s.bytes or 0 for s in sizes)


def _is_exact(checked: CheckedPlan) -> bool:
    return all(planned.size.exact for planned in checked.tables)


def _are_known(checked: CheckedPlan) -> bool:
    return any(planned.size.bytes is not None for planned in checked.tables)


# --- documents --------------------------------------------------------------


def described(document: str, run: MigrationRun, checked: CheckedPlan) -> dict[str, Any]:
    """Return what every document begins with."""
    return {
        "document": document,
        "format": FORMAT,
        "source": run.source,
        "destination": run.destination,
        "can_start": not checked.is_blocked,
        "tables_checked": len(checked.tables),
        "findings": [
            {
                "check": one.check,
                "level": one.level,
                "model": one.model,
                "message": one.message,
                "remedy": one.remedy,
            }
            for one in checked.blocking_first
        ],
    }


def _planned(run: MigrationRun, checked: CheckedPlan) -> dict[str, Any]:
    rows, size = _size(checked)
    return {
        **described("plan", run, checked),
        "rows": rows,
        "rows_exact": _is_exact(checked),
        "bytes": size if _are_known(checked) else None,
        "expected_seconds": round(expected(run, rows, size).seconds, 1),
        "tables": [
            _table(run, checked, position, planned)
            for position, planned in enumerate(checked.ordered, 1)
        ],
        "commands": [
            {"when": str(when), "name": name, "words": words}
            for when, name, words in command_calls.planned(run)
        ],
        "left_out": [
            {
                "model": one.model,
                "table": one.table,
                "reason": one.reason,
                "why": one.why,
            }
            for one in checked.left_out
        ],
    }


def _table(
    run: MigrationRun, checked: CheckedPlan, position: int, planned: PlannedTable
) -> dict[str, Any]:
    foreseen = checked.foreseen.get(planned.table)
    return {
        "position": position,
        "model": planned.item.label,
        "table": planned.table,
        "source_table": planned.plan.source_table,
        "rows": planned.size.rows,
        "rows_exact": planned.size.exact,
        "bytes": planned.size.bytes,
        "route": planned.plan.route,
        "route_reason": planned.plan.route_reason,
        "replaced_last": planned.item.replaced_last,
        "rows_deleted": emptied_rows(run, checked, planned),
        "transform": planned.plan.transform.name if planned.plan.transform else "",
        "changes": [
            {"column": column.name, "change": str(column.change)}
            for column in planned.plan.changed
        ],
        "conditions": list(planned.plan.filter.said) if planned.plan.filter else [],
        "index": planned.plan.filter.index if planned.plan.filter else "",
        "comes_off": [
            {"type": kind, "name": name}
            for kind, name in (foreseen.comes_off if foreseen else ())
        ],
        "sequences": list(foreseen.sequences if foreseen else ()),
        "mode": planned.plan.mode,
        "merge": foreseen.merge._asdict() if foreseen and foreseen.merge else None,
    }
