"""Looks through the source's values for what the destination would not take."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Finding
from ..transfer.backends.many import COUNTED_TOGETHER
from ..transfer.backends.scanner import Question
from ..transfer.changes import ChangeName
from ..transfer.errors import TimeIsUp, TransferError
from ..transfer.keys import Key, readable
from ..transfer.scan import (
    MOST_UNDIVIDED,
    Broken,
    Scanned,
    questions,
    scan,
    with_suspects,
)
from .change_checks import is_possible
from .checked_plan import CheckedPlan, Choice, ChoiceKind, PlannedTable, listed
from .deadlines import Deadline
from .hearing import Hears, Stage, nobody
from .sides import Side
from .transform_checks import is_judged
from .unanswered import Lost, say_unanswered
from .value_words import WORDS, change_for

# Of a table that no key divides, no more rows are looked through while a person waits.
MOST_AT_ONCE = 200_000
# What zero dates may become where NULL is not taken; somebody has to choose it.
A_DATE = f"{ChangeName.ZERO_DATE_TO}:1900-01-01"


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


def check_values(
    checked: CheckedPlan,
    sides: tuple[Side, Side],
    scanning: Scanning,
    deadline: Deadline | None = None,
) -> None:
    """Name every column whose values the destination refuses or changes.

    Within ``deadline``, and what is not looked at until then is named.

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
    scan = _Scan(checked, sides, scanning, deadline or Deadline(scanning.seconds))
    # The small ones first: what does not fit into the time is the fewest tables.
    scanning.hears(Stage.VALUES)
    suspicious = scan.suspicious()
    for done, (planned, asked) in enumerate(suspicious):
        scan.place = planned.table, done, len(suspicious)
        scan.look_at(planned, asked)
    scan.say_what_is_left()


class _Scan:
    def __init__(
        self,
        checked: CheckedPlan,
        sides: tuple[Side, Side],
        scanning: Scanning,
        deadline: Deadline,
    ) -> None:
        self._checked = checked
        self._sides = sides
        self._scanning = scanning
        self._deadline = deadline
        # Tables that were not looked at, those that were in part, and those of which
        # nothing is known since the connection was lost.
        self._left: list[str] = []
        self._begun: list[str] = []
        self._lost = Lost()
        # The table at hand, after how many of how many.
        self.place = "", 0, 0

    def _within(self) -> AbstractContextManager[None]:
        self._scanning.hears(Stage.VALUES, *self.place)
        return self._deadline.of(self._sides[0].session)

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
            asked = [
                one
                for one in questions(source, destination, planned.plan, there)
                if is_judged(planned.plan, one.column.name)
            ]
            if asked:
                found.append((planned, asked))
            if asked and planned.size.rows < COUNTED_TOGETHER:
                small[planned.table] = planned.plan, asked
        suspected = with_suspects(source, small, self._within)
        return [
            (planned, asked)
            for planned, asked in found
            if planned.table not in small or planned.table in suspected
        ]

    def look_at(self, planned: PlannedTable, asked: list[Question]) -> None:
        if self._takes_too_long(planned):
            self._left.append(planned.table)
            return
        source = self._sides[0].session
        scanned = scan(source, planned.plan, asked, self._within)
        for broken in scanned.broken:
            self._say(planned, broken)
        if scanned.ended_by is not None:
            self._say_ended(planned, scanned, scanned.ended_by)
        elif scanned.unread:
            self._say_unread(planned, scanned)

    def _takes_too_long(self, planned: PlannedTable) -> bool:
        is_long = not planned.plan.is_divisible and planned.size.rows > MOST_AT_ONCE
        return is_long and self._deadline.left is not None

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
        said = _("Correct them in the source, or change the destination's column.")
        change = change_for(broken.rule, broken.column)
        texts: dict[str | None, str] = {
            change: _("Or choose under “Changes to values”, or by option: %(option)s")
        }
        if change is ChangeName.ZERO_DATE_TO_NULL:
            texts[A_DATE] = _(
                "Or choose a date for them, this one or another, in the same places: "
                "%(option)s"
            )
        field = planned.item.fields.get(broken.column.name)
        name = field.name if field is not None else broken.column.name
        both = self._checked, self._sides
        for one, text in texts.items():
            if one is not None and is_possible(*both, planned, broken.column, one):
                option = f"--change {planned.item.label}.{name}={one}"
                return f"{said} {text % {'option': option}}"
        return said

    def _say_ended(
        self, planned: PlannedTable, scanned: Scanned, error: TransferError
    ) -> None:
        if isinstance(error, TimeIsUp):
            has_begun = bool(scanned.rows or scanned.broken)
            (self._begun if has_begun else self._left).append(planned.table)
            return
        if self._lost.takes(planned.table, error):
            return
        facts = {"table": planned.table, "why": error.message}
        said = _(
            "The values of table '%(table)s' could not all be looked through: %(why)s"
        )
        if error.retriable:
            self._checked.warning(
                "W292",
                said % facts,
                _("Check again when nothing else is in the way."),
                planned.item.label,
            )
        else:
            say_unanswered(self._checked, said % facts, error, planned.item.label)

    def _say_unread(self, planned: PlannedTable, scanned: Scanned) -> None:
        columns = dict.fromkeys(column.name for column in scanned.unread)
        self._checked.warning(
            "W294",
            _(
                "Table '%(table)s' has no key to read it by in parts: of its columns "
                "%(columns)s no more than %(most)d suspicious values were looked at."
            )
            % {
                "table": planned.table,
                "columns": listed(columns),
                "most": MOST_UNDIVIDED,
            },
            _("Give it a primary key, or expect that the run meets more of them."),
            planned.item.label,
        )

    def say_what_is_left(self) -> None:
        """Name the tables that are not looked at, or not wholly."""
        self._lost.say(self._checked)
        facts = {
            "seconds": self._scanning.seconds,
            "source": self._sides[0].alias,
            "destination": self._sides[1].alias,
        }
        remedy = _(
            "Let a worker make the checks, or look through all of them: manage.py "
            "copydata %(source)s %(destination)s --check"
        )
        if self._left:
            said = _(
                "The values of these tables were not looked through, for which there "
                "was more than %(seconds)g s of work: %(tables)s."
            )
            named = {**facts, "tables": listed(self._left)}
            self._checked.warning("W291", said % named, remedy % facts)
        if self._begun:
            said = _(
                "The values of these tables were looked through in part, for which "
                "there was more than %(seconds)g s of work: %(tables)s."
            )
            named = {**facts, "tables": listed(self._begun)}
            self._checked.warning("W293", said % named, remedy % facts)


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
        "keys": keys_listed(broken.keys, has_key=bool(planned.plan.key)),
    }


def keys_listed(keys: Iterable[Key], *, has_key: bool) -> str:
    """Return example keys for people, or what stands for those of no key."""
    found = [" / ".join(readable(value) for value in key) for key in keys if key]
    nothing = _("not looked up") if has_key else _("the table has none")
    return ", ".join(found) or nothing
