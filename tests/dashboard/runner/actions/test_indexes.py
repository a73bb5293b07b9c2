"""What cannot be taken off stays, and is put back with the rest."""

from __future__ import annotations

import pytest

from dashboard.models import MigrationRun, Step
from dashboard.runner import (
    controls,
    phases,
    steps,
)
from dashboard.runner.sessions import Sessions
from dashboard.transfer.errors import Busy
from tests.dashboard.runner.steering import (
    again,
    finished,
    item_of,
    lease_of,
    started,
)
from tests.project import Project


@pytest.fixture
def run(project: Project) -> MigrationRun:
    """A started run whose destination has foreign keys."""
    return started(project, "postgresql")


def test_a_locked_table_keeps_only_its_own_keys_in_place(run: MigrationRun) -> None:
    lease = lease_of(run, 0)
    with Sessions(run, "label") as sessions, Sessions(run, "other") as others:
        assert phases.advance(again(run), lease, sessions)
        recorded = run.schema_objects.filter(object_type="foreign key")
        items = [item_of(one) for one in recorded]
        table = items[0].table
        sessions.destination.query("SET lock_timeout = '50ms'")
        step = run.steps.get(action=Step.Action.REMOVE_KEYS)
        with others.destination.transaction():
            others.destination.execute(
                f"LOCK TABLE {others.destination.quote(table)} IN ACCESS EXCLUSIVE MODE"
            )
            assert steps._take(step, lease)
            with pytest.raises(Busy, match=f"key '.*' of table '{table}'"):
                steps.perform(step, run, lease, sessions)
        # To drop a foreign key locks the table that it refers to, too.
        held = {item.name for item in items if table in (item.table, item.to_table)}
        assert len(held) < len(items)
        schema = sessions.destination_reader.schema
        assert {item.name for item in items if schema.is_there(item)} == held
        controls.cancel(again(run), "tests")
    assert finished(run, 0).status == "cancelled"
