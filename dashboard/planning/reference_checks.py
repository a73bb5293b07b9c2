"""Checks what the chosen rows refer to that nobody has chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db.models import Field
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..transfer.backends.base import Session
from ..transfer.backends.projection import names_read, rows_named
from ..transfer.columns import ColumnKind, ForeignKey
from ..transfer.generic_references import Generic, missing_objects
from ..transfer.plan import TablePlan
from ..transfer.references import Missing, missing
from ..transfer.renumbering import Numbers
from .checked_plan import CheckedPlan, Choice, ChoiceKind, listed
from .filling import column_kind
from .hearing import Hears, Stage, nobody
from .natural_keys import CONTENT_TYPE, NATURAL, Renumbering, installed
from .number_checks import LOG_ENTRY, generic_columns
from .sides import Side
from .table_selection import TABLE, Item, ModelTable, tables


def check_references(
    checked: CheckedPlan, sides: tuple[Side, Side], hears: Hears = nobody
) -> None:
    """Name what the destination would lack, and the labels that would bring it.

    What a foreign key of the destination would refuse at the end is an error now,
    and a warning where none would say so. ``hears`` is told of each table.
    """
    search = _Search(checked, sides)
    for done, planned in enumerate(checked.tables):
        hears(Stage.REFERENCES, planned.table, done, len(checked.tables))
        for reference in search.leading_out(planned.item, search.chosen):
            if not all(reference.key.columns):
                # The source has no such column: it is filled.
                continue
            found = search.missing(reference)
            if found.rows:
                labels = search.labels(reference)
                filtered = search.filtered(reference)
                _say_missing(checked, reference, found, labels, filtered)
    if CONTENT_TYPE in installed():
        _check_generic(checked, sides)


@dataclass(frozen=True)
class _Reference:
    """A reference from a table of the source to one of the destination."""

    item: Item
    key: ForeignKey
    kinds: tuple[ColumnKind, ...]
    to: ModelTable | None
    is_enforced: bool
    numbers: Numbers | None = None


class _Search:
    """Finds references that lead out of what is chosen."""

    def __init__(self, checked: CheckedPlan, sides: tuple[Side, Side]) -> None:
        self._sides = sides
        self._plans = {planned.item.label: planned.plan for planned in checked.tables}
        # Labels of what is copied.
        self.chosen = set(self._plans)
        self._models = {item.table: item for item in tables()}
        self._enforced: dict[str, list[ForeignKey]] = {}
        for key in sides[1].session.catalog.foreign_keys():
            self._enforced.setdefault(key.table, []).append(key)
        self._found: dict[ForeignKey, Missing] = {}

    @cached_property
    def _by_name(self) -> dict[str | None, ModelTable]:
        """The models by what their tables are called in the destination."""
        return {self._sides[1].name(item): item for item in self._models.values()}

    def leading_out(self, item: Item, inside: set[str]) -> Iterator[_Reference]:
        """Yield the references of a table to tables that are not inside."""
        here, there = (side.name(item) for side in self._sides)
        if here is None:
            return
        enforced = self._enforced.get(there or "", [])
        by_columns = {key.columns: key for key in enforced}
        for column, field in item.fields.items():
            target = _target(field)
            if target is None or target.model._meta.label in NATURAL:
                continue
            known = by_columns.pop((column,), None)
            if column in self._rekeyed(item):
                # What it refers to has other keys there: proved with each chunk.
                continue
            to = self._models.get(target.model._meta.db_table)
            if to is None or to.label not in inside:
                name = self._sides[1].name(to) if to else None
                table = name or target.model._meta.db_table
                key = ForeignKey(column, here, (column,), table, (str(target.column),))
                yield self._reference(item, key, to, is_enforced=known is not None)
        yield from self._of_constraints(item, here, by_columns.values(), inside)

    def _rekeyed(self, item: Item) -> set[str]:
        """Return the columns whose keys the destination has given anew."""
        plan = self._plans.get(item.label)
        return {c.name for c in plan.columns if c.key_maps} if plan else set()

    def _of_constraints(
        self, item: Item, here: str, keys: Iterable[ForeignKey], inside: set[str]
    ) -> Iterator[_Reference]:
        """Yield the references that no field of the model makes."""
        for key in keys:
            to = self._by_name.get(key.to_table)
            is_known = set(key.columns) <= set(self._kinds(item))
            label = to.label if to else f"{TABLE}{key.to_table}"
            if is_known and label not in inside and label not in NATURAL:
                ours = replace(key, table=here)
                yield self._reference(item, ours, to, is_enforced=True)

    def _kinds(self, item: Item) -> dict[str, ColumnKind]:
        plan = self._plans.get(item.label)
        if plan is not None:
            return {column.name: column.kind for column in plan.columns}
        if not isinstance(item, ModelTable):
            return {}
        return {
            name: column_kind(item, name) or ColumnKind.OTHER for name in item.fields
        }

    def _reference(
        self, item: Item, key: ForeignKey, to: ModelTable | None, *, is_enforced: bool
    ) -> _Reference:
        plan, kinds = self._plans.get(item.label), self._kinds(item)
        numbers = {c.name: c.numbers for c in plan.columns} if plan else {}
        ours = names_read(plan) if plan else str
        return _Reference(
            item=item,
            key=replace(key, columns=tuple(map(ours, key.columns))),
            kinds=tuple(kinds.get(name, ColumnKind.OTHER) for name in key.columns),
            to=to,
            is_enforced=is_enforced,
            numbers=numbers.get(key.columns[0]),
        )

    def missing(self, reference: _Reference) -> Missing:
        """Return what a reference leads to and the destination does not have."""
        if reference.key not in self._found:
            self._found[reference.key] = missing(
                self._sides[0].session,
                self._sides[1].session,
                reference.key,
                reference.kinds,
                numbers=reference.numbers,
                plan=self.filtered(reference),
            )
        return self._found[reference.key]

    def filtered(self, reference: _Reference) -> TablePlan | None:
        """Return the plan of the referring table, where not all rows take part."""
        plan = self._plans.get(reference.item.label)
        return plan if plan and plan.filter else None

    def labels(self, reference: _Reference) -> list[str]:
        """Return the labels that bring what is missing, and what that refers to."""
        wanted = [reference.to] if reference.to else []
        inside = {*self.chosen, *(item.label for item in wanted)}
        for item in wanted:
            for further in self.leading_out(item, inside):
                if further.to and self.missing(further).rows:
                    wanted.append(further.to)
                    inside.add(further.to.label)
        return [item.label for item in wanted]


def _target(field: Field[Any, Any]) -> Field[Any, Any] | None:
    """Return the field whose values a reference holds, in its own table."""
    if not field.is_relation or not hasattr(field, "target_field"):
        return None
    target: Field[Any, Any] = field.target_field
    return target


def _check_generic(checked: CheckedPlan, sides: tuple[Side, Side]) -> None:
    """Warn of generic relations to rows that are not chosen and not there."""
    source, destination = (side.session for side in sides)
    relations = [
        (planned, columns)
        for planned in checked.tables
        for columns in generic_columns(planned.item)
        # Its entries are of objects that were deleted, too.
        if planned.item.label != LOG_ENTRY
    ]
    if not relations:
        return
    known = {item.label.lower(): item for item in tables()}
    renumbering = Renumbering(source, destination, sides[0].renames)
    names = renumbering.names(CONTENT_TYPE)[0]
    for planned, columns in relations:
        table = planned.plan.source_table
        rows = rows_named(source, planned.plan)
        type_column, object_column = map(names_read(planned.plan), columns)
        if not (type_column and object_column):
            continue
        for number in _types_used(source, rows, type_column):
            to = known.get(names.get(number, ""))
            if to is None or to.label in {*checked.labels, *NATURAL}:
                continue
            if column_kind(to, to.key[0]) is not ColumnKind.INTEGER:
                continue
            places = sides[0].name(to), sides[1].name(to)
            generic = Generic(
                type_column, object_column, number, rows, places, to.key[0]
            )
            found = missing_objects(source, destination, generic)
            if found.rows:
                key = ForeignKey("", table, (object_column,), to.table, ())
                reference = _Reference(planned.item, key, (), to, is_enforced=False)
                _say_missing(checked, reference, found, [to.label])


def _types_used(source: Session, rows: str, column: str) -> list[int]:
    name = source.quote(column)
    sql = f"SELECT DISTINCT {name} FROM {rows} WHERE {name} IS NOT NULL"  # noqa: S608
    return [number for (number,) in source.query(sql)]


def _say_missing(
    checked: CheckedPlan,
    reference: _Reference,
    found: Missing,
    labels: list[str],
    filtered: TablePlan | None = None,
) -> None:
    model, facts = reference.item.label, _facts(reference, found, labels)
    message = (
        ngettext(
            "%(rows)d row of %(model)s refers by '%(columns)s' to rows of table "
            "'%(table)s' that are not chosen and that the destination does not have: "
            "%(which)s",
            "%(rows)d rows of %(model)s refer by '%(columns)s' to rows of table "
            "'%(table)s' that are not chosen and that the destination does not have: "
            "%(which)s",
            found.rows,
        )
        % facts
    )
    choices = [Choice(ChoiceKind.CHOOSE, label) for label in labels]
    remedy = _("No foreign key would refuse them. To bring them, choose %(labels)s.")
    if reference.is_enforced:
        remedy = _("Choose %(labels)s as well, or exclude %(model)s.")
    remedy = remedy % facts
    if filtered:
        choices.append(Choice(ChoiceKind.PARENTS))
        remedy = f"{remedy} {_('Or bring those rows alone: --with-parents.')}"
    if reference.is_enforced:
        checked.error("E120", message, remedy, model, choices)
    else:
        checked.warning("W120", message, remedy, model, choices)


def _facts(
    reference: _Reference, found: Missing, labels: list[str]
) -> dict[str, object]:
    facts = {
        "rows": found.rows,
        "model": reference.item.label,
        "columns": ", ".join(reference.key.columns),
        "keys": found.keys,
        "table": reference.key.to_table,
        "examples": listed(found.examples),
        "labels": ", ".join(labels) or reference.key.to_table,
    }
    which = _("%(keys)d of them, such as %(examples)s.")
    if not found.examples:
        which = _("%(keys)d of them.")
    facts["which"] = which % facts
    return facts
