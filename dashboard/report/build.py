from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Difference, MigrationRun, SchemaObject, TableCopy
from ..progress import elapsed
from ..statuses import Status, Verdict
from ..wording import count
from .contents import (
    DifferenceLine,
    EventLine,
    FindingLine,
    Report,
    SchemaLine,
    TableLine,
)

DIFFERENCES = 10_000
"""Differences that a report lists over all tables; counts are always whole."""


def build(run: MigrationRun) -> Report:
    """Read what is remembered of a run; the number of queries is constant."""
    tables = tuple(_tables(run))
    return Report(
        run=run.pk,
        uuid=str(run.uuid),
        kind=run.mode,
        source=run.source,
        destination=run.destination,
        status=run.status,
        status_label=str(Status(run.status).label),
        verdict=run.verdict,
        verdict_label=str(Verdict(run.verdict).label),
        error=run.error,
        remedy=run.remedy,
        options=_options(run),
        plan_hash=run.plan_hash,
        executor=run.executor,
        created_by=run.created_by,
        started_by=run.started_by,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        seconds=elapsed(run.started_at, run.finished_at),
        written_at=timezone.now(),
        headline=_headline(run, tables),
        method=_method(run),
        tables=tables,
        findings=tuple(_findings(run)),
        schema=tuple(_schema(run)),
        events=tuple(_events(run)),
    )


def _options(run: MigrationRun) -> dict[str, Any]:
    return {
        "labels": run.labels,
        "exclude": run.excluded,
        "empty": run.empty_first,
        "verify": run.verify,
        "lanes": run.lane_count,
        "chunk_rows": run.chunk_rows,
    }


def _tables(run: MigrationRun) -> list[TableLine]:
    differences = _differences(run)
    return [
        TableLine(
            model=row.model,
            table=row.table,
            rows_before=row.rows_before,
            source_rows=row.source_rows,
            destination_rows=row.destination_rows,
            rows_copied=row.rows_copied,
            rows_compared=row.rows_compared,
            verdict=row.verdict,
            verdict_reason=row.verdict_reason,
            route=row.route,
            route_reason=row.route_reason,
            seconds=round(row.copy_seconds, 3),
            verify_seconds=round(row.verify_seconds, 3),
            error=row.error,
            differences_count=row.differences_count,
            differences=tuple(differences.get(row.pk, ())),
        )
        for row in TableCopy.objects.filter(run=run).defer("plan", "last_key")
    ]


def _differences(run: MigrationRun) -> dict[int, list[DifferenceLine]]:
    lines: dict[int, list[DifferenceLine]] = defaultdict(list)
    rows = Difference.objects.filter(table__run=run).order_by("table_id", "id")
    for row in rows[:DIFFERENCES]:
        lines[row.table_id].append(
            DifferenceLine(
                kind=row.problem,
                label=str(Difference.Problem(row.problem).label),
                key=_key(row.key),
                columns=tuple(str(column) for column in row.columns),
            )
        )
    return lines


def _key(key: Any) -> str:
    """Write a key as a person would: the value, or the values with commas."""
    parts = key if isinstance(key, list) else [key]
    return ", ".join(
        part if isinstance(part, str) else json.dumps(part, ensure_ascii=False)
        for part in parts
    )


def _findings(run: MigrationRun) -> list[FindingLine]:
    return [
        FindingLine(
            level=row.level,
            label=row.get_level_display(),
            model=row.model,
            message=row.message,
            remedy=row.remedy,
        )
        for row in run.findings.all()
    ]


def _schema(run: MigrationRun) -> list[SchemaLine]:
    """Return what is not as it was, once it should be: not validated, or off."""
    if not run.is_ended:
        return []
    changed = [SchemaObject.State.NOT_VALID, SchemaObject.State.REMOVED]
    rows = run.schema_objects.filter(state__in=changed).values_list(
        "object_type", "name", "table__table", "state"
    )
    return [
        SchemaLine(kind, name, table or "", state, str(SchemaObject.State(state).label))
        for kind, name, table, state in rows
    ]


def _events(run: MigrationRun) -> list[EventLine]:
    return [
        EventLine(
            at=row.at,
            actor=row.actor,
            status=row.status,
            label=row.get_status_display(),
            message=row.message,
        )
        for row in run.events.all()
    ]


def _headline(run: MigrationRun, tables: tuple[TableLine, ...]) -> str:
    if run.status not in (Status.SUCCEEDED, Status.FAILED):
        status = {"status": run.get_status_display()}
        return _("%(status)s: this report shows an intermediate state.") % status
    if run.verdict == Verdict.VERIFIED:
        return _verified(run, tables)
    if run.verdict == Verdict.MISMATCHED:
        return _mismatched(tables)
    if run.verdict == Verdict.NOT_VERIFIABLE:
        return _not_verifiable(tables)
    if run.status == Status.FAILED:
        return _("The run failed before anything could be proved.")
    return _("Copied, and not compared: nothing is proved.")


def _verified(run: MigrationRun, tables: tuple[TableLine, ...]) -> str:
    values = {
        "tables": len(tables),
        "rows": count(sum(t.source_rows or 0 for t in tables)),
        "destination": run.destination,
    }
    if run.verify == MigrationRun.Verify.COUNTS:
        return (
            ngettext(
                "The row count of %(tables)d table agrees: %(rows)s rows in all."
                " Values were not compared.",
                "The row counts of all %(tables)d tables agree: %(rows)s rows in all."
                " Values were not compared.",
                len(tables),
            )
            % values
        )
    return (
        ngettext(
            "Every row and every column of %(tables)d table is in"
            " “%(destination)s” as it is in the source: %(rows)s rows.",
            "Every row and every column of all %(tables)d tables is in"
            " “%(destination)s” as it is in the source: %(rows)s rows.",
            len(tables),
        )
        % values
    )


def _mismatched(tables: tuple[TableLine, ...]) -> str:
    wrong = [t for t in tables if t.verdict == Verdict.MISMATCHED]
    return ngettext(
        "%(wrong)d of %(tables)d tables is not the same on both sides.",
        "%(wrong)d of %(tables)d tables are not the same on both sides.",
        len(wrong),
    ) % {"wrong": len(wrong), "tables": len(tables)}


def _not_verifiable(tables: tuple[TableLine, ...]) -> str:
    unproved = [t for t in tables if t.verdict != Verdict.VERIFIED]
    return ngettext(
        "Copied. %(unproved)d of %(tables)d tables could not be proved.",
        "Copied. %(unproved)d of %(tables)d tables could not be proved.",
        len(unproved),
    ) % {"unproved": len(unproved), "tables": len(tables)}


def _method(run: MigrationRun) -> str:
    if run.verify == MigrationRun.Verify.NONE:
        return _("Nothing was compared: the run was asked for without a comparison.")
    if run.verify == MigrationRun.Verify.COUNTS:
        return _(
            "The rows of each table were counted in both databases. Their values"
            " were not compared."
        )
    return _(
        "Every row of each table was read in both databases and reduced to a hash"
        " over all of its columns, in a text form of the comparison's own that the"
        " copy does not use. Row counts, the number of hashes and their 64-bit sums"
        " were compared; where they differed, the range was divided down to the row"
        " and the column."
    )
