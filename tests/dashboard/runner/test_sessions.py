"""What a slice opens, it opens once."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from dashboard.models import MigrationRun
from dashboard.runner import controls
from dashboard.runner.sessions import Sessions
from dashboard.transfer.keys import EVERYTHING
from dashboard.transfer.plan import VALUES, TablePlan
from tests.dashboard.runner.steering import again
from tests.project import Project

OPEN = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"


def test_chunks_of_the_values_route_share_their_connections(project: Project) -> None:
    project.database("postgresql", "old")
    project.database("sqlite", "new")
    request = MigrationRun(
        source="old",
        destination="new",
        labels=["bookshop.Genre"],
        empty_first=True,
        executor="terminal",
    )
    run = again(controls.check(controls.draft(request, "tests"), "tests"))
    found = TablePlan.from_json(run.tables.get().plan)
    plan = replace(found, route=VALUES)
    counts = []
    with Sessions(run, "tests") as sessions:
        for _ in range(4):
            route = sessions.objects(plan)
            assert route is not None
            with closing(route.batches(sessions.source, plan, EVERYTHING)) as batches:
                list(batches)
            counts.append(sessions.source.query(OPEN)[0][0])
    assert set(counts) == {counts[0]}
