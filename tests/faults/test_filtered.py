"""A copy of some rows of a table is killed, and ends with those rows and no others."""

from __future__ import annotations

from pathlib import Path

from dashboard.models import Chunk, MigrationRun
from dashboard.runner import controls
from tests.end_to_end.projects import rows
from tests.faults.test_deaths import OPTIONS, wait_for_end
from tests.project import Project

LINES = "SELECT id, order_id, quantity FROM bookshop_orderline"


def test_a_killed_worker_of_a_filtered_copy_is_made_good(
    project: Project, tmp_path: Path
) -> None:
    project.options.update(OPTIONS)
    source = project.database("mariadb", filled=True)
    destination = project.database("postgresql")
    once = tmp_path / "once"
    project.worker(
        environment={"MIGRATION_CONSOLE_FAILPOINTS": f"rows loaded=kill:{once}"}
    )
    run = controls.draft(
        MigrationRun(
            source=source,
            destination=destination,
            labels=["bookshop.OrderLine"],
            filters={"bookshop.OrderLine": [["quantity__gte", "2"]]},
            with_parents=True,
            lane_count=2,
            chunk_rows=40,
        ),
        "tests",
    )
    controls.check(run, "tests")
    assert run.status == "ready", list(run.findings.values_list("message", flat=True))
    controls.start(run, "tests", run.plan_hash)

    run = wait_for_end(run)

    assert once.exists()
    assert (run.status, run.verdict) == ("succeeded", "verified"), run.error
    every = rows(project, source, f"{LINES} WHERE quantity >= 2 ORDER BY 1")
    assert len(every) > 80
    assert rows(project, destination, f"{LINES} ORDER BY 1") == every
    lines = run.tables.get(model="bookshop.OrderLine")
    chunks = Chunk.objects.filter(table=lines, state="copied")
    assert lines.rows_total == sum(chunks.values_list("rows", flat=True)) == len(every)
    assert chunks.count() > 2
