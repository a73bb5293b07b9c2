"""Sessions of the dead are ended where there may be some, and nowhere else."""

from __future__ import annotations

import pytest
from django.test import override_settings

from dashboard.models import Lane, MigrationRun
from dashboard.runner import chunk_claims, chunks, controls, exits, phases
from dashboard.runner.leases import LaneLost
from dashboard.runner.sessions import Sessions
from dashboard.transfer.errors import TransferError
from tests import oracle
from tests.dashboard.runner.asking import ACTOR
from tests.dashboard.runner.steering import again, finished, lease_of, perform_all
from tests.dashboard.runner.steering import started as started_run
from tests.project import Project, soaked


def test_a_comparison_with_a_protected_database_is_tried_again(
    project: Project,
) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("postgresql", "new")
    request = MigrationRun(
        source="old", destination="new", mode="compare", executor="terminal"
    )
    with override_settings(MIGRATION_CONSOLE={"PROTECTED": ["new"]}):
        run = controls.check(controls.draft(request, "tests"), "tests")
        controls.start(run, "tests", run.plan_hash)
        # Holders that could not reach a server died before its first phase.
        Lane.objects.filter(run=run).update(epoch=3)
        run = finished(again(run), 0)
    assert (run.status, run.verdict) == ("failed", "mismatched")


@pytest.mark.parametrize("engine", ["postgresql", soaked("mariadb"), soaked("mysql")])
@pytest.mark.parametrize("is_open", [True, False])
def test_a_forced_runs_late_chunk_is_not_committed_beside_the_next_run(
    project: Project, engine: str, is_open: bool
) -> None:
    run = started_run(project, engine)
    lease = lease_of(run, 0)
    with Sessions(run, lease.label) as late:
        for _phase in ("preparing", "copying"):
            assert phases.advance(again(run), lease, late)
            if again(run).phase == "preparing":
                perform_all(run, lease, late)
        claimed = chunk_claims.claim(again(run), lease, late)
        assert claimed
        if not is_open:
            # Frozen before it has a session.
            late.close()
        controls.cancel(again(run), ACTOR, here=True)
        exits.force(again(run), ACTOR)

        request = MigrationRun(source="old", destination="new", executor="terminal")
        other = controls.check(controls.draft(request, "tests"), "tests")
        controls.start(other, "tests", other.plan_hash)
        mine = lease_of(other, 0)
        with Sessions(other, mine.label) as sessions:
            assert phases.advance(again(other), mine, sessions)
        with pytest.raises((TransferError, LaneLost)):
            chunks.perform(claimed, lease, late)
        assert oracle.row_counts(project.entry("new"))[claimed.table.table] == 0
