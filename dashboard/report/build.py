"""Builds the report of a run from what is remembered of it."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Difference, MigrationRun, SchemaObject, TableCopy
from ..progress import elapsed
from ..progress.commands import command_lines
from ..statuses import Phase, Status, Verdict
from ..transfer.schema_items import ObjectType
from ..wording import count
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
        headline=_headline(run, tables),
        method=_method(run, tables),
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
        "empty_first": run.empty_first,
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


def _headline(run: MigrationRun, tables: tuple[TableLine, ...]) -> str:
    if run.status not in (Status.SUCCEEDED, Status.FAILED):
        status = {"status": run.get_status_display().lower()}
        return (
            _("The run has not finished (%(status)s). This is its state so far.")
            % status
        )
    if run.verdict == Verdict.VERIFIED:
        return f"{_verified(run, tables)}{_changed(tables)}"
    if run.verdict == Verdict.MISMATCHED:
        return _mismatched(tables)
    if run.verdict == Verdict.NOT_VERIFIABLE:
        return _not_verifiable(tables)
    if run.status == Status.FAILED and run.phase != Phase.AFTER:
        return _("The run failed before its tables were compared.")
    return _("The rows were copied and not compared. Nothing is verified.")


def _verified(run: MigrationRun, tables: tuple[TableLine, ...]) -> str:
    values = {
        "tables": len(tables),
        "rows": count(sum(t.source_rows or 0 for t in tables)),
        "destination": run.destination,
    }
    if run.verify == MigrationRun.Verify.COUNTS:
        return (
            ngettext(
                "%(tables)d table has the same number of rows on both sides: %(rows)s."
                " Their values were not compared.",
                "All %(tables)d tables have the same number of rows on both sides:"
                " %(rows)s in total. Their values were not compared.",
                len(tables),
            )
            % values
        )
    return (
        ngettext(
            "Every row and every column of %(tables)d table is the same in"
            " “%(destination)s” as in the source: %(rows)s rows.",
            "Every row and every column of all %(tables)d tables is the same in"
            " “%(destination)s” as in the source: %(rows)s rows in total.",
            len(tables),
        )
        % values
    )


def _changed(tables: tuple[TableLine, ...]) -> str:
    """Return how many values were changed at the operator's choice, or ""."""
    changes = [change for table in tables for change in table.changes]
    if not changes:
        return ""
    number = sum(change.values or 0 for change in changes)
    text = ngettext(
        "This is with %(values)s value changed at the operator's choice.",
        "This is with %(values)s values changed at the operator's choice.",
        number,
    )
    return " " + text % {"values": count(number)}


def _mismatched(tables: tuple[TableLine, ...]) -> str:
    wrong = [t for t in tables if t.verdict == Verdict.MISMATCHED]
    return ngettext(
        "%(wrong)d of %(tables)d tables is mismatched: it is not the same on both"
        " sides.",
        "%(wrong)d of %(tables)d tables are mismatched: they are not the same on both"
        " sides.",
        len(wrong),
    ) % {"wrong": len(wrong), "tables": len(tables)}


def _not_verifiable(tables: tuple[TableLine, ...]) -> str:
    unproved = [t for t in tables if t.verdict != Verdict.VERIFIED]
    return ngettext(
        "%(unproved)d of %(tables)d tables could not be verified.",
        "%(unproved)d of %(tables)d tables could not be verified.",
        len(unproved),
    ) % {"unproved": len(unproved), "tables": len(tables)}


def _method(run: MigrationRun, tables: tuple[TableLine, ...]) -> str:
    if run.verify == MigrationRun.Verify.NONE:
        return _(
            "Nothing was compared, because the run was planned without a comparison."
        )
    if not any(table.verdict for table in tables):
        return _("No table has been compared.")
    if run.verify == MigrationRun.Verify.COUNTS:
        return _(
            "The rows of each table were counted in both databases. Their values were"
            " not compared."
        )
    return _(
        "Every row of each table was read in both databases and reduced to a hash over"
        " all of its columns. The text that is hashed is the comparison's own; the copy"
        " does not use it. The number of rows, the number of hashes and their 64-bit"
        " sums were compared. Where they differed, the range was divided until the row"
        " and the column were found."
    )
