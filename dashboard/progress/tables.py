"""Reads how far each table of a run is, in one query or two."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count

from ..models import AsideRow, MigrationRun, TableCopy
from .badges import table_badge
from .contents import Bar, TableProgress

# Named and not whole rows: the plan and the keys are large and say nothing here.
_COLUMNS = (
    "id",
    "model",
    "table",
    "route",
    "state",
    "replaced_last",
    "chunks_cut",
    "rows_total",
    "rows_total_exact",
    "rows_copied",
    "rows_compared",
    "source_rows",
    "verdict",
    "verdict_reason",
    "differences_count",
    "error",
)


def read_tables(run: MigrationRun) -> Iterable[TableProgress]:
    """Yield the tables of a run in their order."""
    compares_only = not run.copies
    aside = _aside(run)
    rows = TableCopy.objects.filter(run=run).values_list(*_COLUMNS, named=True)
    for row in rows.order_by("position"):
        compared = _compared(row, compares_only=compares_only)
        yield TableProgress(
            id=row.id,
            model=row.model,
            table=row.table,
            route=row.route,
            state=row.state,
            replaced_last=row.replaced_last,
            copied=_copied(row),
            compared=compared,
            verdict=row.verdict,
            verdict_reason=row.verdict_reason,
            differences=row.differences_count,
            error=row.error,
            badge=table_badge(run, row, compared),
            compares_only=compares_only,
            is_begun=row.chunks_cut > 0 and row.state != TableCopy.State.COPIED,
            aside=aside.get(row.id, 0),
        )


def _aside(run: MigrationRun) -> dict[int, int]:
    """Count the rows that are aside, by table; no query where none can be."""
    if run.on_bad_rows == MigrationRun.OnBadRows.STOP:
        return {}
    counted = AsideRow.objects.of(run).order_by().values("table")
    found = counted.annotate(rows=Count("pk")).values_list("table", "rows")
    return dict(found)


def _copied(row: Any) -> Bar:
    if row.state == TableCopy.State.COPIED:
        return Bar(row.rows_copied, row.rows_copied, done=True)
    # More than was estimated: the estimate was wrong, and still is one.
    total = max(row.rows_total, row.rows_copied)
    return Bar(row.rows_copied, total, row.rows_total_exact and total == row.rows_total)


def _compared(row: Any, *, compares_only: bool) -> Bar:
    if row.source_rows is not None:
        total, exact = row.source_rows, True
    elif compares_only:
        total, exact = row.rows_total, row.rows_total_exact
    else:
        copied = _copied(row)
        total, exact = copied.total, copied.exact
    total = max(total, row.rows_compared)
    return Bar(row.rows_compared, total, exact, done=bool(row.verdict))
