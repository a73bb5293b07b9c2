"""The rows that a run has set aside, for those who may see values and for the others.

A key is no value: whoever may see a run is told which row an error or a difference is
about, and so which rows are aside.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..models import AsideRow, MigrationRun
from ..transfer.keys import from_json, readable
from .render import cell

COLUMNS = ("run", "model", "table", "key", "column", "error", "remedy", "values")


@dataclass(frozen=True)
class AsideLine:
    """A row that is aside; its values are None for whoever may not see them."""

    anchor: str
    model: str
    table: str
    key: str
    column: str
    error: str
    remedy: str
    values: tuple[tuple[str, str | None], ...] | None
    is_tried_again: bool


def aside_lines(run: MigrationRun, *, with_values: bool) -> Iterator[AsideLine]:
    """Yield the rows of a run that are aside, table by table."""
    rows = AsideRow.objects.of(run).select_related("table")
    rows = rows.defer("table__plan", "table__last_key")
    if not with_values:
        # What may not be shown is not even read.
        rows = rows.defer("values", "table__plan", "table__last_key")
    for row in rows.order_by("table__position", "id"):
        yield AsideLine(
            anchor=f"table-{row.table_id}",
            model=row.table.model,
            table=row.table.table,
            key=_key(row.key),
            column=row.column,
            error=row.error,
            remedy=row.remedy,
            values=tuple((name, value) for name, value in row.values)
            if with_values
            else None,
            is_tried_again=not row.kept,
        )


def _key(key: object) -> str:
    return ", ".join(map(readable, from_json(key) or ()))


def aside_csv(run: MigrationRun, *, with_values: bool) -> str:
    """Return a line per row that is aside, safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in aside_lines(run, with_values=with_values):
        cells = (
            run.pk,
            line.model,
            line.table,
            line.key,
            line.column,
            line.error,
            line.remedy,
            _hidden() if line.values is None else _listed(line.values),
        )
        writer.writerow([cell(value) for value in cells])
    return out.getvalue()


def _hidden() -> str:
    return _("(hidden)")


def _listed(values: tuple[tuple[str, str | None], ...]) -> str:
    return "; ".join(
        f"{name}=NULL" if value is None else f"{name}={value}" for name, value in values
    )
