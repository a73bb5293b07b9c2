"""Checks of the functions that rows are to go through, and writes them into plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.utils.translation import gettext as _

from ..transfer.columns import ColumnKind
from ..transfer.errors import AnswersDiffer
from ..transfer.keys import KeyRange
from ..transfer.plan import VALUES, TablePlan
from ..transfer.transform import Transform
from ..transfer.transformed_rows import RawRow, Refusal
from .checked_plan import CheckedPlan, Choice, ChoiceKind, PlannedTable, listed
from .sides import Side
from .table_selection import ModelTable, UnknownLabel, tables
from .transform_functions import NoTransform, chosen, described, route

FIRST_ROWS = 100
"""Rows that a transform is tried with when a run is checked."""


def check_transforms(
    checked: CheckedPlan, sides: tuple[Side, Side], choices: Mapping[str, str]
) -> None:
    """Write the transforms of the settings, or those chosen, into the plans.

    What cannot be followed is an error that prevents a start.
    """
    try:
        names = chosen(choices)
    except NoTransform as error:
        remedy = _("Name one of them, or name it in MIGRATION_CONSOLE['TRANSFORMS'].")
        checked.error("E270", str(error), remedy)
        return
    known = {item.label for item in tables()}
    for label in sorted(names.keys() - known):
        _say_unknown(checked, label)
    by_label = {planned.item.label: planned for planned in checked.tables}
    for label, name in names.items():
        planned = by_label.get(label)
        if planned is None:
            if label in choices:
                said = _("A transform was chosen for %(label)s, which takes no part.")
                checked.note("I271", said % {"label": label})
            continue
        try:
            transform = _decided(planned, described(name))
        except NoTransform as error:
            remedy = _("Correct it, or copy without: --transform %(label)s=none")
            undo = [Choice(ChoiceKind.EXCLUDE, label)]
            said = remedy % {"label": label}
            checked.error("E271", f"{label}: {error}", said, label, undo)
            continue
        place = checked.tables.index(planned)
        plan = replace(planned.plan, transform=transform)
        checked.tables[place] = replace(planned, plan=plan)
        _say(checked, planned, transform)
        _try_first_rows(checked, sides, replace(planned, plan=plan))


def _say_unknown(checked: CheckedPlan, label: str) -> None:
    """Refuse a model that there is not: rows would go unmasked by a slip of the pen."""
    unknown = UnknownLabel(label)
    said = _("The settings name a transform for a model that there is not. %(why)s")
    checked.error("E270", said % {"why": unknown.message}, unknown.remedy)


def _decided(planned: PlannedTable, transform: Transform) -> Transform:
    """Return the transform with the columns of its fields. Raises NoTransform."""
    plan = planned.plan
    facts = {"name": transform.name, "label": planned.item.label}
    if not isinstance(planned.item, ModelTable):
        raise NoTransform(_("'%(label)s' has no model, so no fields.") % facts)
    if plan.route == VALUES:
        said = _("its values go through their fields' converters (%(reason)s)")
        raise NoTransform(said % {"reason": plan.route_reason})
    if not plan.key:
        raise NoTransform(
            _("the table has no key, by which a row that a function made is found")
        )
    if transform.fields is None:
        return transform
    columns = tuple(_column(planned, name) for name in transform.fields)
    if not transform.makes_keys and set(columns) & set(plan.key):
        raise NoTransform(
            _("it changes the key %(key)s and does not say makes_keys")
            % {"key": listed(plan.key)}
        )
    return replace(transform, fields=columns)


def _column(planned: PlannedTable, name: str) -> str:
    written = {column.name: column for column in planned.plan.written}
    fields = planned.item.fields.items()
    # As rows know them: of two meanings it is the attribute's.
    known = {column: column for column, _field in fields}
    known |= {field.name: column for column, field in fields}
    known |= {field.attname: column for column, field in fields}
    column = known.get(name, "")
    if column in written:
        if written[column].kind is ColumnKind.OTHER:
            raise NoTransform(
                _("the field '%(name)s' has a type that no function is given")
                % {"name": name}
            )
        return column
    raise NoTransform(
        _("it names the field '%(name)s', which there is not") % {"name": name}
    )


def _try_first_rows(
    checked: CheckedPlan, sides: tuple[Side, Side], planned: PlannedTable
) -> None:
    """Apply a transform to the first rows, twice; what it fails at is an error."""
    label = planned.item.label
    try:
        first_rows(sides, planned)
    except (Refusal, AnswersDiffer) as error:
        undo = [Choice(ChoiceKind.EXCLUDE, label)]
        checked.error("E272", error.message, error.remedy, label, undo)


def first_rows(
    sides: tuple[Side, Side], planned: PlannedTable, most: int = FIRST_ROWS
) -> list[tuple[RawRow, list[RawRow]]]:
    """Return the first rows of a table, and what its transform makes of them."""
    plan, source = planned.plan, sides[0].session
    found = route(plan, planned.item.fields, *(side.alias for side in sides))
    upper = source.reader.upper_bound(plan, None, most) if plan.is_divisible else None
    return found.first(source, KeyRange(None, upper), most)


def _say(checked: CheckedPlan, planned: PlannedTable, transform: Transform) -> None:
    facts = {
        "name": transform.name,
        "table": planned.plan.table,
        "columns": listed(transform.fields or ()),
    }
    said = _("Rows of table '%(table)s' go through '%(name)s'.")
    if transform.fields is not None:
        said = _("Columns %(columns)s of table '%(table)s' go through '%(name)s'.")
    checked.warning(
        "W270",
        said % facts,
        _("This was chosen. The comparison applies it to the source's rows as well."),
        planned.item.label,
    )
    if transform.makes_keys:
        checked.warning(
            "W271",
            _("'%(name)s' gives rows of table '%(table)s' keys of its own.") % facts,
            _(
                "What refers to the table keeps its numbers: foreign keys are proved "
                "at the end. It is compared in one piece."
            ),
            planned.item.label,
        )
    _say_what_is_unknown(checked, planned, facts)


def _say_what_is_unknown(
    checked: CheckedPlan, planned: PlannedTable, facts: Mapping[str, str]
) -> None:
    """Say what is neither looked through before nor compared afterwards."""
    if facts["columns"] == "":
        checked.warning(
            "W272",
            _(
                "What '%(name)s' changes is not known before: the values of table "
                "'%(table)s' are not looked through one by one."
            )
            % facts,
            _("Let it name its fields: @changes('name', 'email'); or make a dry run."),
            planned.item.label,
        )
    generated = [c.name for c in planned.plan.columns if c.generated]
    if generated:
        checked.note(
            "I270",
            _("Columns that the destination computes are not compared: %(columns)s.")
            % {"columns": listed(generated)},
            _("What they are made of is."),
            planned.item.label,
        )


def is_judged(plan: TablePlan, column: str) -> bool:
    """Whether a column's values in the source are those that will arrive."""
    if plan.transform is None:
        return True
    return plan.transform.fields is not None and column not in plan.transform.fields
