"""Checks what the chosen rows refer to that nobody has chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Field
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..transfer.backends.base import Session
from ..transfer.columns import ColumnKind, ForeignKey
from ..transfer.references import Generic, Missing, missing, missing_objects
from ..transfer.renumbering import Numbers
from .checked_plan import CheckedPlan, listed
from .natural_keys import CONTENT_TYPE, NATURAL, Renumbering, installed
from .number_checks import LOG_ENTRY, generic_columns
from .table_checks import column_kind
from .table_selection import ModelTable, tables


def check_references(
    checked: CheckedPlan, source: Session, destination: Session
) -> None:
    """Name what the destination would lack, and the labels that would bring it.

    What a foreign key of the destination would refuse at the end is an error now,
    and a warning where none would say so.
    """
    search = _Search(checked, source, destination)
    for planned in checked.tables:
        for reference in search.leading_out(planned.item, search.chosen):
            found = search.missing(reference)
            if found.rows:
                labels = search.labels(reference)
                _say_missing(checked, reference, found, labels)
    if CONTENT_TYPE in installed():
        _check_generic(checked, source, destination)


@dataclass(frozen=True)
class _Reference:
    """A reference from one model's table to another one's."""

    item: ModelTable
    key: ForeignKey
    kinds: tuple[ColumnKind, ...]
    to: ModelTable | None
    is_enforced: bool
    numbers: Numbers | None = None


class _Search:
    """Finds references that lead out of what is chosen."""

    def __init__(
        self, checked: CheckedPlan, source: Session, destination: Session
    ) -> None:
        self._source = source
        self._destination = destination
        self._models = {item.table: item for item in tables()}
        self.chosen = {planned.item.table for planned in checked.tables}
        self._enforced: dict[str, list[ForeignKey]] = {}
        for key in destination.catalog.foreign_keys():
            self._enforced.setdefault(key.table, []).append(key)
        self._numbers: Mapping[tuple[str, str], Numbers | None] = {
            (planned.item.table, column.name): column.numbers
            for planned in checked.tables
            for column in planned.plan.columns
        }
        self._found: dict[ForeignKey, Missing] = {}

    def leading_out(self, item: ModelTable, inside: set[str]) -> Iterator[_Reference]:
        """Yield the references of a table to tables that are not inside."""
        enforced = self._enforced.get(item.table, [])
        by_columns = {key.columns: key for key in enforced}
        for column, field in item.fields.items():
            target = _target(field)
            if target is None or target.model._meta.label in NATURAL:
                continue
            to_table, to_column = target.model._meta.db_table, str(target.column)
            known = by_columns.pop((column,), None)
            if to_table not in inside:
                key = ForeignKey(column, item.table, (column,), to_table, (to_column,))
                yield self._reference(item, key, is_enforced=known is not None)
        for key in by_columns.values():
            is_outside = key.to_table not in inside
            if is_outside and set(key.columns) <= set(item.fields):
                to = self._models.get(key.to_table)
                if to is None or to.label not in NATURAL:
                    yield self._reference(item, key, is_enforced=True)

    def _reference(
        self, item: ModelTable, key: ForeignKey, *, is_enforced: bool
    ) -> _Reference:
        kinds = [column_kind(item, name) or ColumnKind.OTHER for name in key.columns]
        return _Reference(
            item=item,
            key=key,
            kinds=tuple(kinds),
            to=self._models.get(key.to_table),
            is_enforced=is_enforced,
            numbers=self._numbers.get((item.table, key.columns[0])),
        )

    def missing(self, reference: _Reference) -> Missing:
        """Return what a reference leads to and the destination does not have."""
        if reference.key not in self._found:
            self._found[reference.key] = missing(
                self._source,
                self._destination,
                reference.key,
                reference.kinds,
                numbers=reference.numbers,
            )
        return self._found[reference.key]

    def labels(self, reference: _Reference) -> list[str]:
        """Return the labels that bring what is missing, and what that refers to."""
        wanted = [reference.to] if reference.to else []
        inside = {*self.chosen, *(item.table for item in wanted)}
        for item in wanted:
            for further in self.leading_out(item, inside):
                if further.to and self.missing(further).rows:
                    wanted.append(further.to)
                    inside.add(further.to.table)
        return [item.label for item in wanted]


def _target(field: Field[Any, Any]) -> Field[Any, Any] | None:
    """Return the field whose values a reference holds, in its own table."""
    if not field.is_relation or not hasattr(field, "target_field"):
        return None
    target: Field[Any, Any] = field.target_field
    return target


def _check_generic(checked: CheckedPlan, source: Session, destination: Session) -> None:
    """Warn of generic relations to rows that are not chosen and not there."""
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
    names = Renumbering(source, destination).names(CONTENT_TYPE)[0]
    for planned, columns in relations:
        for number in _types_used(source, planned.item.table, columns[0]):
            to = known.get(names.get(number, ""))
            if to is None or to.label in {*checked.labels, *NATURAL}:
                continue
            if column_kind(to, to.key[0]) is not ColumnKind.INTEGER:
                continue
            generic = Generic(planned.item.table, *columns, number, to.table, to.key[0])
            found = missing_objects(source, destination, generic)
            if found.rows:
                key = ForeignKey("", planned.item.table, columns[1:], to.table, ())
                reference = _Reference(planned.item, key, (), to, is_enforced=False)
                _say_missing(checked, reference, found, [to.label])


def _types_used(source: Session, table: str, column: str) -> list[int]:
    name = source.quote(column)
    sql = f"SELECT DISTINCT {name} FROM {source.quote(table)} WHERE {name} IS NOT NULL"  # noqa: S608
    return [number for (number,) in source.query(sql)]


def _say_missing(
    checked: CheckedPlan, reference: _Reference, found: Missing, labels: list[str]
) -> None:
    model = reference.item.label
    facts = {
        "rows": found.rows,
        "model": model,
        "columns": ", ".join(reference.key.columns),
        "keys": found.keys,
        "table": reference.key.to_table,
        "examples": listed(found.examples),
        "labels": ", ".join(labels) or reference.key.to_table,
    }
    message = (
        ngettext(
            "%(rows)d row of %(model)s refers by '%(columns)s' to rows of table "
            "'%(table)s' that are not chosen and that the destination does not have: "
            "%(keys)d of them, such as %(examples)s.",
            "%(rows)d rows of %(model)s refer by '%(columns)s' to rows of table "
            "'%(table)s' that are not chosen and that the destination does not have: "
            "%(keys)d of them, such as %(examples)s.",
            found.rows,
        )
        % facts
    )
    if reference.is_enforced:
        remedy = _("Choose %(labels)s as well, or exclude %(model)s.") % facts
        checked.error("references", message, remedy, model)
    else:
        remedy = (
            _("No foreign key would refuse them. To bring them, choose %(labels)s.")
            % facts
        )
        checked.warning("references", message, remedy, model)
