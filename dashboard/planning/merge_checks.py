"""What a merge would do, counted before the start by doing it without writing.

The source's rows go, range by range, into a temporary table of the destination, by the
run's own reader and loader, and are compared there with the rows that are there. So
the numbers are exact, of that moment. Nothing else is written.
"""

from __future__ import annotations

from contextlib import ExitStack, nullcontext
from dataclasses import replace
from functools import cached_property

from django.utils.translation import gettext as _

from ..transfer.backends.base import Session
from ..transfer.backends.many import filled
from ..transfer.demands import Demands, spelled_as
from ..transfer.errors import DataRefused, TimeIsUp, TransferError
from ..transfer.keys import readable
from ..transfer.merge_survey import Collision, Survey, survey
from ..transfer.plan import MERGE, NEW_KEYS
from .checked_plan import CheckedPlan, Foreseen, Merging, PlannedTable, listed
from .deadlines import Deadline
from .hearing import Stage
from .sides import Side
from .trial_session import object_route, trial_session
from .unanswered import Lost
from .value_checks import Scanning

Sides = tuple[Side, Side]

# Modes that update rows which are there.
UPDATING = (MERGE, NEW_KEYS)


def check_merging_engine(checked: CheckedPlan, destination: Session) -> None:
    """Refuse to merge by key where the destination's engine is too old for it."""
    said, remedy = destination.schema.updating_hindrance()
    if said and any(one.plan.mode in UPDATING for one in checked.tables):
        checked.error("E265", said, remedy)


def check_references_of_merged(checked: CheckedPlan, destination: Session) -> None:
    """Refuse to empty a table that rows refer to which stay."""
    emptied = {p.table for p in checked.tables if p.rows_to_delete}
    merged = {p.table for p in checked.tables if p.plan.mode}
    keys = [
        key
        for key in destination.catalog.foreign_keys()
        if key.table in merged and key.to_table in emptied
    ]
    holding = filled(destination, list(dict.fromkeys(key.table for key in keys)))
    for key in keys:
        if key.table in holding:
            checked.error(
                "E262",
                _(
                    "Table '%(table)s' of the destination keeps its rows, which refer "
                    "to '%(other)s', and that is emptied."
                )
                % {"table": key.table, "other": key.to_table},
                _("Merge '%(other)s' too, or replace both.") % {"other": key.to_table},
            )


def check_merges(
    checked: CheckedPlan, sides: Sides, scanning: Scanning, deadline: Deadline
) -> None:
    """Count what a merge inserts, updates and leaves; name unique values in the way."""
    merged = [one for one in checked.tables if one.plan.mode]
    if not merged or checked.is_blocked:
        # Counted when what prevents the start is corrected.
        return
    uncounted: list[PlannedTable] = merged
    if scanning.is_wanted:
        merged.sort(key=lambda one: one.size.rows)
        with ExitStack() as stack:
            uncounted = _Surveys(checked, sides, scanning, deadline, stack).of(merged)
    if uncounted:
        checked.warning(
            "W260",
            _("What a merge would do was not counted of: %(tables)s.")
            % {"tables": listed(one.table for one in uncounted)},
            _(
                "Let a worker make the checks, or copydata --check. Unique values in "
                "the way are found in the middle of the run otherwise."
            ),
        )


class _Surveys:
    def __init__(
        self,
        checked: CheckedPlan,
        sides: Sides,
        scanning: Scanning,
        deadline: Deadline,
        stack: ExitStack,
    ) -> None:
        self._checked = checked
        self._sides = sides
        self._scanning = scanning
        self._deadline = deadline
        self._stack = stack
        # The table at hand, after how many of how many.
        self._place = "", 0, 0
        self._lost = Lost()

    def of(self, merged: list[PlannedTable]) -> list[PlannedTable]:
        """Look at tables; return those that could not be counted."""
        left = []
        for done, planned in enumerate(merged):
            self._place = planned.table, done, len(merged)
            try:
                self._say(planned, self._survey(planned))
            except (TimeIsUp, DataRefused):
                # What is refused by itself the look through the values names.
                left.append(planned)
            except TransferError as error:
                if self._lost.takes(planned.table, error):
                    continue
                if error.retriable:
                    left.append(planned)
                    continue
                self._checked.error("E265", error.message, error.remedy, planned.label)
        self._lost.say(self._checked)
        return left

    def _survey(self, planned: PlannedTable) -> Survey:
        self._go_on()
        destination = self._destination
        demands = destination.schema.demands([planned.table]).get(planned.table)
        if demands and destination.catalog.folds_columns:
            demands = spelled_as(demands, planned.plan)
        with ExitStack() as stack:
            return survey(
                self._sides[0].session,
                destination,
                planned.plan,
                (demands or Demands()).uniques,
                object_route(stack, self._sides, planned),
                self._go_on,
                lambda: (
                    self._deadline.of(destination)
                    if self._deadline.left is not None
                    else nullcontext()
                ),
            )

    @cached_property
    def _destination(self) -> Session:
        """A session that may make temporary tables, opened when first needed."""
        return trial_session(self._stack, self._checked, self._sides[1], "merges")

    def _go_on(self) -> None:
        self._scanning.hears(Stage.TOGETHER, *self._place)
        left = self._deadline.left
        if left is not None and left <= 0:
            raise TimeIsUp(_("There was no time left."))

    # --- words -----------------------------------------------------------------

    def _say(self, planned: PlannedTable, found: Survey) -> None:
        merging = Merging(found.inserted, found.updated, found.same, found.others)
        foreseen = self._checked.foreseen.get(planned.table, Foreseen())
        self._checked.foreseen[planned.table] = replace(foreseen, merge=merging)
        self._checked.note(
            "I260",
            _(
                "Table '%(table)s': %(inserted)s rows would be inserted and "
                "%(updated)s updated; %(same)s of the source's stay as they are "
                "there, and so do %(others)s others."
            )
            % {"table": planned.table, **_numbers(merging)},
            model=planned.label,
        )
        for collision in found.collisions:
            self._say_collision(planned, collision)

    def _say_collision(self, planned: PlannedTable, found: Collision) -> None:
        pairs = ", ".join(
            _("%(key)s (there %(other)s)")
            % {
                "key": ", ".join(map(readable, key)),
                "other": ", ".join(map(readable, other)),
            }
            for key, other in found.keys
        )
        aside = self._scanning.sets_aside
        say = self._checked.warning if aside else self._checked.error
        say(
            "W261" if aside else "E260",
            _(
                "Table '%(table)s': %(count)s rows would get values of %(columns)s "
                "that a row of the destination has under another key (%(unique)s). "
                "Keys: %(keys)s."
            )
            % {
                "table": planned.table,
                "count": f"{found.count:,}",
                "columns": listed(found.unique.columns),
                "unique": found.unique.name,
                "keys": pairs,
            },
            _(
                "Correct one of each two, exclude the model, or have the table "
                "replaced. Also values that two rows exchange are in the way."
            ),
            planned.label,
        )


def _numbers(merging: Merging) -> dict[str, str]:
    return {name: f"{number:,}" for name, number in merging._asdict().items()}
