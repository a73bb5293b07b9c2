"""Users are replaced last, and none of them unseen."""

from __future__ import annotations

import pytest

from dashboard.control_database import now_ms
from dashboard.models import MigrationRun
from dashboard.runner.actions.replacing import replace
from dashboard.runner.sessions import Sessions
from dashboard.transfer.errors import Unconfirmed
from tests import oracle
from tests.dashboard.runner.actions.test_receipts import begun, refer, superuser
from tests.dashboard.runner.steering import again, lease_of, restoring
from tests.project import VENDORS, Project


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_user_made_during_the_copy_is_not_deleted(
    project: Project, vendor: str
) -> None:
    run = begun(project, vendor)
    lease = lease_of(run, 0)
    with Sessions(run, lease.label) as sessions:
        restoring(run, lease, sessions, until="copying")
        step = run.steps.get(action="replace")
        superuser(project, "second")
        there = oracle.row_counts(project.entry("new"))["auth_user"]
        with pytest.raises(Unconfirmed, match="'auth_user'.* holds 2 rows"):
            replace(step, run, lease, sessions)
        assert sessions.receipts.read("replace") is None
    assert oracle.row_counts(project.entry("new"))["auth_user"] == there == 2


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_user_goes_whom_rows_of_others_refer_to_since(
    project: Project, vendor: str
) -> None:
    run = begun(project, vendor)
    lease = lease_of(run, 0)
    with Sessions(run, lease.label) as sessions:
        restoring(run, lease, sessions, until="copying")
        step = run.steps.get(action="replace")
        kind = "bigint" if vendor == "sqlite" else "integer"
        refer(project, "auth_user", "id", "id", kind)
        with pytest.raises(Unconfirmed, match="'review'.* refers to 'auth_user'"):
            replace(step, run, lease, sessions)
    there = oracle.row_counts(project.entry("new"))
    assert (there["auth_user"], there["review"]) == (1, 1)


def test_users_use_up_the_limit_as_other_rows_do(project: Project) -> None:
    run = begun(project, "sqlite")
    lease = lease_of(run, 0)
    with Sessions(run, lease.label) as sessions:
        restoring(run, lease, sessions, until="copying")
        MigrationRun.objects.filter(pk=run.pk).update(rows_per_second=1)
        before = now_ms()
        replace(run.steps.get(action="replace"), again(run), lease, sessions)
    rows = sum(run.tables.filter(replaced_last=True).values_list("rows_copied"), ())
    worth = (sum(rows) - 5) * 1_000
    assert again(run).throttled_until_ms >= before + worth > before
