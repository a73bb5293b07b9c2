"""Looks through the source's values for what the destination would not take."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Finding
from ..transfer.backends.many import COUNTED_TOGETHER
from ..transfer.backends.scanner import Question
from ..transfer.errors import TransferError
from ..transfer.keys import Key, readable
from ..transfer.scan import Broken, questions, scan, with_suspects
from .checked_plan import CheckedPlan, Choice, ChoiceKind, PlannedTable, listed
from .hearing import Hears, Stage, nobody
from .sides import Side
from .value_words import WORDS, change_for

# Of a table that no key divides, no more rows are looked through while a person waits.
MOST_AT_ONCE = 200_000


@dataclass(frozen=True)
class Scanning:
    """Whether values are looked through, for how long, and what becomes of bad rows."""

    is_wanted: bool = True
    # Seconds that whoever asked waits for it; None for as long as it takes.
    seconds: float | None = None
    # Rows that are refused are set aside, so that they prevent no start.
    sets_aside: bool = False
    # Is told which table is looked through, and may raise what ends the checks.
    hears: Hears = nobody


class _TimeIsUp(Exception):
    """The person who asked does not wait any longer."""


def check_values(
    checked: CheckedPlan, sides: tuple[Side, Side], scanning: Scanning
) -> None:
    """Name every column whose values the destination refuses or changes.

    What is refused prevents a start, unless such rows are set aside; so does what
    would arrive as something else, which no option asks for.
    """
    if not scanning.is_wanted:
        checked.warning(
            "W290",
            _("The values of the source were not looked through, as was asked for."),
            _("What the destination refuses is found in the middle of the run."),
        )
        return
    scan = _Scan(checked, sides, scanning)
    # The small ones first: what does not fit into the time is the fewest tables.
    scanning.hears(Stage.VALUES)
    suspicious = scan.suspicious()
    for done, (planned, asked) in enumerate(suspicious):
        scan.place = planned.table, done, len(suspicious)
        scan.look_at(planned, asked)
    scan.say_what_is_left()


class _Scan:
    def __init__(
        self, checked: CheckedPlan, sides: tuple[Side, Side], scanning: Scanning
    ) -> None:
        self._checked = checked
        self._sides = sides
        self._scanning = scanning
        seconds = scanning.seconds
        self._until = None if seconds is None else time.monotonic() + seconds
        self._left: list[str] = []
        # The table at hand, after how many of how many.
        self.place = "", 0, 0

    def suspicious(self) -> list[tuple[PlannedTable, list[Question]]]:
        """Return the tables that have to be looked through, and for what.

        Many small ones are asked at once whether anything is there at all.
        """
        source, destination = (side.session for side in self._sides)
        found, small = [], {}
        for planned in sorted(self._checked.tables, key=lambda one: one.size.rows):
            there = self._sides[1].named(planned.plan.table)
            if there is None:
                continue
            asked = questions(source, destination, planned.plan, there)
            if asked:
                found.append((planned, asked))
            if asked and planned.size.rows < COUNTED_TOGETHER:
                small[planned.table] = planned.plan, asked
        suspected = with_suspects(source, small)
        return [
            (planned, asked)
            for planned, asked in found
            if planned.table not in small or planned.table in suspected
        ]

    def look_at(self, planned: PlannedTable, asked: list[Question]) -> None:
        source = self._sides[0].session
        try:
            self._require_time(planned)
            found = scan(source, planned.plan, asked, self._go_on)
        except _TimeIsUp:
            self._left.append(planned.table)
            return
        except TransferError as error:
            self._say_impossible(planned, error)
            return
        for broken in found:
            self._say(planned, broken)

    def _go_on(self, rows: int) -> None:
        self._scanning.hears(Stage.VALUES, *self.place)
        if self._until is not None and time.monotonic() > self._until:
            raise _TimeIsUp

    def _require_time(self, planned: PlannedTable) -> None:
        self._go_on(0)
        is_long = not planned.plan.is_divisible and planned.size.rows > MOST_AT_ONCE
        if is_long and self._until is not None:
            raise _TimeIsUp

    # --- words ----------------------------------------------------------------

    def _say(self, planned: PlannedTable, broken: Broken) -> None:
        words = WORDS[broken.rule.name]
        goes_on = self._scanning.sets_aside and broken.rule.refuses
        self._checked.add(
            words.warning if goes_on else words.error,
            Finding.Level.WARNING if goes_on else Finding.Level.ERROR,
            _message(planned, broken),
            self._remedy(planned, broken),
            planned.item.label,
            self._choices(planned, broken),
        )

    def _choices(self, planned: PlannedTable, broken: Broken) -> list[Choice]:
        """Return what else than a change of values may be chosen."""
        is_possible = planned.plan.key and not planned.item.replaced_last
        is_asked = self._scanning.sets_aside or not broken.rule.refuses
        return [] if is_asked or not is_possible else [Choice(ChoiceKind.ASIDE)]

    def _remedy(self, planned: PlannedTable, broken: Broken) -> str:
        said = [_("Correct them in the source, or change the destination's column.")]
        change = change_for(broken.rule, broken.column)
        field = planned.item.fields.get(broken.column.name)
        is_free = broken.column.name not in planned.plan.key
        if change is not None and is_free and broken.column.change is None:
            name = field.name if field is not None else broken.column.name
            option = f"--change {planned.item.label}.{name}={change}"
            text = _("Or choose under “Changes to values”, or by option: %(option)s")
            said.append(text % {"option": option})
        return " ".join(said)

    def _say_impossible(self, planned: PlannedTable, error: TransferError) -> None:
        self._checked.warning(
            "W292",
            _("The values of table '%(table)s' could not be looked through: %(why)s")
            % {"table": planned.table, "why": error.message},
            error.remedy,
            planned.item.label,
        )

    def say_what_is_left(self) -> None:
        """Name the tables that there was no time for."""
        if not self._left:
            return
        facts = {
            "tables": listed(self._left),
            "seconds": self._scanning.seconds,
            "source": self._sides[0].alias,
            "destination": self._sides[1].alias,
        }
        self._checked.warning(
            "W291",
            _(
                "The values of these tables were not looked through, for which there "
                "was more than %(seconds)g s of work: %(tables)s."
            )
            % facts,
            _(
                "Let a worker make the checks, or look through all of them: manage.py "
                "copydata %(source)s %(destination)s --check"
            )
            % facts,
        )


def _message(planned: PlannedTable, broken: Broken) -> str:
    rows = (
        _("in at least %(count)d rows")
        if broken.more
        else ngettext("in %(count)d row", "in %(count)d rows", broken.count)
    )
    return _(
        "Values of column '%(column)s' of table '%(table)s' %(problem)s: %(rows)s "
        "(keys: %(keys)s)."
    ) % {
        "column": broken.column.name,
        "table": planned.plan.table,
        "problem": WORDS[broken.rule.name].problem,
        "rows": rows % {"count": broken.count},
        "keys": keys_listed(broken.keys),
    }


def keys_listed(keys: Iterable[Key]) -> str:
    """Return example keys for people, or what stands for those of no key."""
    found = [" / ".join(readable(value) for value in key) for key in keys if key]
    return ", ".join(found) or _("the table has none")
