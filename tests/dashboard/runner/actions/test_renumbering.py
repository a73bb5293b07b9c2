"""What was checked is proved again where rows are written and compared."""

from __future__ import annotations

import pytest

from dashboard.models import MigrationRun
from dashboard.runner import controls, phases, steps
from dashboard.runner.sessions import Sessions
from dashboard.transfer.errors import TransferError
from tests import oracle
from tests.dashboard.planning.checking import run_sql
from tests.dashboard.runner.steering import again, lease_of
from tests.project import Project

# As another migrate would have numbered it.
ANEW = "UPDATE django_content_type SET id = id + 5000 WHERE model = 'book'"


@pytest.mark.parametrize("is_mapped", [True, False])
@pytest.mark.parametrize("mode", ["copy", "compare"])
def test_numbers_that_changed_since_the_check_end_the_run(
    project: Project, mode: str, *, is_mapped: bool
) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new")
    if is_mapped:
        run_sql(project, "new", "UPDATE django_content_type SET id = id + 1000")
    elif mode == "compare":
        pytest.skip("a comparison is planned in the moment before it is made")
    request = MigrationRun(
        source="old",
        destination="new",
        labels=["bookshop.Tag"],
        mode=mode,
        executor="terminal",
    )
    run = controls.check(controls.draft(request, "tests"), "tests")
    controls.start(run, "tests", run.plan_hash)
    run = again(run)
    run_sql(project, "new", ANEW)
    lease = lease_of(run, 0)
    with Sessions(run, "proof") as sessions:
        assert phases.advance(again(run), lease, sessions)
        step = steps.claim(again(run), lease, sessions)
        assert step is not None
        with pytest.raises(TransferError, match=r"bookshop_tag\.content_type_id"):
            steps.perform(step, run, lease, sessions)
    assert oracle.row_counts(project.entry("new"))["bookshop_tag"] == 0
