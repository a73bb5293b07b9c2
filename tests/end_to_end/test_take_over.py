"""A command takes up what another one left when it was killed."""

from __future__ import annotations

from pathlib import Path

from dashboard.models import MigrationRun
from tests import oracle
from tests.project import Project, wait_until

REQUIRED = {"run", "status", "verdict", "seconds", "rows", "tables"}
REQUIRED_OF_A_TABLE = {
    "model",
    "table",
    "source_rows",
    "destination_rows",
    "rows_copied",
    "verdict",
    "route",
    "seconds",
    "error",
}
# One lane: further ones are processes that do not know what is registered here.
HERE = ("--lanes=1", "--no-input")
SMALL = ("bookshop.Currency", "bookshop.Genre")


def test_a_command_that_was_killed_locks_nobody_out(
    project: Project, tmp_path: Path
) -> None:
    project.options.update(LEASE_SECONDS=2, CHUNK_ROWS=20)
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    entry = project.entry("new")
    schema = oracle.schema_snapshot(entry)
    again = ("copydata", "old", "new", "--empty", "--no-input", "--lanes=1")

    killed = project.manage(
        *("copydata", "old", "new", "--no-input", "--lanes=1"),
        environment={
            "MIGRATION_CONSOLE_FAILPOINTS": f"chunk committed=kill:{tmp_path / 'once'}"
        },
    )
    assert killed.returncode == -9
    first = MigrationRun.objects.get()
    assert (first.status, first.phase) == ("running", "copying")
    assert first.reservations.filter(role="writes").count() == 1
    assert oracle.schema_snapshot(entry) != schema
    refused = project.manage(*again)
    if refused.returncode:
        # Asked before the lease was over.
        assert f"Run {first.pk} is using the destination 'new'" in refused.stderr
        assert "If its terminal is gone, ask again in 2 seconds." in refused.stderr
        wait_until(lambda: is_abandoned(first), 10, "The lease does not end")
        refused = project.manage(*again)

    assert refused.returncode == 0, refused.stderr
    assert f"The terminal of run {first.pk} is gone." in refused.stdout
    first.refresh_from_db()
    assert first.status == "cancelled"
    assert MigrationRun.objects.first().status == "succeeded"
    assert oracle.differences(project.entry("old"), entry) == []
    assert oracle.schema_differences(schema, oracle.schema_snapshot(entry)) == []
    with oracle.reading(entry) as reader:
        assert not [t for t in reader.all_tables() if "_receipts_" in t]


def is_abandoned(run: MigrationRun) -> bool:
    from dashboard.control_database import now_ms

    run.refresh_from_db()
    until = max(run.lanes.values_list("leased_until_ms", flat=True))
    return now_ms() > max(until, run.alive_ms + 2000)
