"""What comes off is written down once, as it was before any run."""

from __future__ import annotations

import pytest

from dashboard.models import MigrationRun, SchemaObject
from dashboard.runner import (
    phases,
    schema_records,
)
from dashboard.runner.sessions import Sessions
from tests.dashboard.runner.steering import (
    again,
    item_of,
    lease_of,
    started,
    states,
)
from tests.project import Project


@pytest.fixture
def run(project: Project) -> MigrationRun:
    """A started run whose destination has foreign keys."""
    return started(project, "postgresql")


def test_a_lane_that_comes_late_does_not_write_over_what_has_come_off(
    run: MigrationRun,
) -> None:
    first, late = again(run), again(run)
    with Sessions(run, "label") as sessions:
        assert phases.advance(first, lease_of(run, 0), sessions)
        assert states(run) == {"recorded"}
        number = run.schema_objects.count()
        SchemaObject.objects.filter(run=run).update(state="removed")
        assert not phases.advance(late, lease_of(run, 1), sessions)
    assert states(run) == {"removed"}
    assert run.schema_objects.count() == number


def test_what_another_run_left_not_validated_counts_as_valid_before_it(
    run: MigrationRun,
) -> None:
    with Sessions(run, "label") as sessions:
        assert phases.advance(again(run), lease_of(run, 0), sessions)
        item = item_of(run.schema_objects.get(name__contains="genre_parent"))
        sessions.destination.schema.remove(item)
        sessions.destination.schema.restore(item, validated=False)
        (found,) = (
            one
            for one in sessions.destination.schema.foreign_keys([item.table])
            if one.name == item.name
        )
        assert not found.definition["valid"]
        assert schema_records._as_before(run, found) == found
        for state in ("not valid", "removed"):
            run.schema_objects.filter(name=item.name).update(state=state)
            assert schema_records._as_before(run, found) == item
