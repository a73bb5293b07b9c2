"""Checks of the tables on both sides, and the plan of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..models import LeftOut
from ..transfer.backends.catalog import Size
from ..transfer.backends.many import unreadable
from ..transfer.columns import Table
from ..transfer.errors import TransferError
from ..transfer.locating import named
from ..transfer.plan import TablePlan
from .absence import Absence, Absences
from .checked_plan import CheckedPlan, LeftOutTable, PlannedTable, listed
from .derived import rebuilding
from .own_tables import why_own
from .privilege_checks import reading_grants, say_lacking
from .sides import Side
from .table_plans import plan_item
from .table_selection import Item, ModelTable, models_with_tables

NO_ROWS = Size(0, exact=True)


def plan_tables(
    checked: CheckedPlan,
    chosen: Sequence[Item],
    source: Side,
    destination: Side,
    labels: Sequence[str],
    *,
    writes: bool,
) -> None:
    """Plan every chosen table that both sides have, and say why the others not.

    A model that ``labels`` name has to have a table; another one is left out
    where neither side has it.
    """
    _Planning(checked, source, destination, set(labels), writes=writes).plan(chosen)


@dataclass(frozen=True)
class _Planned:
    """A plan, and what both databases call the table."""

    item: Item
    plan: TablePlan
    names: tuple[str, str]


class _Planning:
    """Plans tables one after the other; the databases are asked for all at once."""

    def __init__(
        self,
        checked: CheckedPlan,
        source: Side,
        destination: Side,
        labels: set[str],
        *,
        writes: bool,
    ) -> None:
        self._checked = checked
        self._sides = (source, destination)
        self._labels = labels
        self._writes = writes
        self._absences = tuple(Absences(side.alias) for side in self._sides)
        # What is missing by what would help, as alias and remedy.
        self._missing: dict[tuple[str, str], list[tuple[Item, str]]] = defaultdict(list)
        self._taken: dict[tuple[str, str], Item] = {}
        self._planned: list[_Planned] = []
        # Tables of each side of which the account sees no columns.
        self._hidden: dict[int, list[str]] = defaultdict(list)

    def plan(self, chosen: Sequence[Item]) -> None:
        for side in self._sides:
            side.look_for(models_with_tables())
            side.look_at(chosen)
        for item in chosen:
            self._plan(item)
        self._add_readable()
        self._say_hidden()
        for (alias, remedy), found in self._missing.items():
            self._say_missing(alias, remedy, found)
        if not self._checked.tables and not self._checked.is_blocked:
            self._say_nothing_left()

    def _plan(self, item: Item) -> None:
        old, new = (side.table(item) for side in self._sides)
        one_engine = len({side.session.vendor for side in self._sides}) == 1
        rebuilt = rebuilding(item, one_engine=one_engine)
        if not isinstance(item, ModelTable) and self._is_own(item, old, new):
            return
        if rebuilt and (old or new):
            self._leave_out(item, LeftOut.Reason.DERIVED, rebuilt, old, new)
            self._checked.warning(
                "W112", _("The search index is not copied."), rebuilt, item.label
            )
        elif (old and old.is_view) or (new and new.is_view):
            self._say_view(item, old, new)
        elif old is None and new is None:
            self._say_absent(item)
        elif old is None or new is None:
            self._say_one_missing(item, old, new)
        elif self._is_free(item, old, new) and self._has_right_name(item, new):
            self._plan_pair(item, old, new)

    def _plan_pair(self, item: Item, old: Table, new: Table) -> None:
        checked = self._checked
        if any([self._is_hidden(item, 0, old), self._is_hidden(item, 1, new)]):
            return
        plan = plan_item(
            checked,
            item,
            self._sides,
            (old, new),
            self._absences,
            writes=self._writes,
        )
        if plan is not None:
            self._planned.append(_Planned(item, plan, (old.name, new.name)))

    def _is_hidden(self, item: Item, side: int, table: Table) -> bool:
        """Whether columns seem to be missing that the account may only not see."""
        names = item.fields if isinstance(item, ModelTable) else [""]
        if all(table.column(name) for name in names):
            return False
        surroundings = self._sides[side].session.surroundings
        if not surroundings.hidden([table.name]):
            return False
        self._hidden[side].append(table.name)
        return True

    def _say_hidden(self) -> None:
        for number, names in self._hidden.items():
            side = self._sides[number]
            for lacking in side.session.surroundings.hidden(names):
                say_lacking(self._checked, side.alias, lacking)

    def _add_readable(self) -> None:
        """Add every table whose rows and columns the account may read."""
        columns: dict[str, dict[str, None]] = defaultdict(dict)
        for one in self._planned:
            names = [one.plan.in_source(column.name) for column in one.plan.columns]
            columns[one.plan.source_table] |= dict.fromkeys(filter(None, names))
        faults = unreadable(
            self._sides[0].session, {name: list(c) for name, c in columns.items()}
        )
        for one in self._planned:
            try:
                if fault := faults.get(one.plan.source_table):
                    raise fault
                self._checked.tables.append(self._with_sizes(one))
            except TransferError as error:
                error = named(one.item.table, error)
                remedy = reading_grants(self._sides[0].session, one.plan)
                self._checked.error(
                    "E101", error.message, remedy or error.remedy, one.item.label
                )

    def _with_sizes(self, one: _Planned) -> PlannedTable:
        old, new = one.names
        size = self._sides[0].size(old) or NO_ROWS
        after = self._sides[1].size(new) if self._writes else None
        return PlannedTable(one.item, one.plan, size, after or NO_ROWS)

    def _leave_out(
        self, item: Item, reason: LeftOut.Reason, why: str, *tables: Table | None
    ) -> None:
        names = [table.name if table else None for table in tables] or [None, None]
        sizes = [
            side.size(name) if name else None
            for side, name in zip(self._sides, names, strict=True)
        ]
        self._checked.left_out.append(
            LeftOutTable(
                model=item.label,
                table=item.table,
                reason=reason.value,
                why=why,
                names=(names[0], names[1]),
                sizes=(sizes[0], sizes[1]),
            )
        )

    # --- what is no table, or has the wrong name ------------------------------

    def _say_view(self, item: Item, old: Table | None, new: Table | None) -> None:
        views = [
            side.alias
            for side, table in zip(self._sides, (old, new), strict=True)
            if table and table.is_view
        ]
        why = _("'%(table)s' is a view, not a table, in %(aliases)s.") % {
            "table": item.table,
            "aliases": listed(views),
        }
        self._leave_out(item, LeftOut.Reason.VIEW, why, old, new)
        if item.label in self._labels:
            remedy = _("Leave it out: its rows are those of the tables behind it.")
            self._checked.error("E102", why, remedy, item.label)

    def _is_own(self, item: Item, old: Table | None, new: Table | None) -> bool:
        """Refuse a table of no model whose rows mean nothing elsewhere."""
        for side, table in zip(self._sides, (old, new), strict=True):
            if table and (why := why_own(side, table.name)):
                self._checked.error(
                    "E103",
                    _("'%(table)s' belongs to the database it lies in. %(why)s")
                    % {"table": table.name, "why": why},
                    _("Leave it out."),
                    item.label,
                )
                return True
        return False

    def _is_free(self, item: Item, old: Table, new: Table) -> bool:
        """Check that no other model has the same table in either database."""
        for side, table in zip(self._sides, (old, new), strict=True):
            other = self._taken.setdefault((side.alias, table.name), item)
            if other is not item and not {item.label, other.label} & {
                *side.renames.tables
            }:
                self._checked.error(
                    "E104",
                    _("In '%(alias)s', '%(table)s' is the table of %(other)s as well.")
                    % {"alias": side.alias, "table": table.name, "other": other.label},
                    _("Give one of the models another db_table, or exclude it."),
                    item.label,
                )
                return False
        return True

    def _has_right_name(self, item: Item, new: Table) -> bool:
        """Check that Django finds the table once the destination is default."""
        destination = self._sides[1]
        if not self._writes or destination.has_own_name(item, new):
            return True
        quote = destination.session.quote_table
        names = {
            "alias": destination.alias,
            "table": new.name,
            "wanted": destination.names(item)[0],
            "old": quote(new.name).replace("%%", "%"),
            "new": quote(destination.names(item)[0]).replace("%%", "%"),
        }
        self._checked.error(
            "E105",
            _(
                "In '%(alias)s' the table is called '%(table)s', because another "
                "engine was default when it was made. With '%(alias)s' as default, "
                "Django will look for '%(wanted)s'."
            )
            % names,
            _("Rename it there: ALTER TABLE %(old)s RENAME TO %(new)s") % names,
            item.label,
        )
        return False

    # --- what is not there ----------------------------------------------------

    def _absence(self, item: Item, side: int) -> Absence | None:
        if not isinstance(item, ModelTable):
            return None
        return self._absences[side].of(item.model)

    def _say_absent(self, item: Item) -> None:
        names = {"model": item.label, "table": item.table}
        text = _("%(model)s: neither database has a table '%(table)s'.") % names
        absence = self._absence(item, 1)
        if absence is None:
            self._checked.error(
                "E106", text, _("Correct the name, or leave it out."), item.label
            )
            return
        self._leave_out(item, LeftOut.Reason.ABSENT, absence.why)
        said = f"{text} {absence.why}"
        if item.label in self._labels:
            self._checked.error("E106", said, absence.remedy, item.label)
        elif not absence.cause.is_meant:
            self._checked.warning("W106", said, absence.remedy, item.label)

    def _say_one_missing(
        self, item: Item, old: Table | None, new: Table | None
    ) -> None:
        lacking = 0 if old is None else 1
        absence = self._absence(item, lacking)
        if absence is None:
            remedy = _("Create it there, or leave it out.")
            self._missing[self._sides[lacking].alias, remedy].append((item, ""))
            return
        # Where it is meant to be missing, only rows that would stay behind matter.
        rows = self._sides[0].size(old.name) if old else None
        self._leave_out(item, LeftOut.Reason.ABSENT, absence.why, old, new)
        is_meant = absence.cause.is_meant and item.label not in self._labels
        if is_meant and (rows is None or not rows.rows):
            return
        key = self._sides[lacking].alias, absence.remedy
        self._missing[key].append((item, absence.why))

    def _say_missing(
        self, alias: str, remedy: str, found: list[tuple[Item, str]]
    ) -> None:
        reasons = {why for _item, why in found}
        text = _("Alias '%(alias)s' has no table %(tables)s.") % {
            "alias": alias,
            "tables": listed(item.table for item, _why in found),
        }
        if len(reasons) == 1:
            text = f"{text} {reasons.pop()}".strip()
        self._checked.error("E107", text, remedy)

    def _say_nothing_left(self) -> None:
        source, destination = self._sides
        self._checked.error(
            "E108",
            _("No table is left to copy: no chosen model has one in both databases."),
            _(
                "If that is not meant, create them: manage.py migrateinto "
                "%(destination)s, and the same for '%(source)s'."
            )
            % {"destination": destination.alias, "source": source.alias},
        )
