"""The checked plan, written into the run that it belongs to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from copy import copy
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from ..control_database import atomic
from ..models import Finding, LeftOut, MigrationRun, TableCopy
from ..planning.checked_plan import CheckedPlan, PlannedTable
from ..planning.choices import choices_for
from ..statuses import Status
from ..transfer.plan import VERSION, TablePlan
from . import command_calls
from .chunk_size import first_rows, fixed_rows
from .refusals import RequestRefused

PLANS_AT_ONCE = 100

BEFORE_START = (Status.DRAFT, Status.CHECKING, Status.READY)

HASHED = (
    "mode",
    "source",
    "destination",
    "labels",
    "excluded",
    "renamed",
    "changes",
    "filters",
    "newer",
    "with_parents",
    "transforms",
    "scan_values",
    "empty_first",
    "modes",
    "verify",
    "triggers",
    "commands_before",
    "commands_after",
)
"""What a person confirms besides the tables; see ``_hash``."""


@atomic()
def record_plan(
    run: MigrationRun, checked: CheckedPlan, seconds: float | None = None
) -> None:
    """Replace what an earlier check of the run found and planned.

    Values were looked through for so many ``seconds``, None without a limit.
    Raises RequestRefused where the run has been started meanwhile, or has ended.
    """
    _hold(run)
    run.findings.all().delete()
    run.tables.all().delete()
    _record_left_out(run, checked)
    _record_findings(run, checked)
    command_calls.record(run)
    tables = _tables(run, checked)
    TableCopy.objects.bulk_create(tables)
    run.source_identity = checked.source_identity
    run.destination_identity = checked.destination_identity
    run.time_zone = checked.time_zone
    if checked.one_writer:
        run.lane_count = 1
    # Whoever checks may be of another version than whoever described the run.
    run.plan_version = VERSION
    run.plan_hash = _hash(run, tables)
    run.checked_at, run.checked_seconds = timezone.now(), seconds
    run.save(
        update_fields=[
            "checked_at",
            "checked_seconds",
            "source_identity",
            "destination_identity",
            "time_zone",
            "lane_count",
            "plan_version",
            "plan_hash",
        ]
    )


def hash_of(run: MigrationRun, checked: CheckedPlan) -> str:
    """Return the hash of a plan that is not written down."""
    described = copy(run)
    described.source_identity = checked.source_identity
    described.destination_identity = checked.destination_identity
    described.time_zone = checked.time_zone
    return _hash(described, _tables(run, checked))


def plans_in_parts(run: MigrationRun) -> Iterator[list[TablePlan]]:
    """Yield the plans of all tables in their order, a hundred of them at a time.

    Those of a thousand tables at once would be tens of megabytes.
    """
    tables = run.tables.order_by("position")
    numbers = list(tables.values_list("pk", flat=True))
    for start in range(0, len(numbers), PLANS_AT_ONCE):
        part = tables.filter(pk__in=numbers[start : start + PLANS_AT_ONCE])
        yield [
            TablePlan.from_json(plan) for plan in part.values_list("plan", flat=True)
        ]


def _hold(run: MigrationRun) -> None:
    """Let nobody start the run until the open transaction ends."""
    before_start = MigrationRun.objects.filter(pk=run.pk, status__in=BEFORE_START)
    if not before_start.update(plan_hash=""):
        raise RequestRefused(
            _("The run has been started or has ended while it was checked."),
            _("Look at it again."),
        )


def _record_findings(run: MigrationRun, checked: CheckedPlan) -> None:
    Finding.objects.bulk_create(
        Finding(
            run=run,
            check_name=found.check,
            level=found.level,
            model=found.model,
            message=found.message,
            remedy=found.remedy,
            choices=[[one.kind, one.value] for one in choices_for(found)],
        )
        for found in checked.blocking_first
    )


def _record_left_out(run: MigrationRun, checked: CheckedPlan) -> None:
    run.left_out.all().delete()
    records = [entry.as_record() for entry in checked.left_out]
    for record in records:
        record.run = run
    LeftOut.objects.bulk_create(records)


def _tables(run: MigrationRun, checked: CheckedPlan) -> list[TableCopy]:
    return [
        _table(run, position, planned, checked)
        for position, planned in enumerate(checked.ordered)
    ]


def _table(
    run: MigrationRun, position: int, planned: PlannedTable, checked: CheckedPlan
) -> TableCopy:
    plan, size = planned.plan, planned.size
    return TableCopy(
        run=run,
        position=position,
        model=plan.model,
        table=plan.table,
        mode=plan.mode,
        plan=plan.to_json(),
        changes=[
            {"column": column.name, "change": str(column.change), "values": None}
            for column in plan.changed
        ],
        foreseen={**_foreseen(checked, plan.table), **_filtered(plan)},
        rows_made=0 if plan.transform else None,
        transform=plan.transform.name[:255] if plan.transform else "",
        route=plan.route,
        route_reason=plan.route_reason[:255],
        replaced_last=planned.item.replaced_last and run.copies,
        one_loader=checked.one_loader_per_table,
        rows_before=planned.before.rows,
        rows_before_exact=planned.before.exact,
        rows_confirmed=0 if plan.mode else planned.before.rows,
        rows_total=size.rows,
        rows_total_exact=size.exact,
        bytes_total=size.bytes,
        chunk_rows=first_rows(size.rows, size.bytes, fixed_rows(run)),
    )


def _rows_before(table: TableCopy) -> int | None:
    """Return what is confirmed to be deleted; others may write where nothing is."""
    return None if table.mode else table.rows_before


def _foreseen(checked: CheckedPlan, table: str) -> dict[str, Any]:
    foreseen = checked.foreseen.get(table)
    if foreseen is None:
        return {}
    return {
        "comes_off": foreseen.comes_off,
        "sequences": foreseen.sequences,
        **({"merge": foreseen.merge._asdict()} if foreseen.merge else {}),
    }


def _filtered(plan: TablePlan) -> dict[str, Any]:
    """Return which rows take part, in words, and the index that finds them."""
    if plan.filter is None:
        return {}
    return {"rows": {"said": plan.filter.said, "index": plan.filter.index}}


def _hash(run: MigrationRun, tables: list[TableCopy]) -> str:
    """Return what a confirmation is bound to: databases, options, tables, rows."""
    described = [
        [getattr(run, name) for name in HASHED],
        [run.source_identity, run.destination_identity, run.time_zone],
        [run.lane_count, run.chunk_rows, run.on_bad_rows],
        command_calls.planned(run),
        [(table.table, table.plan, _rows_before(table)) for table in tables],
    ]
    text = json.dumps(described, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
