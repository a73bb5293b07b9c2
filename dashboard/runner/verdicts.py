"""From the comparisons of a run to the verdict of each table and of all."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from ..control_database import atomic
from ..models import Difference, MigrationRun, Step, TableCopy
from ..statuses import Verdict
from . import rows_aside

CONCLUDED = [
    *("source_rows", "destination_rows", "differences_count"),
    *("verdict", "verdict_reason", "changes", "highest", "rows_untouched"),
]
"""What is written of a table that was compared."""

WORST = (
    *(Verdict.MISMATCHED, Verdict.NOT_VERIFIABLE, Verdict.NONE, Verdict.COUNTED),
    *(Verdict.PARTLY, Verdict.VERIFIED),
)


def conclude(run: MigrationRun) -> str:
    """Write the verdict of every table and return the run's."""
    results: dict[int | None, list[Any]] = defaultdict(list)
    done = run.steps.filter(action=Step.Action.COMPARE, state=Step.State.DONE)
    for number, payload in done.values_list("table", "payload"):
        results[number].append(payload)
    tables = list(run.tables.defer("plan"))
    aside = rows_aside.numbers(run)
    compared = [table for table in tables if results[table.pk]]
    for table in compared:
        _conclude_table(run, table, results[table.pk], aside.get(table.pk, 0))
    with atomic():
        for table in compared:
            table.save(update_fields=CONCLUDED)
    return _overall([table.verdict for table in tables])


def _conclude_table(
    run: MigrationRun, table: TableCopy, results: list[dict[str, Any]], aside: int
) -> None:
    def total(name: str) -> int:
        return sum(int(str(result[name])) for result in results)

    def changed(column: str) -> int:
        return sum(int(result.get("changed", {}).get(column, 0)) for result in results)

    def first(name: str) -> str:
        said = (str(result.get(name, "")) for result in results)
        return next((text for text in said if text), "")

    reason, uncompared = first("unverifiable"), first("uncompared")
    table.source_rows = total("source_rows")
    table.destination_rows = total("destination_rows")
    table.differences_count = total("differences")
    # One step compares all of a table that is merged into.
    table.rows_untouched = results[0].get("untouched")
    table.changes = [{**one, "values": changed(one["column"])} for one in table.changes]
    kept = (result.get("highest") for result in results)
    table.highest = next((one for one in kept if one), None)
    equal = table.source_rows == table.destination_rows
    if table.differences_count or not equal or aside:
        table.verdict = Verdict.MISMATCHED
        # Also where the source has lost them since: nobody has said so yet.
        reason = rows_aside.said(aside, table.table) if aside else reason
    elif run.verify == MigrationRun.Verify.COUNTS:
        # Equal counts prove no value; nobody asked for more.
        table.verdict = Verdict.COUNTED
    elif reason:
        table.verdict = Verdict.NOT_VERIFIABLE
    else:
        table.verdict = Verdict.PARTLY if uncompared else Verdict.VERIFIED
        reason = uncompared
    table.verdict_reason = reason[:500]


def _overall(verdicts: list[str]) -> str:
    """Return the worst verdict of any table."""
    return next((one.value for one in WORST if one in verdicts), Verdict.NONE.value)


def forget_comparison(run: MigrationRun) -> None:
    """Remove what an earlier comparison of this run left."""
    Difference.objects.filter(table__run=run).delete()
    run.tables.update(
        verdict="",
        verdict_reason="",
        differences_count=0,
        rows_compared=0,
        verify_seconds=0,
        source_rows=None,
        rows_untouched=None,
        destination_rows=None,
    )
