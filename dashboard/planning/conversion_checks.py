"""What fields of the project's own make of values, and what no comparison can tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db import OperationalError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..databases import django_connection
from ..models import Finding
from ..transfer.errors import TransferError
from ..transfer.keys import Key, KeyValue
from ..transfer.layouts import Trust, decide_layouts
from ..transfer.plan import VALUES, PlanColumn
from ..transfer.values import ObjectRoute, Row
from ..transfer.whole_table import ranges
from .checked_plan import CheckedPlan, PlannedTable
from .deadlines import Deadline
from .hearing import Stage
from .sides import Side
from .unanswered import Lost, say_unanswered
from .value_checks import MOST_AT_ONCE, Scanning, keys_listed

EXAMPLES = 5
# Rows that a driver holds at once: of any size, such as encrypted documents.
RANGE_ROWS = 2_000


def note_uncompared(checked: CheckedPlan, sides: tuple[Side, Side]) -> None:
    """Name the tables of which a comparison could not say that they arrived."""
    pair = sides[0].session, sides[1].session
    for planned in checked.tables:
        why = decide_layouts(pair, planned.plan, Trust.FULL).unproved
        if why:
            checked.warning(
                "W245",
                _("Table '%(table)s' can be copied, and not be proved: %(why)s")
                % {"table": planned.table, "why": why},
                _("Give the columns one type, or compare them by other means."),
                planned.item.label,
            )


def check_conversions(
    checked: CheckedPlan,
    sides: tuple[Side, Side],
    scanning: Scanning,
    deadline: Deadline,
) -> None:
    """Name every value that a field of the project makes into nothing that fits.

    Each is converted as the run will do it, and dropped.
    """
    lost = Lost()
    for planned in checked.tables:
        if planned.plan.route == VALUES:
            scanning.hears(Stage.VALUES, planned.table)
            _Trial(checked, sides, planned, deadline, lost).say(scanning)
    lost.say(checked)


class _Trial:
    """One table's values, converted one by one."""

    def __init__(
        self,
        checked: CheckedPlan,
        sides: tuple[Side, Side],
        planned: PlannedTable,
        deadline: Deadline,
        lost: Lost,
    ) -> None:
        self._checked = checked
        self._lost = lost
        self._sides = sides
        self._planned = planned
        self._deadline = deadline
        self._counts: dict[str, int] = defaultdict(int)
        self._keys: dict[str, list[Key]] = defaultdict(list)
        # Whether rows are left for which there was no time.
        self._more = False

    def say(self, scanning: Scanning) -> None:
        """Convert, and add a finding for each column that holds what is refused.

        Whoever hears of it may end it between two ranges.
        """
        goes_on = scanning.sets_aside
        ranges_converted = self._convert()
        while self._has_converted(ranges_converted):
            scanning.hears(Stage.VALUES, self._planned.table)
        for column, count in self._counts.items():
            self._say(column, count, goes_on=goes_on)

    def _has_converted(self, ranges_converted: Iterator[None]) -> bool:
        """Convert a further range. Returns False when there is none, or it failed."""
        try:
            next(ranges_converted)
        except StopIteration:
            return False
        except OperationalError as error:
            self._say_untried(type(error).__name__)
        except TransferError as error:
            self._say_unanswered(error)
        except Exception as error:
            # A driver raises anything for a value that it cannot read, and the run
            # would read it by the same driver. What it says may quote the value.
            self._say_unreadable(type(error).__name__)
        else:
            return True
        return False

    def _convert(self) -> Iterator[None]:
        """Convert one range after the other."""
        old, new = self._sides
        fields = self._planned.item.fields
        route = ObjectRoute(
            django_connection(old.alias), django_connection(new.alias), fields
        )
        plan = self._planned.plan
        try:
            for key_range in ranges(old.session, plan, RANGE_ROWS):
                if self._is_over():
                    break
                for key, refused in route.tried(old.session, plan, key_range):
                    self._keep(key, refused)
                    if self._is_over():
                        break
                yield
        finally:
            route.close()
        if self._more:
            self._say_unfinished()

    def _keep(self, key: Row, refused: list[PlanColumn]) -> None:
        for column in refused:
            self._counts[column.name] += 1
            if len(self._keys[column.name]) < EXAMPLES:
                self._keys[column.name].append(tuple(map(_spelled, key)))

    def _is_over(self) -> bool:
        """Whether no time is left, or none for a table that is read in one piece."""
        planned, left = self._planned, self._deadline.left
        if left is None:
            return False
        is_long = not planned.plan.is_divisible and planned.size.rows > MOST_AT_ONCE
        self._more = self._more or left <= 0 or is_long
        return self._more

    def _say(self, column: str, count: int, *, goes_on: bool) -> None:
        rows = (
            _("in at least %(count)d rows")
            if self._more
            else ngettext("in %(count)d row", "in %(count)d rows", count)
        )
        self._checked.add(
            "W244" if goes_on else "E244",
            Finding.Level.WARNING if goes_on else Finding.Level.ERROR,
            _(
                "Values of column '%(column)s' of table '%(table)s' are made into "
                "nothing that the destination's column holds, by the field: %(rows)s "
                "(keys: %(keys)s)."
            )
            % {
                "column": column,
                "table": self._planned.table,
                "rows": rows % {"count": count},
                "keys": keys_listed(
                    self._keys[column], has_key=bool(self._planned.plan.key)
                ),
            },
            _(
                "Let the field convert them (from_db_value, get_db_prep_value), or "
                "exclude the model."
            ),
            self._planned.item.label,
        )

    def _say_unreadable(self, error: str) -> None:
        self._checked.error(
            "E244",
            _(
                "Table '%(table)s' holds a value that the project's connection cannot "
                "read: %(why)s."
            )
            % {"table": self._planned.table, "why": error},
            _("Correct it in the source, or exclude the model."),
            self._planned.item.label,
        )

    def _say_unanswered(self, error: TransferError) -> None:
        """Say why the ranges of a table could not be asked for."""
        if self._lost.takes(self._planned.table, error):
            return
        if error.retriable:
            self._say_untried(error.message)
            return
        said = _("The values of table '%(table)s' could not be converted: %(why)s")
        facts = {"table": self._planned.table, "why": error.message}
        say_unanswered(self._checked, said % facts, error, self._planned.item.label)

    def _say_untried(self, error: str) -> None:
        self._checked.warning(
            "W292",
            _("The values of table '%(table)s' could not be looked through: %(why)s")
            % {"table": self._planned.table, "why": error},
            _("Check again when the source answers."),
            self._planned.item.label,
        )

    def _say_unfinished(self) -> None:
        self._checked.warning(
            "W291",
            _(
                "Not all values of table '%(table)s' were converted for a trial: there "
                "was no time for more."
            )
            % {"table": self._planned.table},
            _("Let copydata --check look through all of them."),
            self._planned.item.label,
        )


def _spelled(value: Any) -> KeyValue:
    """A key's value as a driver gives it, in a form that can be read."""
    if isinstance(value, memoryview):
        return bytes(value)
    return value if isinstance(value, bytes | int) else str(value)
