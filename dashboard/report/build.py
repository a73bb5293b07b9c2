"""Builds the report of a run from what is remembered of it."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from ..models import Difference, MigrationRun, SchemaObject, TableCopy
from ..progress import elapsed
from ..progress.commands import command_lines
from ..statuses import Status, Verdict
from ..transfer.schema_items import ObjectType
from .contents import (
    CalledLine,
    ChangeLine,
    DifferenceLine,
    EventLine,
    FindingLine,
    LeftOutLine,
    Report,
    SchemaLine,
    TableLine,
)
from .words import headline, method

DIFFERENCES = 10_000
"""Differences that a report lists over all tables; counts are always whole."""


def build(run: MigrationRun, *, with_output: bool = False) -> Report:
    """Read what is remembered of a run; the number of queries is constant.

    ``with_output`` is what commands wrote too, which not everybody may see.
    """
    tables = tuple(_tables(run))
    return Report(
        run=run.pk,
        uuid=str(run.uuid),
        mode=run.mode,
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
        headline=headline(run, tables),
        method=method(run, tables),
        tables=tables,
        left_out=tuple(_left_out(run)),
        findings=tuple(_findings(run)),
        schema=tuple(_schema(run)),
        triggers=tuple(_triggers(run)),
        events=tuple(_events(run)),
        commands=tuple(_commands(run, with_output=with_output)),
        plan_name=run.named_plan.name if run.named_plan else "",
    )


def _options(run: MigrationRun) -> dict[str, Any]:
    return {
        "labels": run.labels,
        "excluded": run.excluded,
        "changes": run.changes,
        "transforms": run.transforms,
        "filters": run.filters,
        "newer": run.newer,
        "with_parents": run.with_parents,
        "empty_first": run.empty_first,
        "modes": run.modes,
        "verify": run.verify,
        "on_bad_rows": run.on_bad_rows,
        "triggers": run.triggers,
        "lane_count": run.lane_count,
        "rows_per_second": run.rows_per_second,
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
            transform=row.transform,
            rows_made=row.rows_made,
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
            changes=tuple(ChangeLine(**change) for change in row.changes),
            only=tuple(row.foreseen.get("rows", {}).get("said", ())),
            write_mode=row.mode,
            rows_inserted=row.rows_inserted,
            rows_updated=row.rows_updated,
            rows_untouched=row.rows_untouched,
            **_trial(row.trial),
        )
        for row in TableCopy.objects.filter(run=run).defer("plan", "last_key")
    ]


def _trial(found: dict[str, Any] | None) -> dict[str, Any]:
    if not found:
        return {}
    refused = [f"{', '.join(one['key'])}: {one['message']}" for one in found["refused"]]
    said = " ".join(refused) or found["message"]
    return {
        "dry_run": found["outcome"],
        "dry_run_rows": found["rows"],
        "dry_run_message": said,
    }


def _differences(run: MigrationRun) -> dict[int, list[DifferenceLine]]:
    lines: dict[int, list[DifferenceLine]] = defaultdict(list)
    rows = Difference.objects.filter(table__run=run).order_by("table_id", "id")
    for row in rows[:DIFFERENCES]:
        lines[row.table_id].append(
            DifferenceLine(
                problem=row.problem,
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


def _left_out(run: MigrationRun) -> list[LeftOutLine]:
    return [
        LeftOutLine(
            model=row.model,
            table=row.table,
            reason=row.reason,
            label=row.label,
            why=row.why,
            source_rows=row.source_rows,
            source_rows_exact=row.source_rows_exact,
            destination_rows=row.destination_rows,
            destination_rows_exact=row.destination_rows_exact,
        )
        for row in run.left_out.all()
    ]


def _findings(run: MigrationRun) -> list[FindingLine]:
    return [
        FindingLine(
            check=row.check_name,
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
    return _lines(run.schema_objects.off())


def _triggers(run: MigrationRun) -> list[SchemaLine]:
    """Return every trigger that the run has had off, and how it is now."""
    return _lines(run.schema_objects.filter(object_type=ObjectType.TRIGGER))


def _lines(objects: QuerySet[SchemaObject]) -> list[SchemaLine]:
    rows = objects.values_list("object_type", "name", "table__table", "state")
    return [
        SchemaLine(
            object_type=object_type,
            name=name,
            table=table or "",
            state=state,
            label=str(SchemaObject.State(state).label),
        )
        for object_type, name, table, state in rows
    ]


def _commands(run: MigrationRun, *, with_output: bool) -> list[CalledLine]:
    return [
        CalledLine(
            when=line.when,
            name=line.name,
            words=line.words,
            state=line.badge.code,
            label=line.badge.label,
            calls=line.calls,
            exit_code=line.exit_code,
            seconds=round(line.seconds, 3),
            output_bytes=line.output_bytes,
            error=line.error,
            output=line.output,
        )
        for line in command_lines(run, with_output=with_output)
    ]


def _events(run: MigrationRun) -> list[EventLine]:
    return [
        EventLine(
            at=row.at,
            actor=row.actor,
            address=row.address,
            status=row.status,
            label=row.get_status_display(),
            message=row.message,
            plan_hash=row.plan_hash,
            confirmed=row.confirmed,
        )
        for row in run.events.all()
    ]
