"""Renumbers what refers to rows that both databases number by themselves.

And refuses a reference to a row that the destination does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from ..transfer.backends.base import Session
from ..transfer.backends.projection import names_read, rows_named
from ..transfer.columns import ColumnKind
from ..transfer.plan import TablePlan
from ..transfer.renumbering import Numbers
from .checked_plan import CheckedPlan, Choice, ChoiceKind, PlannedTable, listed
from .natural_keys import (
    CONTENT_TYPE,
    Reference,
    Renumbering,
    installed,
    references,
    words,
)
from .sides import Side
from .table_selection import Item, ModelTable

Say = Callable[[str, str, str], None]
"""Adds a finding: the message, the remedy and the model."""

# What a model refers to by two columns, apart from its generic foreign keys.
LOG_ENTRY = "admin.LogEntry"
ALSO_GENERIC = {LOG_ENTRY: [("content_type_id", "object_id")]}


def check_numbers(
    checked: CheckedPlan, sides: tuple[Side, Side], *, writes: bool
) -> None:
    """Write into the plans which numbers become which.

    With ``writes``, a number that rows hold and that has no counterpart is an
    error; a comparison finds it by itself, but not a generic relation to another
    row of the same number: it is told.
    """
    source, destination = (side.session for side in sides)
    renumbering = Renumbering(source, destination, sides[0].renames)
    found: dict[str, dict[str, Numbers]] = {}
    plans = {planned.item.label: planned.plan for planned in checked.tables}
    for reference in references(planned.item for planned in checked.tables):
        numbers = renumbering.numbers(reference.label)
        if numbers is not None:
            columns = found.setdefault(reference.item.label, {})
            columns[reference.column] = numbers
            if writes:
                plan = plans[reference.item.label]
                column = names_read(plan)(reference.column)
                rows = rows_named(source, plan)
                used = _used(source, rows, column) if column else {}
                _check_used(checked, used, renumbering, reference, numbers)
    checked.tables = [
        _renumbered(checked, planned, found.get(planned.item.label, {}))
        for planned in checked.tables
    ]
    for planned in checked.tables:
        _check_generic(checked, source, renumbering, planned, writes=writes)


def _renumbered(
    checked: CheckedPlan, planned: PlannedTable, numbers: Mapping[str, Numbers]
) -> PlannedTable:
    if not numbers:
        return planned
    plan = planned.plan
    for column in plan.columns:
        if column.name in numbers and column.kind is not ColumnKind.INTEGER:
            checked.error(
                "E121",
                _(
                    "Column '%(column)s' of table '%(table)s' has to be renumbered "
                    "and is no whole number on both sides."
                )
                % {"column": column.name, "table": plan.table},
                _("Give the column an integer type on both sides."),
                planned.item.label,
            )
    columns = tuple(
        replace(column, numbers=numbers.get(column.name)) for column in plan.columns
    )
    return replace(planned, plan=replace(plan, columns=columns))


# --- what rows refer to ------------------------------------------------------


def _check_used(
    checked: CheckedPlan,
    used: dict[Any, int],
    renumbering: Renumbering,
    reference: Reference,
    numbers: Numbers,
) -> None:
    known, names = dict(numbers), renumbering.names(reference.label)[0]
    named, dangling = (
        {
            number: rows
            for number, rows in used.items()
            if number not in known and (number in names) is is_named
        }
        for is_named in (True, False)
    )
    if named:
        _say_not_there(checked, reference, [names[n] for n in named], named)
    if dangling:
        _say_nowhere(checked, reference, dangling)


def _say_not_there(
    checked: CheckedPlan, reference: Reference, names: list[str], rows: dict[Any, int]
) -> None:
    facts = _facts(reference, rows)
    checked.error(
        "E122",
        _(
            "Rows of %(model)s refer by '%(column)s' to %(what)s that the destination "
            "does not have: %(names)s (%(rows)d rows)."
        )
        % {**facts, "names": listed(sorted(names))},
        _(
            "Choose %(label)s and what refers to it as well, exclude %(model)s, or "
            "make them in the destination."
        )
        % facts,
        reference.item.label,
        [Choice(ChoiceKind.CHOOSE, facts["label"])],
    )


def _say_nowhere(
    checked: CheckedPlan, reference: Reference, rows: dict[Any, int]
) -> None:
    facts = _facts(reference, rows)
    checked.error(
        "E123",
        _(
            "Rows of %(model)s refer by '%(column)s' to %(what)s that do not exist in "
            "the source itself: %(names)s (%(rows)d rows)."
        )
        % {**facts, "names": listed(map(str, rows))},
        _("Correct these rows in the source, or exclude %(model)s.") % facts,
        reference.item.label,
    )


def _facts(reference: Reference, rows: dict[Any, int]) -> dict[str, Any]:
    return {
        "model": reference.item.label,
        "column": reference.column,
        "what": words(reference.label),
        "label": reference.label,
        "rows": sum(rows.values()),
    }


def _used(source: Session, rows: str, column: str) -> dict[Any, int]:
    """Return the rows by number."""
    name = source.quote(column)
    sql = (
        f"SELECT {name}, count(*) FROM {rows} "  # noqa: S608
        f"WHERE {name} IS NOT NULL GROUP BY {name}"
    )
    return dict(source.query(sql))


# --- generic relations -------------------------------------------------------


def _check_generic(
    checked: CheckedPlan,
    source: Session,
    renumbering: Renumbering,
    planned: PlannedTable,
    *,
    writes: bool,
) -> None:
    """Refuse a generic relation to a row that has another number there.

    The numbers of all other objects are kept.
    """
    for type_column, object_column in generic_columns(planned.item):
        for label in installed():
            numbers = renumbering.numbers(label)
            if label in checked.labels or numbers is None:
                continue
            columns = (type_column, object_column)
            rows = _moved(source, renumbering, planned.plan, columns, label)
            if rows:
                say = checked.error if writes else checked.warning
                check = "E124" if writes else "W124"
                _say_moved(partial(say, check), planned, object_column, label, rows)


def _say_moved(
    say: Say, planned: PlannedTable, column: str, label: str, rows: int
) -> None:
    facts = {
        "model": planned.item.label,
        "column": column,
        "what": words(label),
        "label": label,
        "rows": rows,
    }
    say(
        _(
            "Rows of %(model)s refer by '%(column)s', through a generic relation, to "
            "%(what)s that have another number in the destination (%(rows)d rows)."
        )
        % facts,
        _("Choose %(label)s and what refers to it as well, or exclude %(model)s.")
        % facts,
        planned.item.label,
    )


def generic_columns(item: Item) -> Iterator[tuple[str, str]]:
    """Yield the columns of type and object of each generic relation of a table."""
    if not isinstance(item, ModelTable):
        return
    yield from ALSO_GENERIC.get(item.label, ())
    by_name = {field.name: column for column, field in item.fields.items()}
    for field in item.model._meta.private_fields:
        # A GenericForeignKey, known by its two names: contenttypes need not be
        # installed.
        names = [getattr(field, name, "") for name in ("ct_field", "fk_field")]
        columns = [by_name.get(name, "") for name in names]
        if all(columns):
            yield columns[0], columns[1]


def _moved(
    source: Session,
    renumbering: Renumbering,
    plan: TablePlan,
    columns: tuple[str, str],
    label: str,
) -> int:
    """Count the rows that refer to what is not where it was."""
    types = {
        name: number for number, name in renumbering.names(CONTENT_TYPE)[0].items()
    }
    content_type = types.get(label.lower())
    if content_type is None:
        return 0
    names = list(map(names_read(plan), columns))
    if not all(names):
        return 0
    kind, number = map(source.quote, names)
    sql = (
        f"SELECT {number}, count(*) FROM {rows_named(source, plan)} "  # noqa: S608
        f"WHERE {kind} = {content_type} AND {number} IS NOT NULL GROUP BY {number}"
    )
    stay = {str(old) for old, new in renumbering.numbers(label) or () if old == new}
    return sum(rows for found, rows in source.query(sql) if str(found) not in stay)
