"""Looks for rows that refer to rows which the source does not have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from ..transfer.backends.many import tried
from ..transfer.backends.projection import names_read
from ..transfer.changes import OF_ORPHANS, ChangeName
from ..transfer.columns import ColumnKind, ForeignKey
from ..transfer.errors import TimeIsUp, TransferError
from ..transfer.keys import Key
from ..transfer.orphans import (
    Reference,
    Sameness,
    counted,
    examples,
    judged,
    leading_nowhere,
    sameness,
    types_of,
)
from ..transfer.plan import BY_KEY, PlanColumn
from ..transfer.references import Missing, missing
from .change_checks import is_possible
from .checked_plan import CheckedPlan, Choice, ChoiceKind, PlannedTable, listed
from .deadlines import Deadline
from .hearing import Hears, Stage, nobody
from .lost_references import say_lost
from .sides import Side
from .unanswered import Lost, say_unanswered
from .value_checks import keys_listed

EXAMPLES = 5
COMPARED = {ColumnKind.INTEGER, ColumnKind.TEXT}


@dataclass(frozen=True)
class _Asked:
    """A foreign key of the destination, and the same reference in the source."""

    planned: PlannedTable
    key: ForeignKey
    here: Reference
    # Whether the rows stay that the destination has of the table referred to.
    stays: bool = False

    @property
    def there(self) -> tuple[str, str]:
        """The table and the first column referred to in the destination."""
        return self.key.to_table, self.key.to_columns[0]

    @property
    def chosen(self) -> ChangeName | None:
        """What was chosen to become of orphans."""
        changes = [column.change for column in self.here.columns if column.change]
        names = [one.name for one in changes if one.name in OF_ORPHANS]
        return names[0] if names else None


def check_orphans(
    checked: CheckedPlan,
    sides: tuple[Side, Side],
    deadline: Deadline | None = None,
    hears: Hears = nobody,
) -> None:
    """Refuse rows that a foreign key of the destination would refuse at the end.

    Of references among the tables that are copied, judged as the destination will;
    what leads out of them is said of every reference by ``check_references``.
    ``hears`` is told before every statement.
    """
    hears(Stage.ORPHANS)
    _Orphans(checked, sides, deadline or Deadline(None), hears).look()


class _Orphans:
    def __init__(
        self,
        checked: CheckedPlan,
        sides: tuple[Side, Side],
        deadline: Deadline,
        hears: Hears,
    ) -> None:
        self._checked = checked
        self._hears = hears
        self._both = sides
        self._sides = sides[0].session, sides[1].session
        self._deadline = deadline
        self._left: list[str] = []
        self._lost = Lost()

    def _within(self) -> AbstractContextManager[None]:
        self._hears(Stage.ORPHANS)
        return self._deadline.of(self._sides[0])

    def look(self) -> None:
        source, destination = self._sides
        keys = destination.catalog.foreign_keys()
        # The small ones first: what does not fit into the time is the fewest.
        asked = sorted(self._asked(keys), key=lambda one: one.planned.size.rows)
        found, faults = tried(
            source,
            {number: counted(source, one.here) for number, one in enumerate(asked)},
            self._within,
        )
        for number, one in enumerate(asked):
            if one.chosen and one.here.is_judged and number not in faults:
                self._judge_choice(one)
            if number in faults:
                self._say_untried(one, faults[number])
            elif found[number]:
                self._look_at(one, int(found[number]))
        self._say_what_is_left()

    def _look_at(self, asked: _Asked, count: int) -> None:
        """Say which rows they are; one that cannot be asked is not tried."""
        keys: list[Key] = []
        try:
            with self._within():
                if asked.here.is_judged:
                    count, keys = judged(self._sides, asked.here, asked.there, EXAMPLES)
                else:
                    keys = examples(self._sides[0], asked.here, EXAMPLES)
        except TransferError as error:
            if asked.here.is_judged:
                self._say_untried(asked, error)
                return
        lost = self._lost_there(asked) if count and asked.stays else None
        if lost is not None and asked.here.to_plan is not None and lost.rows:
            say_lost(self._checked, asked.key, asked.planned.item.label, lost)
        elif count and (lost is None or lost.rows):
            self._say(asked, count, keys)

    def _lost_there(self, asked: _Asked) -> Missing | None:
        """Return what is referred to that does not arrive, nor is there already.

        None where that cannot be asked.
        """
        kinds = [column.kind for column in asked.here.columns]
        key = replace(asked.key, table=asked.planned.plan.source_table)
        leading = leading_nowhere(self._sides[0], asked.here)
        try:
            return missing(*self._sides, key, kinds, plan=leading)
        except TransferError:
            return None

    def _judge_choice(self, asked: _Asked) -> None:
        """Refuse a choice for orphans that would meet rows that are none there."""
        source, here = self._sides[0], _without_choices(asked.here)
        try:
            with self._within():
                ((found,),) = source.query(f"SELECT {counted(source, here)}")
                if not found:
                    return
                bad, _keys = judged(self._sides, here, asked.there, 0)
        except TransferError as error:
            self._say_untried(asked, error)
            return
        if bad < found:
            self._checked.error(
                "E242",
                _(
                    "The change of orphans would meet %(count)d rows of table "
                    "'%(table)s' too that the destination takes as they are, by "
                    "the collation of its '%(other)s': the source cannot tell them."
                )
                % {
                    "count": found - bad,
                    "table": asked.key.table,
                    "other": asked.key.to_table,
                },
                _("Write their references in the source as the rows' own keys are."),
                asked.planned.item.label,
            )

    # --- what is asked ----------------------------------------------------------

    def _asked(self, keys: list[ForeignKey]) -> Iterator[_Asked]:
        """Yield the keys between planned tables, as both databases know them."""
        by_table = {planned.table: planned for planned in self._checked.tables}
        for key in keys:
            ours, other = by_table.get(key.table), by_table.get(key.to_table)
            if ours is None or other is None:
                continue
            here = self._reference(ours, other, key)
            if here is not None:
                yield _Asked(ours, key, here, other.plan.mode in BY_KEY)

    def _reference(
        self, ours: PlannedTable, other: PlannedTable, key: ForeignKey
    ) -> Reference | None:
        """Return the key as the source has it; None where it has no such columns."""
        columns = {column.name: column for column in ours.plan.columns}
        if any(n not in columns or columns[n].numbers is not None for n in key.columns):
            return None
        here = tuple(columns[name] for name in key.columns)
        to_columns = tuple(map(names_read(other.plan), key.to_columns))
        # What is filled is in no table of the source. A value of other kinds is not
        # compared with a column by all engines.
        if not all(to_columns) or any(
            not ours.plan.in_source(one.name) and one.kind not in COMPARED
            for one in here
        ):
            return None
        types = [types_of(other.plan, name) for name in key.to_columns]
        same = [
            sameness(self._sides, column, both, (key.to_table, name))
            for column, both, name in zip(here, types, key.to_columns, strict=True)
        ]
        return Reference(
            ours.plan,
            here,
            other.plan.source_table,
            to_columns,
            tuple(of_source for of_source, _ in types),
            tuple(same),
            other.plan if other.plan.filter else None,
        )

    # --- words ------------------------------------------------------------------

    def _say_untried(self, asked: _Asked, error: TransferError) -> None:
        key, facts = asked.key, {"name": asked.key.name, "table": asked.key.table}
        if isinstance(error, TimeIsUp):
            self._left.append(f"{key.table} ({', '.join(key.columns)})")
            return
        if self._lost.takes(key.table, error):
            return
        said = _(
            "It is not known whether rows of table '%(table)s' refer to rows that are "
            "not there (foreign key '%(name)s'): %(why)s"
        ) % {**facts, "why": error.message}
        label = asked.planned.item.label
        if not error.retriable:
            say_unanswered(self._checked, said, error, label)
            return
        self._checked.warning(
            "W241",
            said,
            _("Check again. Else it is found at the end of the run."),
            label,
        )

    def _say_what_is_left(self) -> None:
        self._lost.say(self._checked)
        if not self._left:
            return
        self._checked.warning(
            "W295",
            _(
                "It was not looked for rows that refer to rows which are not there in "
                "these tables, for want of time: %(tables)s."
            )
            % {"tables": listed(self._left)},
            _("Let a worker make the checks, or copydata with --check."),
        )

    def _say(self, asked: _Asked, count: int, keys: list[Key]) -> None:
        planned, key = asked.planned, asked.key
        field = planned.item.fields.get(key.columns[0])
        name = field.name if field is not None else key.columns[0]
        facts = {
            "table": key.table,
            "columns": ", ".join(key.columns),
            "other": key.to_table,
            "count": count,
            "keys": keys_listed(keys, has_key=bool(planned.plan.key)),
        }
        said = _(
            "%(count)d rows of table '%(table)s' refer by '%(columns)s' to rows of "
            "'%(other)s' that the source does not have (keys: %(keys)s)."
        )
        if any(one is not Sameness.OWN for one in asked.here.sameness):
            said = _(
                "%(count)d rows of table '%(table)s' refer by '%(columns)s' to rows of "
                "'%(other)s' that the source does not have under the very name that "
                "the destination asks for (keys: %(keys)s)."
            )
        if asked.here.to_plan is not None:
            self._say_filtered(asked, facts)
            return
        self._checked.error(
            "E240",
            said % facts,
            self._remedy(asked, f"{planned.item.label}.{name}"),
            planned.item.label,
        )

    def _say_filtered(self, asked: _Asked, facts: dict[str, object]) -> None:
        self._checked.error(
            "E253",
            _(
                "%(count)d rows of table '%(table)s' refer by '%(columns)s' to rows of "
                "'%(other)s' that its filter leaves out, or that the source does not "
                "have (keys: %(keys)s)."
            )
            % facts,
            _(
                "Bring the rows that are referred to (--with-parents), widen that "
                "filter, or give this table one too."
            ),
            asked.planned.item.label,
            [Choice(ChoiceKind.PARENTS)],
        )

    def _remedy(self, asked: _Asked, place: str) -> str:
        """Say what mends orphans: only what would be taken."""
        said = [_("Correct them in the source.")]
        name, planned = asked.key.columns[0], asked.planned
        column = next(one for one in planned.plan.columns if one.name == name)
        texts = {
            ChangeName.ORPHAN_TO_NULL: _(
                "Or choose under “Changes to values”, or by option: %(option)s"
            ),
            ChangeName.SKIP_ORPHANS: _(
                "Or let such rows be left out, in the same way: %(option)s"
            ),
        }
        for change, text in texts.items():
            if is_possible(self._checked, self._both, planned, column, change):
                said.append(text % {"option": f"--change {place}={change}"})
        return " ".join(said)


def _without_choices(here: Reference) -> Reference:
    """Return a reference as it is without what was chosen for orphans."""

    def free(column: PlanColumn) -> PlanColumn:
        chosen = column.change is not None and column.change.name in OF_ORPHANS
        return replace(column, change=None) if chosen else column

    plan = replace(here.plan, columns=tuple(map(free, here.plan.columns)))
    return replace(here, plan=plan, columns=tuple(map(free, here.columns)))
