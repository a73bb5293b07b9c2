"""Writes filters into the plans, with the numbers of rows and the indexes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.core.exceptions import FieldError
from django.db import DatabaseError, NotSupportedError, connections
from django.db.models import Model
from django.utils.translation import gettext as _

from ..transfer.backends.base import Session
from ..transfer.backends.catalog import Size
from ..transfer.backends.changed_rows import count_rows
from ..transfer.backends.many import COUNTED_TOGETHER
from ..transfer.backends.projection import in_sql
from ..transfer.errors import TransferError
from ..transfer.filters import FILTERED, Filter, Growing, Unkept, Where
from .checked_plan import CheckedPlan, PlannedTable, listed
from .growing import highest
from .lookups import WrongFilter, field_of
from .only import OnlyRows
from .sides import Side
from .table_selection import Item, ModelTable

READ_WHOLE = COUNTED_TOGETHER
"""Rows from which on it is said that no index serves a filter."""


def check_filters(
    checked: CheckedPlan, sides: tuple[Side, Side], only: OnlyRows, *, writes: bool
) -> None:
    """Give every plan its filter and its number of rows, counted.

    What no filter can ask of the source, or no plan keep, is an error.
    """
    found = _Filters(checked, sides, only, writes=writes)
    checked.tables = [found.filtered(planned) for planned in checked.tables]


class _Filters:
    def __init__(
        self,
        checked: CheckedPlan,
        sides: tuple[Side, Side],
        only: OnlyRows,
        *,
        writes: bool,
    ) -> None:
        self._checked = checked
        self._sides = sides
        self._only = only
        self._writes = writes
        self._plans = {one.item.label: one.plan for one in checked.tables}

    def filtered(self, planned: PlannedTable) -> PlannedTable:
        """Return a table with its filter; as it is where it has none, or an error."""
        item = planned.item
        if not isinstance(item, ModelTable):
            return planned
        found = self._filtered(item, planned)
        growing = self._only.growing.get(item.model)
        return self._growing(item, found, growing) if growing else found

    def _filtered(self, item: ModelTable, planned: PlannedTable) -> PlannedTable:
        wheres = self._wheres(item)
        if wheres is None or not self._is_possible(item, planned, wheres[0]):
            return planned
        source, destination = wheres
        names = tuple(column.name for column in planned.plan.columns)
        new = Filter(
            said=tuple(self._said(item)),
            columns=names,
            source=replace(source, columns=names),
            destination=replace(destination, columns=names),
            is_alone=self._writes,
        )
        return self._counted(replace(planned, plan=replace(planned.plan, filter=new)))

    def _wheres(self, item: ModelTable) -> tuple[Where, Where] | None:
        """Return the condition of either side; None for all rows, or after an error.

        What is written is compared with all of the destination's table: then its own
        condition is never asked, nor has it to have one.
        """
        source, destination = (side.alias for side in self._sides)
        asked = [source] if self._writes else [source, destination]
        try:
            wheres = [self._only.rows.where(item.model, alias) for alias in asked]
        except Unkept as error:
            self._say_unkept(item, error)
        except WrongFilter as error:
            self._checked.error("E250", error.message, error.remedy, item.label)
        except (NotSupportedError, FieldError, TypeError, ValueError) as error:
            self._say_unasked(item, error)
        else:
            found = [where for where in wheres if where is not None]
            return (found[0], found[-1]) if len(found) == len(asked) else None
        return None

    def _said(self, item: ModelTable) -> Iterable[str]:
        """Return what a filter says, in the words in which it was asked for."""
        rows = self._only.rows
        for condition in rows.conditions.get(item.model, ()):
            yield condition.said
        if item.model._meta.auto_created:
            yield _("as the rows that it belongs to")
        if rows.brought_by.get(item.model):
            others = dict.fromkeys(
                key.model._meta.label for key in rows.brought_by[item.model]
            )
            yield _("referred to by the rows of %(models)s") % {
                "models": ", ".join(others)
            }

    # --- what the source has ------------------------------------------------------

    def _is_possible(
        self, item: ModelTable, planned: PlannedTable, source: Where
    ) -> bool:
        lacking = [
            name
            for name in self._own_columns(item)
            if not planned.plan.in_source(name)
            or name not in {column.name for column in planned.plan.columns}
        ]
        if lacking:
            self._say_lacking(item, lacking)
        others = [m for m in self._only.rows.concerned(item.model) if self._differs(m)]
        if self._misses_itself(item, planned, source):
            others.append(item.model)
        if others:
            self._checked.error(
                "E252",
                _(
                    "The filter of %(model)s asks for rows of %(others)s, which have "
                    "other names in a database."
                )
                % {
                    "model": item.label,
                    "others": listed(sorted(m._meta.label for m in others)),
                },
                _("Filter by columns of the model itself, such as the reference."),
                item.label,
            )
        return not (lacking or others)

    def _own_columns(self, item: ModelTable) -> set[str]:
        """Return the columns of the table itself that its filter asks for."""
        rows = self._only.rows
        first = {one.fields[0] for one in rows.conditions.get(item.model, ())}
        columns = {getattr(one, "column", None) for one in first}
        columns |= {
            key.target_field.column for key in rows.brought_by.get(item.model, ())
        }
        return {name for name in columns if name in item.fields}

    def _misses_itself(
        self, item: ModelTable, planned: PlannedTable, source: Where
    ) -> bool:
        """Whether other rows of the table are asked by names that the source lacks."""
        quote = connections[self._sides[0].alias].ops.quote_name
        others = source.sql.replace(f"{FILTERED}.", "")
        if quote(item.table) not in others:
            return False
        lacking = [c.name for c in planned.plan.source_columns if c.name != c.in_source]
        is_asked = any(f".{quote(name)}" in others for name in lacking)
        return is_asked or self._sides[0].name(item) != item.table

    def _differs(self, model: type[Model]) -> bool:
        """Whether a table that is asked besides is called otherwise anywhere."""
        owner = ModelTable(model._meta.label, model, model, False)
        plan = self._plans.get(owner.label)
        if plan is not None and plan.source_columns:
            return True
        renames = self._sides[0].renames
        is_renamed = owner.label in renames.tables or owner.label in renames.columns
        names = {side.name(owner) for side in self._sides}
        return is_renamed or names != {model._meta.db_table}

    # --- how many rows ----------------------------------------------------------

    def _counted(self, planned: PlannedTable) -> PlannedTable:
        source, plan = self._sides[0].session, planned.plan
        assert plan.filter is not None
        try:
            rows = count_rows(source, plan)
            index = _index(source, plan.source_table, plan.filter.source)
        except TransferError as error:
            self._say_uncounted(planned.item, error.message, error.remedy)
            return planned
        self._say(planned, rows, index)
        plan = replace(plan, filter=replace(plan.filter, index=index))
        return replace(planned, plan=plan, size=_share(planned.size, rows))

    def _growing(
        self, item: ModelTable, planned: PlannedTable, growing: Growing
    ) -> PlannedTable:
        """Return a table with what the next run may begin behind."""
        of = field_of(item.model, growing.field)
        if not planned.plan.in_source(str(of.column)):
            self._say_lacking(item, [str(of.column)])
            return planned
        try:
            found = highest(self._sides[0], planned.plan, of)
            growing = replace(growing, highest=found)
            growing.kept()
        except Unkept as error:
            self._say_unkept(item, error)
            return planned
        except DatabaseError as error:
            self._say_uncounted(item, type(error).__name__, "")
            return planned
        return replace(planned, plan=replace(planned.plan, growing=growing))

    def _say(self, planned: PlannedTable, rows: int, index: str) -> None:
        assert planned.plan.filter is not None
        facts = {
            "model": planned.item.label,
            "rows": rows,
            "said": "; ".join(planned.plan.filter.said),
            "index": index,
        }
        message = _("%(rows)d rows of %(model)s take part: %(said)s.") % facts
        if index:
            message += " " + _("They are found by the index '%(index)s'.") % facts
            self._checked.note("I250", message, "", planned.item.label)
        elif planned.size.rows < READ_WHOLE:
            self._checked.note("I250", message, "", planned.item.label)
        else:
            self._checked.warning(
                "W250",
                message + " " + _("No index finds them: the whole table is read."),
                _("An index of the source on the filter's columns makes it faster."),
                planned.item.label,
            )

    def _say_lacking(self, item: ModelTable, lacking: list[str]) -> None:
        self._checked.error(
            "E252",
            _("The filter of %(model)s is of %(columns)s, which the source lacks.")
            % {"model": item.label, "columns": listed(lacking)},
            _("Filter by a column that the source has, or name it by --renamed."),
            item.label,
        )

    def _say_uncounted(self, item: Item, why: str, remedy: str) -> None:
        self._checked.error(
            "E254",
            _("The rows of the filter of %(model)s cannot be counted: %(why)s")
            % {"model": item.label, "why": why},
            remedy,
            item.label,
        )

    def _say_unasked(self, item: ModelTable, error: Exception) -> None:
        # The message of another class may have the value in it.
        why = str(error) if isinstance(error, NotSupportedError) else ""
        self._checked.error(
            "E255",
            _("Django makes no SQL of the filter of %(model)s: %(why)s")
            % {"model": item.label, "why": why or type(error).__name__},
            _("Use a lookup that the field has on this database."),
            item.label,
        )

    def _say_unkept(self, item: ModelTable, error: Unkept) -> None:
        self._checked.error(
            "E251",
            _(
                "A value of the filter of %(model)s is of a type that no plan keeps: "
                "%(type)s."
            )
            % {"model": item.label, "type": error},
            _("Filter by numbers, texts, dates or references."),
            item.label,
        )


def _index(source: Session, table: str, where: Where) -> str:
    """Return the index of the source by which the rows of a filter are found."""
    if where.sql in ("1 = 0", "1 = 1"):
        return ""
    rows = f"{source.rows_of(table)} {FILTERED}"
    sql = f"SELECT * FROM {rows} WHERE {in_sql(source, where)}"  # noqa: S608
    return source.reader.serving_index(sql, FILTERED)


def _share(whole: Size, rows: int) -> Size:
    """Return the size of some rows of a table."""
    if whole.bytes is None:
        return Size(rows, exact=True)
    part = min(rows / max(whole.rows, 1), 1)
    return Size(rows, exact=True, bytes=int(whole.bytes * part))
