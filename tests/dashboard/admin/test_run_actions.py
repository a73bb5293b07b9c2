from __future__ import annotations

import pytest

from dashboard.models import MigrationRun
from tests.dashboard.admin.browsing import ended, ready, sign_in, text, url
from tests.dashboard.runs import make_run

pytestmark = pytest.mark.usefixtures("project")


def test_a_refusal_is_told_with_its_remedy() -> None:
    run = ended()
    answer = sign_in("superuser").post(url("pause", run.pk), follow=True)
    assert "errornote" in text(answer) or 'class="error"' in text(answer)
    assert MigrationRun.objects.get(pk=run.pk).status == "succeeded"


@pytest.mark.parametrize("typed", ["", "legacy", "Default"])
def test_deleting_needs_the_name_of_the_destination(typed: str) -> None:
    run = ready()
    data = {"plan_hash": run.plan_hash, "typed": typed}
    answer = sign_in("starter").post(url("start", run.pk), data)
    assert answer.status_code == 200
    assert "errorlist" in text(answer)
    assert MigrationRun.objects.get(pk=run.pk).status == "ready"


def test_a_plan_that_has_changed_is_not_started() -> None:
    run = ready()
    data = {"plan_hash": "cd" * 32, "typed": "default"}
    answer = sign_in("starter").post(url("start", run.pk), data, follow=True)
    assert "plan has changed" in text(answer)
    assert MigrationRun.objects.get(pk=run.pk).status == "ready"


def test_a_started_run_is_not_discarded() -> None:
    run = make_run()
    sign_in("starter").post(url("discard", run.pk))
    assert MigrationRun.objects.get(pk=run.pk).status == "running"


def test_a_draft_is_discarded_by_whoever_may_start() -> None:
    run = ready()
    sign_in("starter").post(url("discard", run.pk))
    assert MigrationRun.objects.get(pk=run.pk).status == "cancelled"
