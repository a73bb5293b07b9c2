"""Checks of what the operator has chosen to change, and writes it into the plans."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _

from ..transfer.backends.changed_rows import in_sql
from ..transfer.changes import (
    KINDS,
    OF_ORPHANS,
    TO_NULL,
    Change,
    ChangedColumn,
    ChangeName,
    WrongChange,
    parsed,
    words,
)
from ..transfer.errors import Unsupported
from ..transfer.orphans import Sameness, sameness, types_of
from ..transfer.plan import PlanColumn, TablePlan
from .checked_plan import CheckedPlan, Choice, ChoiceKind, PlannedTable
from .sides import Side
from .table_selection import TABLE, tables

Sides = tuple[Side, Side]


class _Refused(Exception):
    """A choice that cannot be followed: what is wrong, and what would help."""


def check_changes(
    checked: CheckedPlan, sides: Sides, choices: Mapping[str, str]
) -> None:
    """Write what was chosen into the plans; what makes no sense is an error.

    ``choices`` maps "app.Model.field", or "table:name.column", to a change as a
    person writes it. A model that takes no part is passed over with a note.
    """
    for choice, text in choices.items():
        label = choice.rpartition(".")[0]
        try:
            planned = _planned(checked, label)
            if planned is None:
                said = _("A change was chosen for %(label)s, which takes no part.")
                checked.note("I170", said % {"label": label})
                continue
            change = parsed(str(text))
            column = _column(planned, choice.rpartition(".")[2])
            column = _decided(checked, sides, planned, column, change)
        except (_Refused, WrongChange, Unsupported) as refused:
            message, remedy = (*refused.args, "")[:2]
            undo = [Choice(ChoiceKind.UNDO, choice)]
            checked.error("E170", f"{choice}: {message}", remedy, label, undo)
            continue
        _write(checked, planned, column)


def is_possible(
    checked: CheckedPlan,
    sides: Sides,
    planned: PlannedTable,
    column: PlanColumn,
    change: str,
) -> bool:
    """Whether a change, as a person writes it, may be chosen: no other is offered."""
    try:
        _decided(checked, sides, planned, column, parsed(change))
    except (_Refused, WrongChange, Unsupported):
        return False
    return True


def _write(checked: CheckedPlan, planned: PlannedTable, column: PlanColumn) -> None:
    plan = planned.plan
    columns = tuple(column if c.name == column.name else c for c in plan.columns)
    place = checked.tables.index(planned)
    checked.tables[place] = replace(planned, plan=replace(plan, columns=columns))
    assert column.change is not None
    checked.warning(
        "W170",
        _("Column '%(column)s' of table '%(table)s' is changed on its way: %(words)s.")
        % {"column": column.name, "table": plan.table, "words": words(column.change)},
        _("This was chosen. The report says how many values it was."),
        planned.item.label,
    )


# --- what is named -----------------------------------------------------------


def _planned(checked: CheckedPlan, label: str) -> PlannedTable | None:
    """Return the table of a label; None where it takes no part."""
    by_label = {planned.item.label: planned for planned in checked.tables}
    if label in by_label:
        return by_label[label]
    known = [*by_label, *(item.label for item in tables())]
    if label in known or label.startswith(TABLE):
        return None
    raise _Refused(
        _("'%(label)s' is no model of this project.") % {"label": label},
        _near(label, known) or _("Write app.Model.field=change."),
    )


def _column(planned: PlannedTable, name: str) -> PlanColumn:
    """Return the column of a field, by its name or by the column's own."""
    columns = {column.name: column for column in planned.plan.columns}
    names = dict(columns)
    for column, field in planned.item.fields.items():
        if column in columns:
            names |= {field.name: columns[column], field.attname: columns[column]}
    if name in names:
        return names[name]
    raise _Refused(
        _("%(label)s has no field '%(name)s' that is copied.")
        % {"label": planned.item.label, "name": name},
        _near(name, names),
    )


def _near(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1)
    return _("Did you mean '%(name)s'?") % {"name": close[0]} if close else ""


# --- whether it can be followed ----------------------------------------------


def _decided(
    checked: CheckedPlan,
    sides: Sides,
    planned: PlannedTable,
    column: PlanColumn,
    change: Change,
) -> PlanColumn:
    """Return the column with its change. Raises _Refused and Unsupported."""
    plan = planned.plan
    if column.change is not None:
        raise _Refused(_("A column has one change, and this one has two."))
    if column.kind not in KINDS[change.name] or column.generated:
        raise _Refused(
            _("The change '%(change)s' is not for a column of this kind (%(kind)s).")
            % {"change": change.name, "kind": column.kind}
        )
    if column.numbers is not None:
        raise _Refused(_("The column is renumbered, by the names of its rows."))
    if not plan.in_source(column.name):
        raise _Refused(_("The source has no such column, so it has no values."))
    if change.name is not ChangeName.SKIP_ORPHANS:
        _require_free(sides, planned, column)
    if change.name in TO_NULL:
        _require_nullable(sides[1], plan, column)
    if change.name in OF_ORPHANS:
        change = _referring(checked, sides, planned, column, change)
    change = _completed(change, column)
    ours = ChangedColumn(column.name, column.kind, column.source, change)
    in_sql(sides[0].session, ours)
    nullable = column.nullable or change.name in TO_NULL
    return replace(column, change=change, nullable=nullable)


def _require_free(sides: Sides, planned: PlannedTable, column: PlanColumn) -> None:
    """Refuse a column by which rows are found."""
    plan = planned.plan
    if column.name in plan.key:
        raise _Refused(_("The column is part of the key, which is never changed."))
    referred = {column for _, column in _referring_to(sides, planned)}
    if column.name in referred:
        raise _Refused(_("Other rows refer to the column, which is never changed."))


def _require_nullable(destination: Side, plan: TablePlan, column: PlanColumn) -> None:
    table = destination.session.catalog.table(plan.table)
    real = table.column(column.name) if table else None
    if real is not None and not real.nullable:
        raise _Refused(
            _("The destination's column takes no NULL."),
            _("Choose a value instead, or let the field be NULL."),
        )


def _completed(change: Change, column: PlanColumn) -> Change:
    """Fill in what the destination's column says itself."""
    real = column.destination
    if change.name is ChangeName.CUT and not change.argument:
        # What a text of MySQL's may hold is counted in octets.
        if real.length is None or not real.name.endswith("char"):
            raise _Refused(_("The column has no length. Write 'cut:100', say."))
        return replace(change, argument=str(real.length))
    if change.name is ChangeName.ROUND and not change.argument:
        if real.scale is None:
            raise _Refused(_("The column has no scale. Write 'round:2', say."))
        return replace(change, argument=str(real.scale))
    return change


# --- references ---------------------------------------------------------------


def _target(field: Any) -> tuple[str, str] | None:
    """Return the label of the model that a field refers to, and the column."""
    if not getattr(field, "is_relation", False) or not hasattr(field, "target_field"):
        return None
    target = field.target_field
    return target.model._meta.concrete_model._meta.label, str(target.column)


def _referring_to(sides: Sides, planned: PlannedTable) -> Iterator[tuple[str, str]]:
    """Yield what refers to a table, by label or table, and the column referred to."""
    for item in tables():
        for field in item.fields.values():
            target = _target(field)
            if target is not None and target[0] == planned.item.label:
                yield item.label, target[1]
    for key in sides[1].session.catalog.foreign_keys():
        if key.to_table == planned.plan.table:
            yield from ((key.table, column) for column in key.to_columns)


def _referring(
    checked: CheckedPlan,
    sides: Sides,
    planned: PlannedTable,
    column: PlanColumn,
    change: Change,
) -> Change:
    """Return the change with what the column refers to in the source."""
    if change.name is ChangeName.SKIP_ORPHANS:
        known = {n for one in checked.tables for n in (one.item.label, one.table)}
        others = [name for name, _ in _referring_to(sides, planned) if name in known]
        if others:
            # They would be orphans of rows that are left out.
            raise _Refused(
                _("Rows of %(other)s refer to rows that would be left out.")
                % {"other": others[0]},
                _("Choose orphan-to-null."),
            )
    table, name, is_exact = _referred(checked, sides, planned, column)
    return replace(change, table=table, column=name, is_exact=is_exact)


def _is_exact(sides: Sides, column: PlanColumn, other: TablePlan, name: str) -> bool:
    """Whether the destination takes another text for a key than the source does."""
    both = sides[0].session, sides[1].session
    there = other.table, name
    return sameness(both, column, types_of(other, name), there) is not Sameness.OWN


def _referred(
    checked: CheckedPlan, sides: Sides, planned: PlannedTable, column: PlanColumn
) -> tuple[str, str, bool]:
    """Return table and column referred to, as the source names them, and _is_exact."""
    plans = {one.item.label: one.plan for one in checked.tables}
    field = planned.item.fields.get(column.name)
    target = _target(field) if field is not None else None
    if target is not None:
        if target[0] in plans:
            other = plans[target[0]]
            is_exact = _is_exact(sides, column, other, target[1])
            return other.source_table, other.in_source(target[1]), is_exact
        raise _Refused(
            _("The column refers to %(label)s, which takes no part.")
            % {"label": target[0]},
            _("Choose it as well."),
        )
    sources = {plan.source_table: plan for plan in plans.values()}
    plan = planned.plan
    here = plan.source_table, (plan.in_source(column.name),)
    for key in sides[0].session.catalog.foreign_keys():
        ours = here == (key.table, key.columns)
        if ours and key.to_table in sources:
            other, name = sources[key.to_table], key.to_columns[0]
            names = (c.name for c in other.columns if other.in_source(c.name) == name)
            is_exact = _is_exact(sides, column, other, next(names, name))
            return key.to_table, name, is_exact
    raise _Refused(_("The column refers to no table that takes part."))
