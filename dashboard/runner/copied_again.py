"""Tables that are copied again from their beginning, as nothing else is mended."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Case, F, When
from django.utils.translation import gettext as _

from ..models import AsideRow, Chunk, MigrationRun, TableCopy
from ..statuses import TRANSITIONS, Status
from .refusals import RequestRefused

OVER = (Status.FAILED, Status.CANCELLED)


def chosen(run: MigrationRun, names: Sequence[str]) -> list[TableCopy]:
    """Return the tables of a run by their names, or their models'.

    Those that are replaced last are one transaction: one of them stands for all.
    Raises RequestRefused for what cannot be copied again.
    """
    _require_over(run)
    tables = list(run.tables.order_by("position"))
    known = {table.model: table for table in tables}
    known |= {table.table: table for table in tables}
    for name in names:
        if name not in known:
            raise RequestRefused(
                _("Run %(number)d has no table '%(name)s'.")
                % {"number": run.pk, "name": name},
                _("Name one of its tables, as its page and its report do."),
            )
    wanted = {known[name].pk for name in names}
    if any(table.replaced_last for table in tables if table.pk in wanted):
        wanted |= {table.pk for table in tables if table.replaced_last}
    return [_settled(table) for table in tables if table.pk in wanted]


def _require_over(run: MigrationRun) -> None:
    if not run.copies:
        raise RequestRefused(
            _("A comparison writes nothing, so it copies no table again."),
            _("Ask the run that copied the table, or plan a copy."),
        )
    if run.status not in OVER or run.started_at is None:
        raise RequestRefused(
            _("A table is copied again by a run that has failed or was cancelled."),
            _("Plan a new run that empties it first."),
        )


def _settled(table: TableCopy) -> TableCopy:
    """Refuse a table of which a dead worker may still commit rows."""
    states = [Chunk.State.CLAIMED, Chunk.State.UNSETTLED]
    if table.chunks.filter(state__in=states).exists():
        raise RequestRefused(
            _("Of table '%(table)s' it is not settled yet which rows are copied.")
            % {"table": table.table},
            _("Retry the run first, which finds that out."),
        )
    return table


def noted(tables: Sequence[TableCopy], said: str) -> str:
    """Add to a sentence of the log which tables are copied again."""
    if not tables:
        return said
    names = ", ".join(f"'{table.table}'" for table in tables)
    more = _("Copied again: %(tables)s.") % {"tables": names}
    said = said or str(TRANSITIONS[Status.FAILED][Status.RUNNING])
    return f"{said} {more}"[:500]


def forget(tables: Sequence[TableCopy]) -> None:
    """Forget what is copied of tables, in the transaction that lets their run go on.

    Their rows in the destination stay until a step deletes what was confirmed.
    """
    numbers = [_settled(table).pk for table in tables]
    AsideRow.objects.filter(table__in=numbers).delete()
    Chunk.objects.filter(table__in=numbers).delete()
    TableCopy.objects.filter(pk__in=numbers).update(
        round=F("round") + 1,
        state=TableCopy.State.WAITING,
        rows_copied=0,
        rows_made=Case(When(rows_made=None, then=None), default=0),
        bytes_copied=0,
        rows_inserted=0,
        rows_updated=0,
        measured={},
        copy_seconds=0,
        last_key=None,
        chunks_cut=0,
        all_cut=False,
        stride_missed=False,
        error="",
    )
