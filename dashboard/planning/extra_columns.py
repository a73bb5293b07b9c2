"""Columns of the source that no field reads, and how many rows hold something there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from django.utils.translation import gettext as _

from ..models import LeftOut
from ..transfer.backends.base import Session
from ..transfer.backends.catalog import Size
from ..transfer.backends.many import tried
from ..transfer.backends.projection import rows_as
from ..transfer.columns import Column, ColumnKind
from ..transfer.filters import Where
from .checked_plan import CheckedPlan, LeftOutTable
from .sides import Side
from .table_selection import ModelTable


def account_for_columns(checked: CheckedPlan, source: Side) -> None:
    """Write down every column of a copied table that no plan reads.

    Warns where rows hold something there: that stays behind.
    """
    read: dict[str, set[str]] = defaultdict(set)
    labels: dict[str, str] = {}
    wheres: dict[str, Where] = {}
    for planned in checked.tables:
        if isinstance(planned.item, ModelTable):
            plan = planned.plan
            read[plan.source_table] |= {plan.in_source(c.name) for c in plan.columns}
            if plan.mode and planned.item.model._meta.auto_created:
                # Pairs that are merged get their numbers from the destination.
                number = str(planned.item.model._meta.pk.column)
                read[plan.source_table].add(plan.in_source(number) or number)
            labels.setdefault(plan.source_table, planned.item.label)
            if plan.filter and not plan.source_columns:
                wheres[plan.source_table] = plan.filter.source
    extra: dict[tuple[str, str], Column] = {}
    for name, columns in read.items():
        used = {column.casefold() for column in columns}
        table = source.named(name)
        for column in table.columns if table else ():
            if column.name.casefold() not in used:
                extra[name, column.name] = column
    rows = _rows_with_something(source.session, extra, wheres)
    for place in extra:
        _say(checked, place, labels[place[0]], rows.get(place))


def _rows_with_something(
    session: Session,
    columns: Mapping[tuple[str, str], Column],
    wheres: Mapping[str, Where],
) -> dict[tuple[str, str], int]:
    """Return how many rows hold neither NULL nor an empty text, as far as it is told.

    One statement reads a table once for each of its columns, of ``wheres`` only the
    rows that take part.
    """
    asked = {}
    for (table, name), column in columns.items():
        quoted = session.quote(name)
        condition = f"{quoted} IS NOT NULL"
        if session.catalog.kind(column.type) is ColumnKind.TEXT:
            condition += f" AND {quoted} <> ''"
        rows = session.rows_of(table)
        if where := wheres.get(table):
            kept = replace(where, columns=(name,))
            rows = rows_as(session, table, rows, (), where=kept)[1]
        asked[table, name] = f"(SELECT count(*) FROM {rows} WHERE {condition})"  # noqa: S608
    found, _faults = tried(session, asked)
    return {place: int(count) for place, count in found.items()}


def _say(
    checked: CheckedPlan, place: tuple[str, str], label: str, rows: int | None
) -> None:
    table, column = place
    facts = {"column": column, "table": table, "rows": rows, "model": label}
    message = _(
        "Column '%(column)s' of table '%(table)s' belongs to no field of the model and "
        "is not copied."
    )
    checked.left_out.append(
        LeftOutTable(
            model="",
            table=f"{table}.{column}",
            reason=LeftOut.Reason.COLUMN.value,
            why="",
            sizes=(None if rows is None else Size(rows, exact=True), None),
        )
    )
    if rows == 0:
        checked.note("I162", message % facts, "", label)
        return
    held = _("%(rows)d rows hold something there.") % facts if rows else ""
    checked.warning(
        "W162",
        f"{message % facts} {held}".strip(),
        _("If a field has another name by now: --renamed %(model)s.field=%(column)s")
        % facts,
        label,
    )
