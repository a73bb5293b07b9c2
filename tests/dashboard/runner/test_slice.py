"""A slice: what becomes of errors."""

from __future__ import annotations

import pytest

from dashboard.models import Lane, MigrationRun, SchemaObject
from dashboard.runner import (
    phases,
)
from dashboard.runner.sessions import Sessions
from dashboard.runner.slice import SliceEnd, work
from tests.dashboard.runner.steering import (
    again,
    lease_of,
    perform_all,
    started,
)
from tests.project import Project


@pytest.fixture
def run(project: Project) -> MigrationRun:
    """A started run whose destination has foreign keys."""
    return started(project, "postgresql")


def test_an_error_that_nobody_foresaw_ends_the_run_with_a_reason(
    run: MigrationRun,
) -> None:
    lease = lease_of(run, 0)
    with Sessions(run, "label") as sessions:
        assert phases.advance(again(run), lease, sessions)
        perform_all(run, lease, sessions)
    # What the next phase is made of cannot be read any more.
    SchemaObject.objects.filter(run=run).update(definition={"columns": []})
    Lane.objects.filter(run=run).update(is_leased=False)
    # One slice finds it, the next one that nothing can be put back either.
    for outcome in (SliceEnd.MORE, SliceEnd.OVER):
        other = Lane.objects.get(run=run, number=1)
        assert work(run.pk, 1, other.epoch, 60) is outcome
    assert again(run).status == "failed"
    assert "does not know: TypeError" in again(run).error
