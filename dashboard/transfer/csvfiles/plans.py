"""The columns of a table on its way into a file, and out of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from ..backends.base import Session
from ..backends.catalog import Catalog
from ..columns import Column, ColumnKind, ColumnType, Table
from ..errors import Unsupported
from ..matching import NUMBERS
from ..plan import PlanColumn, TablePlan
from .manifest import FileColumn, TableFile

CSV_TYPE = "csv"
"""What a column of a file is called among the types of engines."""


def export_plan(
    model: str,
    session: Session,
    table: Table,
    kinds: Mapping[str, ColumnKind | None],
    key: Sequence[str],
    zone: str,
    *,
    is_sorted: bool = False,
) -> TablePlan:
    """Return the plan by which a table is read for a file.

    ``kinds`` are the columns and what their fields hold, None for custom ones.
    ``is_sorted`` reads the rows in the order of their key, where it is one.
    Raises Unsupported where the table lacks a column.
    """
    missing = [name for name in kinds if table.column(name) is None]
    if missing:
        raise Unsupported(
            _("Table '%(table)s' has no column %(columns)s.")
            % {"table": table.name, "columns": ", ".join(map(repr, missing))},
            _("Apply the project's migrations there, or leave the model out."),
        )
    columns = [
        _out(session.catalog, column, kinds[column.name])
        for name in kinds
        if (column := table.column(name)) is not None and not column.generated
    ]
    names = {column.name for column in columns}
    return TablePlan(
        model=model,
        table=table.name,
        columns=tuple(columns),
        key=tuple(key) if set(key) <= names else (),
        zone=zone,
        is_divisible=is_sorted and bool(key) and _is_unique(table, key),
    )


def _is_unique(table: Table, key: Sequence[str]) -> bool:
    columns = [table.column(name) for name in key]
    if any(column is None or column.nullable for column in columns):
        return False
    return any(set(one) <= set(key) for one in (table.key, *table.uniques) if one)


def _out(catalog: Catalog, column: Column, kind: ColumnKind | None) -> PlanColumn:
    found = common_kind(catalog, column.type, kind)
    if column.type.name in catalog.octet_types:
        found = ColumnKind.BINARY
    instant = column.type.instant
    there = ColumnType(CSV_TYPE, instant=instant)
    return PlanColumn(column.name, found, column.nullable, column.type, there)


def common_kind(
    catalog: Catalog, real: ColumnType, kind: ColumnKind | None
) -> ColumnKind:
    """Return a field's kind where its column can hold it, else the column's own."""
    wanted = (kind, *NUMBERS.get(kind, ())) if kind else ()
    held = (one for one in wanted if catalog.holds(one, real))
    return next(held, catalog.kind(real))


def described(plan: TablePlan, file: str) -> TableFile:
    """Return what a manifest says of a table that a plan reads."""
    columns = tuple(
        FileColumn(c.name, c.kind, c.source, c.nullable) for c in plan.written
    )
    return TableFile(plan.model, plan.source_table, file, columns, plan.key)


def import_plan(
    model: str,
    session: Session,
    table: Table,
    kinds: Mapping[str, ColumnKind | None],
    key: Sequence[str],
    file: TableFile | None,
    facts: tuple[str, str],
) -> TablePlan:
    """Return the plan by which a file is loaded into a table.

    ``file`` is what the manifest says, ``facts`` are its vendor and zone; without
    them the table alone decides. Raises Unsupported for a type that only its own
    engine can spell.
    """
    vendor, zone = facts
    known = {column.name: column for column in file.columns} if file else {}
    columns = []
    for name, kind in kinds.items():
        real = table.column(name)
        if real is None or real.generated:
            continue
        found = common_kind(session.catalog, real.type, kind)
        told = known.get(name)
        is_own = real.type.name in session.catalog.octet_types
        if is_own or ColumnKind.OTHER in (found, told.kind if told else found):
            found = ColumnKind.BINARY if is_own else ColumnKind.OTHER
            _check_own(session, table, real, told, vendor)
        instant = told.type.instant if told else real.type.instant
        source = ColumnType(CSV_TYPE, instant=instant)
        columns.append(PlanColumn(name, found, real.nullable, source, real.type))
    names = {column.name for column in columns}
    return TablePlan(
        model=model,
        table=table.name,
        columns=tuple(columns),
        key=tuple(key) if set(key) <= names else (),
        zone=zone,
        is_divisible=bool(key) and _is_unique(table, key),
    )


def _check_own(
    session: Session,
    table: Table,
    column: Column,
    told: FileColumn | None,
    vendor: str,
) -> None:
    """Raise Unsupported for the text of a type that this column does not read."""
    if told is None or (
        told.type.name == column.type.name and vendor == session.vendor
    ):
        return
    raise Unsupported(
        _(
            "Column '%(column)s' of table '%(table)s' was exported as %(old)s of "
            "%(vendor)s, which the column of type %(new)s cannot read."
        )
        % {
            "column": column.name,
            "table": table.name,
            "old": told.type.name or _("a value without a type"),
            "vendor": vendor or _("an unknown engine"),
            "new": column.type.name or _("without a type"),
        },
        _("Load it into a column of that type and engine, or leave the model out."),
    )


def compared_with(plan: TablePlan, temporary: str) -> TablePlan:
    """Return the plan that compares a temporary table with the table itself."""
    columns = tuple(replace(c, source=c.destination) for c in plan.columns)
    return replace(plan, columns=columns, table_in_source=temporary, zone="UTC")
