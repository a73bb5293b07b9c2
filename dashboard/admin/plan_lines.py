"""What a run will do to each table, and what a dry run said of it, in words.

All of it was written down when the run was checked or tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import MigrationRun, TableCopy
from ..runner.dry_runs import DIFFERS, EQUAL, REFUSED, UNPROVED, UNTRIED, words
from ..transfer.plan import MISSING, NEW_KEYS
from ..wording import count

# The classes of badges that outcomes of a dry run look like.
LOOKS = {
    EQUAL: "verified",
    REFUSED: "failed",
    DIFFERS: "mismatched",
    UNPROVED: "not-verifiable",
    UNTRIED: "not-verifiable",
}

# Tables of which a dry run's words are shown.
TROUBLED = 40

Number = Callable[[int], str]


def _types() -> dict[str, Number]:
    """Return how many of each type are said."""
    return {
        "index": lambda n: ngettext("%d index", "%d indexes", n) % n,
        "unique": lambda n: ngettext("%d unique key", "%d unique keys", n) % n,
        "foreign key": lambda n: ngettext("%d foreign key", "%d foreign keys", n) % n,
        "setting": lambda n: ngettext("%d setting", "%d settings", n) % n,
        "trigger": lambda n: ngettext("%d trigger", "%d triggers", n) % n,
    }


@dataclass(frozen=True)
class TrialSeen:
    """What came of a table's first rows."""

    label: str
    look: str
    rows: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class PlanLine:
    """A table of the plan: what ``happens`` in short, and a line each in ``details``.

    One text: a page of 300 tables has thousands of such lines.
    """

    table: TableCopy
    is_emptied: bool
    happens: str
    details: str
    trial: TrialSeen | None


@dataclass(frozen=True)
class PlanSeen:
    """The tables of a plan, and what happens to all of them together."""

    lines: tuple[PlanLine, ...]
    off: str
    emptied: int
    changed: int
    sequences: int
    sql: str
    # Tables by what came of them in a dry run, in words, the worst first.
    tried: tuple[tuple[str, str, int], ...]
    # The first of those of which a dry run has something to say.
    troubled: tuple[PlanLine, ...]
    # Tables whose first rows were refused, or differ.
    not_arriving: int


def plan_seen(tables: Sequence[TableCopy], emptied: Collection[int]) -> PlanSeen:
    """Put the tables of a run into words; ``emptied`` are the keys of some."""
    types, outcomes = _types(), words()
    lines = tuple(
        _line(table, table.pk in emptied, types, outcomes) for table in tables
    )
    off = Counter(kind for table in tables for kind, _name in _comes_off(table))
    found = Counter(table.trial["outcome"] for table in tables if table.trial)
    sql = [one for table in tables for one in _sequences(table)]
    troubled = [line for line in lines if line.trial and line.trial.lines]
    order = (REFUSED, DIFFERS, UNTRIED, UNPROVED, EQUAL)
    return PlanSeen(
        lines=lines,
        off=_said(off, types),
        emptied=sum(line.is_emptied for line in lines),
        changed=sum(len(table.changes) for table in tables),
        sequences=len(sql),
        sql="\n".join(f"{one};" for one in sql),
        tried=tuple(
            (outcomes[one], LOOKS[one], found[one]) for one in order if found[one]
        ),
        troubled=tuple(troubled[:TROUBLED]),
        not_arriving=found[REFUSED] + found[DIFFERS],
    )


def _line(
    table: TableCopy,
    is_emptied: bool,
    types: dict[str, Number],
    outcomes: dict[str, str],
) -> PlanLine:
    off = _comes_off(table)
    sql = _sequences(table)
    happens = [_merge(table)] if table.mode else []
    if off:
        said = _said(Counter(kind for kind, _name in off), types)
        happens.append(_("%(what)s off and back") % {"what": said})
    if table.changes:
        number = len(table.changes)
        text = ngettext(
            "values of %d column changed", "values of %d columns changed", number
        )
        happens.append(text % number)
    if sql:
        happens.append(
            ngettext("%d sequence set", "%d sequences set", len(sql)) % len(sql)
        )
    changes = [f"{one['column']}: {one['change']}" for one in table.changes]
    if rows := table.foreseen.get("rows"):
        happens.insert(0, _("only some rows"))
        index = [_("index %(name)s") % {"name": rows["index"]}] if rows["index"] else []
        changes = [*rows["said"], *index, *changes]
    return PlanLine(
        table=table,
        is_emptied=is_emptied,
        happens=", ".join(happens),
        details="\n".join((*changes, *(f"{kind} {name}" for kind, name in off), *sql)),
        trial=_trial(table.trial, outcomes) if table.trial else None,
    )


def _merge(table: TableCopy) -> str:
    """Say what a merge would do to a table."""
    found = table.foreseen.get("merge")
    name = {MISSING: _("only missing"), NEW_KEYS: _("merge under new keys")}.get(
        table.mode, _("merge by key")
    )
    if found is None:
        return _("%(mode)s, how many rows is not known") % {"mode": name}
    said = _("%(mode)s: %(inserted)s inserted, %(updated)s updated, %(same)s stay")
    return said % {
        "mode": name,
        "inserted": count(found["inserted"]),
        "updated": count(found["updated"]),
        "same": count(found["same"] + found["others"]),
    }


def _comes_off(table: TableCopy) -> Sequence[Sequence[str]]:
    found: Sequence[Sequence[str]] = table.foreseen.get("comes_off", ())
    return found


def _sequences(table: TableCopy) -> Sequence[str]:
    found: Sequence[str] = table.foreseen.get("sequences", ())
    return found


def _said(numbers: Counter[str], types: dict[str, Number]) -> str:
    return ", ".join(
        types[kind](number) if kind in types else f"{number} {kind}"
        for kind, number in sorted(numbers.items())
    )


def _trial(found: dict[str, Any], outcomes: dict[str, str]) -> TrialSeen:
    lines = [_row(one) for one in found["refused"]]
    # What is said of the first row is said of the table.
    lines = lines or [f"{found['message']} {found['remedy']}".strip()]
    lines += [
        f"{', '.join(one['key'])}: {one['problem']}"
        for one in found.get("examples", ())
    ]
    return TrialSeen(
        label=outcomes[found["outcome"]],
        look=LOOKS[found["outcome"]],
        rows=found["rows"],
        lines=tuple(filter(None, lines)),
    )


def _row(refused: dict[str, Any]) -> str:
    where = ", ".join(refused["key"])
    column = f" ({refused['column']})" if refused["column"] else ""
    return f"{where}{column}: {refused['message']}"


def rows_tried(lines: Iterable[PlanLine]) -> str:
    """Return how many rows a dry run has tried."""
    return count(sum(line.trial.rows for line in lines if line.trial))


def said_of_merge(run: MigrationRun) -> str:
    """Name what the start of a merge confirms, "" where nothing is merged."""
    found = [one.foreseen.get("merge") for one in run.tables.merged().defer("plan")]
    if not found:
        return ""
    known = [one for one in found if one is not None]
    said = _(
        "Starting this updates %(updated)s rows of “%(destination)s” and inserts "
        "%(inserted)s. No row is deleted."
    ) % {
        "updated": count(sum(one["updated"] for one in known)),
        "inserted": count(sum(one["inserted"] for one in known)),
        "destination": run.destination,
    }
    left = len(found) - len(known)
    more = ngettext(
        "Of %d table it is not known.", "Of %d tables it is not known.", left
    )
    return f"{said} {more % left}" if left else said
