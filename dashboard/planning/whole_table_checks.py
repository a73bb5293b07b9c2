"""Tries in the destination what no single value tells: keys, CHECKs, room in indexes.

Only of what the catalogues leave in doubt. Temporary tables are made for it, which end
with their session; nothing else is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack

from django.utils.translation import gettext as _

from ..transfer.backends.base import Session
from ..transfer.backends.scanner import Question
from ..transfer.columns import Table
from ..transfer.demands import Demands, spelled_as
from ..transfer.doubts import below_zero, doubts, long_values
from ..transfer.errors import TimeIsUp, TransferError
from ..transfer.packets import too_large
from ..transfer.plan import TablePlan
from ..transfer.scan import EXAMPLES, Scanned, scan
from ..transfer.whole_table import Broken, tried
from .checked_plan import CheckedPlan, PlannedTable, listed
from .constraint_checks import say_below_zero, say_broken, say_too_large
from .deadlines import Deadline
from .hearing import Stage
from .sides import Side
from .trial_session import trial_route, trial_session
from .unanswered import Lost
from .value_checks import MOST_AT_ONCE, Scanning

Sides = tuple[Side, Side]


def check_whole_tables(
    checked: CheckedPlan, sides: Sides, scanning: Scanning, deadline: Deadline
) -> None:
    """Name what the rows of a table break together in the destination.

    What is refused prevents a start, unless such rows are set aside by the run.
    """
    if not scanning.is_wanted:
        return
    with ExitStack() as stack:
        tries = _Tries(checked, sides, scanning, deadline, stack)
        scanning.hears(Stage.TOGETHER)
        doubtful = list(tries.doubtful())
        for done, (planned, here, demands) in enumerate(doubtful):
            tries.place = planned.table, done, len(doubtful)
            tries.look_at(planned, here, demands)
        tries.say_what_is_left()


class _Tries:
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
        self._writer: Session | None = None
        # The table at hand, after how many of how many.
        self.place = "", 0, 0
        self._left: list[str] = []
        self._lost = Lost()
        # Tables that could not be tried, by why and what would help.
        self._untried: dict[tuple[str, str], list[str]] = defaultdict(list)

    # --- what is in doubt -------------------------------------------------------

    def doubtful(
        self,
    ) -> Iterator[tuple[PlannedTable, Table, tuple[Demands, Demands]]]:
        """Yield the tables with rows, the small ones first, and both sides' demands."""
        filled = [one for one in self._checked.tables if one.size.rows]
        filled.sort(key=lambda one: one.size.rows)
        try:
            ours, theirs = self._demands(filled)
        except TransferError as error:
            if not all(self._lost.takes(one.table, error) for one in filled):
                raise
            return
        folds = self._sides[1].session.catalog.folds_columns
        for planned in filled:
            here = self._sides[0].named(planned.plan.source_table)
            if here is not None:
                mine = ours.get(planned.plan.source_table, Demands())
                other = theirs[planned.table]
                if folds:
                    other = spelled_as(other, planned.plan)
                yield planned, here, (mine, other)

    def _demands(
        self, filled: list[PlannedTable]
    ) -> tuple[dict[str, Demands], dict[str, Demands]]:
        source, destination = (side.session for side in self._sides)
        theirs = destination.schema.demands([one.table for one in filled])
        ours: dict[str, Demands] = {}
        if source.vendor == destination.vendor or any(
            d.checks for d in theirs.values()
        ):
            ours = source.schema.demands([one.plan.source_table for one in filled])
        return ours, theirs

    def look_at(
        self, planned: PlannedTable, here: Table, demands: tuple[Demands, Demands]
    ) -> None:
        """Try one table, and say what it breaks."""
        try:
            self._look_at(planned, here, demands)
        except TimeIsUp:
            self._left.append(planned.table)
        except TransferError as error:
            if not self._lost.takes(planned.table, error):
                self._untried[error.message, error.remedy].append(planned.table)

    def _look_at(
        self, planned: PlannedTable, here: Table, demands: tuple[Demands, Demands]
    ) -> None:
        source, destination = (side.session for side in self._sides)
        plan = planned.plan
        if plan.transform is not None:
            self._look_at_transformed(planned, demands[1])
            return
        asked = below_zero(source, plan, here, demands)
        if asked:
            self._require_time(planned)
            scanned = self._scanned(plan, list(asked))
            for one in scanned.broken:
                check = next(
                    check for q, check in asked.items() if q.column == one.column
                )
                say_below_zero(self._checked, planned, check, one, self._scanning)
            if scanned.ended_by is not None:
                raise scanned.ended_by
        there = self._sides[1].named(planned.table)
        if there is None:
            return
        wanted = doubts((source, destination), plan, here, there, demands)
        wanted = self._with_long_values(planned, wanted)
        self._look_for_large_rows(planned)
        if wanted:
            self._require_time(planned)
            for broken in self._tried(planned, wanted):
                say_broken(self._checked, planned, broken, self._scanning)

    def _look_at_transformed(self, planned: PlannedTable, theirs: Demands) -> None:
        """Try what becomes of the rows; what the source demands says nothing of it."""
        wanted = Demands(theirs.uniques, theirs.checks)
        if wanted:
            self._require_time(planned)
            for broken in self._tried(planned, wanted):
                say_broken(self._checked, planned, broken, self._scanning)

    def _look_for_large_rows(self, planned: PlannedTable) -> None:
        source, destination = self._sides[0].session, self._sides[1].session
        found = too_large(source, destination, planned.plan, self._go_on)
        if found is not None:
            say_too_large(self._checked, planned, found, self._scanning)

    def _with_long_values(self, planned: PlannedTable, wanted: Demands) -> Demands:
        """Leave the indexes out for which the source holds nothing long."""
        if not wanted.entries:
            return wanted
        source, plan = self._sides[0].session, planned.plan
        asked = long_values(source, plan, wanted.entries)
        self._require_time(planned)
        scanned = self._scanned(plan, asked, 1)
        if scanned.broken:
            return wanted
        if scanned.ended_by is not None:
            raise scanned.ended_by
        return Demands(wanted.uniques, wanted.checks)

    def _scanned(
        self, plan: TablePlan, asked: list[Question], examples: int = EXAMPLES
    ) -> Scanned:
        source = self._sides[0].session
        return scan(source, plan, asked, self._within, examples)

    def _within(self) -> AbstractContextManager[None]:
        self._scanning.hears(Stage.TOGETHER, *self.place)
        return self._deadline.of(self._sides[0].session)

    def _tried(self, planned: PlannedTable, wanted: Demands) -> list[Broken]:
        source, destination = self._sides[0].session, self._destination
        with ExitStack() as stack:
            return tried(
                source,
                destination,
                planned.plan,
                wanted,
                trial_route(stack, self._sides, planned),
                self._go_on,
                lambda: self._deadline.of(destination),
            )

    @property
    def _destination(self) -> Session:
        """A session that may make temporary tables, opened when first needed."""
        if self._writer is None:
            destination = self._sides[1]
            self._writer = trial_session(
                self._stack, self._checked, destination, "tables"
            )
        return self._writer

    # --- time --------------------------------------------------------------------

    def _go_on(self) -> None:
        self._scanning.hears(Stage.TOGETHER, *self.place)
        left = self._deadline.left
        if left is not None and left <= 0:
            raise TimeIsUp(_("There was no time left."))

    def _require_time(self, planned: PlannedTable) -> None:
        self._go_on()
        is_long = not planned.plan.is_divisible and planned.size.rows > MOST_AT_ONCE
        if is_long and self._deadline.left is not None:
            raise TimeIsUp(_("The table is read in one piece."))

    # --- words -------------------------------------------------------------------

    def say_what_is_left(self) -> None:
        """Name the tables that could not be tried, or that there was no time for."""
        self._lost.say(self._checked)
        for (message, remedy), tables in self._untried.items():
            self._checked.warning(
                "W233",
                _("Keys and CHECKs of these tables were not tried: %(tables)s. %(why)s")
                % {"tables": listed(tables), "why": message},
                remedy,
            )
        if not self._left:
            return
        aliases = {"old": self._sides[0].alias, "new": self._sides[1].alias}
        self._checked.warning(
            "W234",
            _(
                "Keys and CHECKs of these tables were not tried in the destination, "
                "for which there was no time: %(tables)s."
            )
            % {"tables": listed(self._left)},
            _(
                "Let a worker make the checks, or try all of them: manage.py copydata "
                "%(old)s %(new)s --check"
            )
            % aliases,
        )
